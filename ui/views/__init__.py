"""The desk's views, one a file. Each has a `build` that lays its parts out and ties them to their handlers."""
