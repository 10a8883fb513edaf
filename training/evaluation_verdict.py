"""Whether a writer is worse than the one in force, and the step that puts it in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inference import adapters
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.errors import InputError, Problem
from training.promotion import put_in_force

HIGHER = (  # is better
    "shown_within_limits",
    "shown_no_blocking",
    "shown_figures_right",
    "shown_angle_said",
    "written_within_limits",
    "written_no_blocking",
    "segment_told",
    "loss_below_base",
    "preference_pair_accuracy",
)
LOWER = ("similarity", "opening_share_max")
SAME = ("sites", "n", "overgenerate")  # without which two evaluations say nothing of each other


@dataclass(frozen=True)
class Verdict:
    """What the comparison of two evaluations came to."""

    compared: tuple[str, ...]
    """The metrics that both have."""
    worse: tuple[str, ...]
    """Those in which the new one is worse, each as `name 0.91, was 0.97 (0.95 to 0.99)`."""
    unlike: tuple[str, ...] = ()
    """What differs between the two evaluations, so that they cannot be compared."""

    @property
    def objection(self) -> str:
        """Why it should not be put in force; empty where nothing speaks against it."""
        if self.unlike:
            return f"was evaluated with other {', '.join(self.unlike)} than the one in force; evaluate both alike"
        if not self.compared:
            return "has no held-out metric that the one in force has too; glasbruk evaluate writer --keep gives it some"
        return f"is worse than the one in force: {'; '.join(self.worse)}" if self.worse else ""


def compare(new: Mapping[str, float], old: Mapping[str, float]) -> Verdict:
    """Hold an evaluation against an older one on the same places; both are flat names to numbers.

    A metric is worse where it lies outside the older one's interval, on the wrong side; where there is no interval,
    where it is worse at all.
    """
    compared = [name for name in (*HIGHER, *LOWER) if name in new and name in old]
    worse = [name for name in compared if _worse(name, new, old)]
    unlike = [name for name in SAME if name in new and name in old and new[name] != old[name]]
    return Verdict(
        tuple(compared), tuple(f"{name} {new[name]:.3g}, was {_was(name, old)}" for name in worse), tuple(unlike)
    )


def _worse(name: str, new: Mapping[str, float], old: Mapping[str, float]) -> bool:
    if name in HIGHER:
        return new[name] < old.get(f"{name}_low", old[name])
    return new[name] > old.get(f"{name}_high", old[name])


def _was(name: str, old: Mapping[str, float]) -> str:
    low, high = old.get(f"{name}_low"), old.get(f"{name}_high")
    return f"{old[name]:.3g}" if low is None or high is None else f"{old[name]:.3g} ({low:.3g} to {high:.3g})"


def keep_metrics(folder: Path, metrics: Mapping[str, float]) -> None:
    """Put the numbers of an evaluation into the `meta.json` of the checkpoint that was evaluated."""
    known = meta.read(folder)
    meta.write(known.model_copy(update={"metrics": {**known.metrics, **metrics}}), folder)


def promote(folder: Path, workspace: Path, because: str | None = None) -> Path:
    """Put a writer's adapter in force for its base, and return where it now is. The one before is kept beside it.

    Raises InputError where it is no adapter, or is worse than the one in force on held-out brands and `because` does
    not say why it should be all the same. What `because` says is kept in its `meta.json`.
    """
    checkpoint = _adapter(folder)
    target = adapters.place(checkpoint.base, workspace)
    current = adapters.in_force(checkpoint.base, workspace)
    objection = compare(checkpoint.metrics, meta.read(current).metrics).objection if current else ""
    return put_in_force(folder, target, current, objection, because)


def _adapter(folder: Path) -> Checkpoint:
    checkpoint = meta.read(folder)
    if checkpoint.kind != "writer" or not (folder / adapters.FILE).exists():
        message = (
            f"is no writer's adapter ({adapters.FILE} beside a meta.json); a model of its own is used with --writer"
        )
        raise InputError(Problem("", message), source=folder)
    return checkpoint
