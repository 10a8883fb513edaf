"""What counts as a word, for features and marks alike; by itself, so that who counts words need not load what ranks."""

import re

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
