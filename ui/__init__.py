"""Floor 4: every face: the command, the desk, and the app that puts desk and API on one port."""
