"""Floor 3: rows from the store and files of results become checkpoints."""
