"""Putting a checkpoint in force: refused where something speaks against it, and the one before is kept."""

import tempfile
from pathlib import Path
from shutil import copyfile, rmtree

from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.errors import InputError, Problem

KEPT = frozenset({".safetensors", ".json", ".md", ".png"})  # of a run's folder; never what could run code


def put_in_force(folder: Path, target: Path, current: Path | None, objection: str, because: str | None) -> Path:
    """Copy the checkpoint in `folder` to `target`, which it returns, over the one in force in `current`.

    Raises InputError where it is in force already, or where there is an objection and `because` does not say why it
    should be all the same. What `because` says is kept in its `meta.json`, and the one before as `NAME.previous`.
    """
    if current is not None and current.resolve() == folder.resolve():
        raise InputError(Problem("", "is in force already"), source=folder)
    if objection and not because:
        raise InputError(Problem("", f"{objection}; or say with --because why it should be"), source=folder)
    checkpoint = meta.read(folder)
    settings = {
        **checkpoint.settings,
        "promoted_over": meta.read(current).id if current else None,
        "promoted_because": because or "",
    }
    _put(folder, target, checkpoint.model_copy(update={"settings": settings}))
    return target


def _put(folder: Path, target: Path, checkpoint: Checkpoint) -> None:
    """Copy a checkpoint's own files, whole or not at all, and keep the one that was there as `NAME.previous`."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
            new, previous = Path(scratch) / "new", target.with_name(f"{target.name}.previous")
            new.mkdir()
            for file in sorted(folder.iterdir()):
                if file.is_file() and file.suffix in KEPT:
                    copyfile(file, new / file.name)
            meta.write(checkpoint, new)
            if target.exists():
                rmtree(previous, ignore_errors=True)
                target.rename(previous)
            new.rename(target)
    except OSError as error:
        raise InputError(Problem("", f"cannot be written: {error.strerror or error}"), source=target) from None
