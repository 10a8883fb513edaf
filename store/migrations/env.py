"""Run by Alembic: the steps, on the connection and in the transaction that `store.migrating` hands over."""

from alembic import context

from store.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
