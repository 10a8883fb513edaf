"""`glasbruk again`: the command's way to what the card's buttons do."""

import json
from pathlib import Path

import yaml

from prompts.briefs import examples
from tests.ui.test_cli import refused, run


def test_a_variant_is_written_again_and_what_cannot_be_is_refused_in_a_line(tmp_path: Path) -> None:
    path = next(iter(examples().values()))
    brief = yaml.safe_load(path.read_text("utf-8"))
    narrow = ("--segment", brief["segments"][0]["name"], "--channel", "email", "--n", "1", "--overgenerate", "1")
    done = json.loads(run("write", path, "--workspace", tmp_path, *narrow, "--json").stdout)
    parent = done["variants"][0]["variant"]
    words = ("again", str(parent["id"]), "--workspace", tmp_path)
    (made,) = json.loads(run(*words, "angle", "--temperature", "0.9", "--json").stdout)
    assert (made["parent_id"], made["sampling"]["temperature"]) == (parent["id"], 0.9)
    assert made["angle"]["claims"] != parent["angle"]["claims"]
    assert "variant " in run(*words, "field", "--field", "subject").stdout
    assert 'did you mean "shorter"?' in refused(*words, "shortr")
    assert 'the writer fills no ""' in refused(*words, "field")
    assert "there is no variant 999" in refused("again", "999", "like", "--workspace", tmp_path)
