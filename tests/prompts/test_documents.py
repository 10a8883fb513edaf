"""Files become plain data with every scalar as typed, or one line that says where and why not."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from prompts.documents import MAX_BYTES, MAX_DEPTH, from_json, from_yaml, read
from store.errors import InputError

text = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20).map(str.strip).filter(bool)
data = st.recursive(text, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4))


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400 + len(str(path))
    return message.removeprefix(f"{path}: ")


def test_scalars_stay_as_typed() -> None:
    source = "facts: [2026-01-01, 12, £3.60, 6:30, 007, 1_000, on, 0x1f, .5, yes]"
    assert from_yaml(source) == {
        "facts": ["2026-01-01", "12", "£3.60", "6:30", "007", "1_000", "on", "0x1f", ".5", "yes"]
    }
    assert from_json('{"facts": [12, 3.60, 1e3], "emoji": true}') == {"facts": ["12", "3.60", "1e3"], "emoji": True}


def test_keys_left_empty_are_left_out() -> None:
    assert from_yaml("a:\nb: ~\nc: null\nd: ''\ne: 'null'") == {"d": "", "e": "null"}
    assert from_json('{"a": null, "b": "null"}') == {"b": "null"}
    assert from_yaml("# only a comment\n") is None
    assert from_json(" \n") is None


@given(data)
def test_what_is_dumped_is_read_back(value: Any) -> None:
    assert from_yaml(yaml.safe_dump(value, allow_unicode=True, default_style='"')) == value
    assert from_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", "line 3: is not YAML"),
        ("a: 1\n b: 2\n", "line 2: is not YAML"),
        ("a: @home\n", "line 1: is not YAML"),
        ("a: 1\nb: 2\na: 3\n", 'line 3: the key "a" stands twice'),
        ("a: &x [1, 2]\nb: *x\n", "line 1: anchors"),
        ("a: 1\nb: *x\n", "line 2: anchors"),
        ("a: !!python/object:os.system x\n", "line 1: tags are not read"),
        ("a: !important\n", "line 1: tags are not read"),
        ("a: 1\n---\nb: 2\n", "a second document"),
        ("? [a, b]\n: c\n", "line 1: a key must be a word"),
        ("a: " + "[" * 50 + "]" * 50, f"line 1: is nested deeper than {MAX_DEPTH} levels"),
        ("[" * 100_000, f"line 1: is nested deeper than {MAX_DEPTH} levels"),
        ("a: 1\nb: \x07\n", "line 2: has the control character U+0007 at column 4"),
        ("a: 1\nb: x\x1b[31m\n", "line 2: has the control character U+001B at column 5"),
        ("a\x00b", "line 1: has the control character U+0000"),
        ("a: \ufffe\n", "is not YAML"),
    ],
)
def test_yaml_that_is_refused(tmp_path: Path, content: str, expected: str) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text(content, encoding="utf-8")
    assert expected in refused(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"a": 1,\n "b" 2}', "line 2: is not JSON"),
        ('{"a": {"b": 1, "b": 2}}', 'the key "b" stands twice'),
        ("[" * 100_000, "nested deeper"),
        ('{"a": "\x01"}', "line 1: has the control character U+0001"),
    ],
)
def test_json_that_is_refused(tmp_path: Path, content: str, expected: str) -> None:
    path = tmp_path / "brief.json"
    path.write_text(content, encoding="utf-8")
    assert expected in refused(path)


def test_files_that_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    latin, large, other = tmp_path / "latin.yaml", tmp_path / "large.yaml", tmp_path / "brief.docx"
    latin.write_bytes("a: 1\nb: café\n".encode("latin-1"))
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    other.write_bytes(b"PK")
    assert refused(tmp_path / "none.yaml") == "there is no such file"
    assert refused(folder).startswith("cannot be read")
    assert refused(latin) == "line 2: is not UTF-8 (byte 0xe9); save it as UTF-8"
    assert refused(large) == "has 2,000,001 bytes; at most 2,000,000 are read"
    assert refused(other).startswith("does not end in .yaml, .yml, .json")


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "brief.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  two\r\n  lines\r\n")
    assert read(path) == {"a": "1", "b": "two\nlines\n"}
