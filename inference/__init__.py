"""Floor 2: brief x segment x channel become checked, scored and ranked variants."""
