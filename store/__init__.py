"""Floor 0: the nouns, their states, the database, settings and errors."""
