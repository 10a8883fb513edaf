"""Embedded weights: joined, checked and converted once, whole or not at all. The packages are made for the test."""

import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from inference import weights
from inference.weights import EMBEDDED, Embedded, prepare, prepared
from store.errors import ModelError

CONTENT = b"first half, second half"
FILE = "model.safetensors"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Embedded]:
    """A model in two packages, and a conversion that only renames it."""
    names = ("glasbruk_test_part1", "glasbruk_test_part2")
    for name, piece in zip(names, (CONTENT[:10], CONTENT[10:]), strict=True):
        (tmp_path / "packages" / name / "data").mkdir(parents=True)
        (tmp_path / "packages" / name / "__init__.py").write_text("raise RuntimeError('must not be run')")
        (tmp_path / "packages" / name / "data" / "part.bin").write_bytes(piece)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    made = Embedded("test", "Test", names, "data/part*.bin", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), 100)
    monkeypatch.setitem(EMBEDDED, "test", made)
    monkeypatch.setattr(weights, "_save", save)
    yield made
    assert not set(names) & set(sys.modules)


def save(gguf: Path, out: Path) -> None:
    out.mkdir()
    save_file({"pieces": np.frombuffer(gguf.read_bytes(), dtype=np.uint8)}, out / FILE)
    (out / "tokenizer.json").write_text("{}")
    sizes = {path.name: path.stat().st_size for path in out.iterdir()}
    (out / weights.MANIFEST).write_text(json.dumps(sizes))


def left_in(cache: Path) -> list[str]:
    return [path.name for path in (cache / "models").iterdir() if path.suffix != ".lock"]


def test_the_pieces_are_joined_and_kept(model: Embedded, tmp_path: Path) -> None:
    assert prepared("test", tmp_path) is None
    folder = prepare("test", tmp_path)
    assert load_file(folder / FILE)["pieces"].tobytes() == CONTENT
    assert left_in(tmp_path) == [model.folder]


def test_a_second_time_nothing_is_converted(model: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = prepare("test", tmp_path)
    monkeypatch.delattr(weights, "_save")
    assert prepare("test", tmp_path) == folder == prepared("test", tmp_path)


def test_another_hash_is_refused(model: Embedded, tmp_path: Path) -> None:
    piece = tmp_path / "packages" / "glasbruk_test_part1" / "data" / "part.bin"
    piece.write_bytes(b"X" + piece.read_bytes()[1:])
    with pytest.raises(ModelError, match=rf"sha256 \w+ is not {model.sha256}; file refused"):
        prepare("test", tmp_path)
    assert left_in(tmp_path) == []


def test_a_truncated_piece_is_refused(model: Embedded, tmp_path: Path) -> None:
    (tmp_path / "packages" / "glasbruk_test_part2" / "data" / "part.bin").write_bytes(b"sec")
    with pytest.raises(ModelError, match="13 of 23 bytes"):
        prepare("test", tmp_path)
    assert left_in(tmp_path) == []


def test_a_missing_package_is_named(model: Embedded, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "packages" / "glasbruk_test_part2")
    with pytest.raises(ModelError, match="package glasbruk-test-part2 is not installed"):
        prepare("test", tmp_path)


@pytest.mark.parametrize("file", [FILE, "tokenizer.json"])
def test_a_truncated_file_is_not_loaded(model: Embedded, tmp_path: Path, file: str) -> None:
    whole = prepare("test", tmp_path) / file
    whole.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(ModelError, match=rf"{file}: has \d+ of \d+ bytes; delete .* to convert it again"):
        prepare("test", tmp_path)


def test_overwritten_weights_are_not_loaded(model: Embedded, tmp_path: Path) -> None:
    whole = prepare("test", tmp_path) / FILE
    whole.write_bytes(bytes(8) + whole.read_bytes()[8:])
    with pytest.raises(ModelError, match=r"is damaged .*; delete .* to convert it again"):
        prepare("test", tmp_path)


def test_what_a_killed_conversion_left_is_cleared(model: Embedded, tmp_path: Path) -> None:
    (prepare("test", tmp_path) / weights.MANIFEST).unlink()
    (tmp_path / "models" / ".test-killed").mkdir()
    (tmp_path / "models" / ".test-killed" / "model.gguf").write_bytes(b"half")
    assert prepare("test", tmp_path) == prepared("test", tmp_path)
    assert left_in(tmp_path) == [model.folder]


def test_a_full_disk_is_seen_beforehand(model: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 90, 10))
    with pytest.raises(ModelError, match=r"needs 0\.0 GB: free some, or set GLASBRUK_CACHE"):
        prepare("test", tmp_path)


FULL = [
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    SafetensorError("I/O error: No space left on device (os error 28)"),
]


@pytest.mark.parametrize("full", FULL)
def test_a_disk_that_fills_up_keeps_nothing(
    model: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: Exception
) -> None:
    def fill(gguf: Path, out: Path) -> None:
        save(gguf, out)
        raise full

    monkeypatch.setattr(weights, "_save", fill)
    with pytest.raises(ModelError, match="the disk is full; nothing was kept"):
        prepare("test", tmp_path)
    assert left_in(tmp_path) == []


def test_the_three_models_are_named_with_whole_hashes() -> None:
    assert set(EMBEDDED) == {"default", "medium", "small"}
    assert all(len(bytes.fromhex(model.sha256)) == 32 for model in EMBEDDED.values())
