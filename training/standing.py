"""What is in force, changed: a checkpoint promoted by its kind, or the one before put back, by the same verdict."""

from pathlib import Path

from inference import adapters, scorers
from store import checkpoint as meta
from store.errors import InputError, Problem
from training import evaluation_verdict, scorer_verdict
from training.kept import PREVIOUS


def promote(folder: Path, workspace: Path, because: str | None = None) -> Path:
    """Put a writer's adapter or a scorer in force, and return where it now is. The one before is kept beside it.

    Raises InputError where it is neither, or its kind's verdict (`scorer_verdict`, `evaluation_verdict`) speaks against
    it and `because` does not say why it should be all the same.
    """
    promoted = scorer_verdict.promote if meta.read(folder).kind == "scorer" else evaluation_verdict.promote
    return promoted(folder, workspace, because)


def objection(folder: Path, workspace: Path) -> str:
    """Why it should not be put in force; empty where nothing speaks against it. Raises ModelError, as `promote`."""
    checkpoint = meta.read(folder)
    if checkpoint.kind == "scorer":
        return scorer_verdict.objection(checkpoint, meta.read(scorers.in_force(workspace)).id)
    current = adapters.in_force(checkpoint.base, workspace)
    return evaluation_verdict.compare(checkpoint.metrics, meta.read(current).metrics).objection if current else ""


def roll_back(folder: Path, workspace: Path, because: str | None = None) -> Path:
    """Put back the one that the one in `folder` took the place of, and return where it now is.

    It is a promotion like any other: the one that goes is kept in turn. Raises InputError where none was kept, and as
    `promote`.
    """
    before = folder.with_name(folder.name + PREVIOUS)
    if not (before / "meta.json").exists():
        raise InputError(Problem("", "took the place of none that is kept here, so there is none to go back to"),
                         source=folder)  # fmt: skip
    return promote(before, workspace, because)
