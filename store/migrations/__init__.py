"""How the schema came to be what it is: one file in `versions` a step, run in order when a database is opened."""
