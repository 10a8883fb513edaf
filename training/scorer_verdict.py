"""Whether a scorer is worse than the one in force, and the step that puts it in force."""

from pathlib import Path

from inference import scorers
from inference.scoring import FILE
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.errors import InputError, Problem
from training.promotion import put_in_force

MEASURES = ("all_pairs", "significant_pairs")


def objection(new: Checkpoint, in_force: str) -> str:
    """Why `new` should not take the place of the scorer with that id; empty where nothing speaks against it.

    It is worse in a measure where the whole 90 % interval of its gain, on results that neither had seen, is below 0.
    """
    if new.settings.get("compared_with") != in_force:
        return f"was not held against {in_force}, which is in force; glasbruk train scorer does that"
    if not new.metrics.get("compared_pairs"):
        return f"could not be held against {in_force}, which is in force and has seen every result there was"
    worse = [name for name in MEASURES if new.metrics.get(f"gain_{name}_high", 0.0) < 0]
    told = [
        f"{name} right {_share(new, 'beside_in_force', name)}, was {_share(new, 'in_force', name)}" for name in worse
    ]
    return f"is worse than the one in force on results that neither had seen: {'; '.join(told)}" if worse else ""


def promote(folder: Path, workspace: Path, because: str | None = None) -> Path:
    """Put a scorer in force, and return where it now is. The one before is kept beside it.

    Raises InputError where it is no scorer, or is worse than the one in force or was not held against it, and
    `because` does not say why it should be all the same.
    """
    checkpoint, current = meta.read(folder), scorers.in_force(workspace)
    if checkpoint.kind != "scorer" or not (folder / FILE).exists():
        raise InputError(Problem("", f"is no scorer ({FILE} beside a meta.json)"), source=folder)
    against = objection(checkpoint, meta.read(current).id)
    return put_in_force(folder, scorers.place(workspace), current, against, because)


def _share(new: Checkpoint, side: str, name: str) -> str:
    return f"{new.metrics[f'{side}_{name}']:.1%}"
