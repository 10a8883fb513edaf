"""The noun `Kept`: a checkpoint's folder on this machine, and whether it is in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inference import adapters, angle_relevance, approval, scorers
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.errors import ModelError
from store.settings import Settings

Standing = Literal["in force", "before", "shipped", "trained"]
PREVIOUS = ".previous"  # what `promotion` adds to the name of the one that was in force before


@dataclass(frozen=True)
class Kept:
    """A checkpoint that can be looked at here."""

    folder: Path
    checkpoint: Checkpoint
    standing: Standing
    """`before` is the one that the one in force took the place of; `trained` is what a run left."""

    @property
    def card(self) -> str:
        """Its model card, Markdown; empty where it has none."""
        path = self.folder / "README.md"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    @property
    def pictures(self) -> list[Path]:
        """Its plots: the curve of its training, or how reliable it is."""
        return sorted(self.folder.glob("*.png"))


def kept(settings: Settings) -> list[Kept]:
    """Every checkpoint of the workspace and every one that is shipped: those in force first, then by kind and id.

    A folder whose `meta.json` cannot be read is left out: `glasbruk doctor` tells of those that matter.
    """
    current = {folder.resolve() for folder in in_force(settings)}
    found: dict[Path, Kept] = {}
    for folder in (*in_force(settings), *_folders(settings.workspace / "checkpoints"), *_shipped()):
        if (one := _kept(folder, current)) is not None:
            found.setdefault(folder.resolve(), one)
    order = ("in force", "before", "trained", "shipped")
    return sorted(found.values(), key=lambda one: (one.checkpoint.kind, order.index(one.standing), one.checkpoint.id))


def in_force(settings: Settings) -> list[Path]:
    """The folders of what writes, scores, chooses and finds angles under these settings."""
    adapter = adapters.chosen(settings)
    others = (settings.approver.checkpoint or approval.SHIPPED, settings.angles.checkpoint or angle_relevance.SHIPPED)
    return [*([adapter] if adapter else []), scorers.chosen(settings), *others]


def by_id(settings: Settings) -> dict[str, Checkpoint]:
    """What is known here of checkpoints, by the id that labels name them by."""
    return {one.checkpoint.id: one.checkpoint for one in reversed(kept(settings))}


def _folders(root: Path) -> Iterator[Path]:
    """The folders below with a `meta.json`; a run's own saves have none."""
    for pattern in ("*/meta.json", "*/*/meta.json"):
        yield from sorted(path.parent for path in root.glob(pattern))


def _shipped() -> Iterator[Path]:
    yield from sorted(path.parent for path in adapters.SHIPPED.glob("*/meta.json"))
    yield from (scorers.SHIPPED, approval.SHIPPED, angle_relevance.SHIPPED)


def _kept(folder: Path, current: set[Path]) -> Kept | None:
    try:
        checkpoint = meta.read(folder)
    except (ModelError, OSError):
        return None
    return Kept(folder, checkpoint, _standing(folder, current))


def _standing(folder: Path, current: set[Path]) -> Standing:
    if folder.resolve() in current:
        return "in force"
    if folder.name.endswith(PREVIOUS):
        return "before"
    return "shipped" if folder.resolve() in {path.resolve() for path in _shipped()} else "trained"
