"""The table of the engine's benchmark: its names are the ones that a script holds against bars."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.generation import table
from benchmarks.generation_sides import RUN

ROOT = Path(__file__).parents[1]


def test_the_table_has_flat_names() -> None:
    runs = [
        ("ours", {"rate": 30.0, "peak_gb": 1.0}),
        ("int8", {"rate": 45.0, "peak_gb": 1.0}),
        ("one_call", {"rate": 0.5, "peak_gb": 1.0}),
        ("num_return_sequences", {"rate": 3.0, "peak_gb": 1.0}),
        ("openvino", {}),
        ("matmul", {"rate": 60.0, "peak_gb": 0.5}),
        ("growth", {"twice_segments_cost": 2.0, "twice_variants_cost": 1.9, "twice_brief_cost": 1.1, "peak_gb": 1.0}),
        ("growth", {"twice_segments_cost": 2.2, "twice_variants_cost": 1.9, "twice_brief_cost": 1.1, "peak_gb": 1.0}),
        ("large", {"large_variants_a_second": 20.0, "peak_gb": 0.9}),
        ("campaign", {"pipeline_over_generation": 1.2, "peak_gb": 2.0}),
        ("ours", {"rate": 36.0, "peak_gb": 1.0}),
    ]
    found = table(runs)
    assert found["ours_over_one_call"] == 72
    assert found["ours_over_num_return_sequences"] == 12
    assert found["ours_over_matmul"] == pytest.approx(0.6)
    assert found["int8_over_matmul"] == pytest.approx(0.75)
    assert "ours_over_openvino" not in found  # it was left out
    assert found["twice_segments_cost"] == pytest.approx(2.1)
    assert found["peak_gb"] == 0.9
    assert found["pipeline_over_generation"] == 1.2


def test_a_side_that_is_not_there_names_those_that_are() -> None:
    command = [sys.executable, "-m", "benchmarks.generation", "--only", "ours,open"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f'"open" is none of {", ".join(RUN)}' in done.stderr
