"""Floor 1: what to say, to whom, where: brief, segment, channel and brand voice become messages."""
