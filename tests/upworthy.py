"""Where the Upworthy data is, which is not in the repository: `$GLASBRUK_DATA`, or `../shared/data` beside it."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("GLASBRUK_DATA") or Path(__file__).parents[2] / "shared" / "data") / "upworthy"
TESTS, PAIRS = FOLDER / "tests.parquet", FOLDER / "pairs.csv.gz"

needed = pytest.mark.skipif(
    not (TESTS.exists() and PAIRS.exists()), reason=f"the Upworthy data is not at {FOLDER}; set GLASBRUK_DATA"
)
