"""`import results` and `results set-aside`: what they print and what they refuse; training on what was imported."""

import json
from pathlib import Path

from tests.training.filed import own, write
from tests.ui.test_cli import refused, run


def test_it_says_what_is_new_and_what_is_set_aside(tmp_path: Path) -> None:
    rows = [own(), own(variant="b", clicks=30), own(variant="c", clicks=1001), own("t2"), own("t2", "b", clicks=-1)]
    rows += [own("t3"), own("t3", "b", impressions=5000)]
    path, work = write(tmp_path / "r.csv", rows), ("--workspace", tmp_path / "work")
    assert run("import", "results", path, *work).stdout.splitlines() == [
        f"{path}: 7 new, 0 changed, 0 as they were",
        "in the store: 3 tests, 7 texts, 0 pairs",
        "set aside: 1 text with more clicks than impressions",
        "set aside: 1 text with a count below zero",
        "set aside: 1 text of 1 test with one variant only",
        "set aside: 2 texts of 1 test with a sample-ratio mismatch (chi-square, p < 0.001)",
        "  test t3: p = 0.0e+00",
        "To see them: glasbruk results set-aside",
    ]
    assert f"{path}: 0 new, 0 changed, 7 as they were" in run("import", "results", path, *work).stdout
    lines = run("results", "set-aside", "--limit", "2", *work).stdout.splitlines()
    assert lines[0] == "t1 / s / sms / c: 1,000 impressions, 1,001 clicks: more clicks than impressions"
    assert len(lines) == 2
    found = json.loads(run("import", "results", path, "--json", *work).stdout)
    assert found["files"][0]["unchanged"] == 7
    assert found["files"][0]["set_aside"] == {"clicks_exceed_impressions": 1, "negative_count": 1}
    assert found["store"]["tests"] == 3
    listed = json.loads(run("results", "set-aside", "--offset", "3", "--json", *work).stdout)["set_aside"]
    assert [(one["row"]["variant_id"], one["reason"]) for one in listed] == [
        ("a", "sample_ratio_mismatch"),
        ("b", "sample_ratio_mismatch"),
    ]


def test_anyone_elses_columns_come_in_by_a_mapping(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", [{"Test": "t", "Ad": ad, "Body": ad, "Shown": 100, "Clicked": 3} for ad in "ab"])
    work = ("--workspace", tmp_path / "work")
    assert "columns are missing" in refused("import", "results", path, *work)
    ours = {"Test": "test_id", "Ad": "variant_id", "Body": "text", "Shown": "impressions", "Clicked": "clicks"}
    mapping = tmp_path / "m.toml"
    mapping.write_text("".join(f'"{theirs}" = "{name}"\n' for theirs, name in ours.items()), encoding="utf-8")
    assert "2 new" in run("import", "results", path, "--mapping", mapping, *work).stdout
    assert run("results", "set-aside", *work).stdout == "nothing is set aside\n"


def test_a_scorer_cannot_learn_from_an_empty_store(tmp_path: Path) -> None:
    line = refused("train", "scorer", "--workspace", tmp_path / "work")
    assert line == "glasbruk: the store: no test has two texts that were shown; there is nothing to compare"
