"""The noun `Side`: one checkpoint as the Models view lays it beside another."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from store.errors import GlasbrukError
from store.settings import Settings
from training import kept, standing
from training.kept import Kept

PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)\n?")
SAMPLES = "## What it writes"
LARGEST = 2_000_000  # bytes of a picture that is shown


@dataclass(frozen=True)
class Side:
    """What is shown of one."""

    key: str
    """Names it in the address."""
    kept: Kept
    objection: str
    """Why it should not be put in force; empty where nothing speaks against it, or it is in force."""

    @property
    def name(self) -> str:
        """As it stands in a list."""
        return f"{self.kept.checkpoint.id}, {self.kept.checkpoint.kind} ({self.kept.standing})"

    @property
    def card(self) -> str:
        """The model card, Markdown, without its pictures and samples, which are shown apart."""
        head, _, rest = PICTURE.sub("", self.kept.card).partition(SAMPLES)
        return head + ("## " + rest.split("\n## ", 1)[1] if "\n## " in rest else "")

    @property
    def samples(self) -> list[str]:
        """What it wrote for briefs it was not trained on, from its card."""
        _, _, rest = self.kept.card.partition(SAMPLES)
        return [line[2:] for line in rest.split("\n## ", 1)[0].splitlines() if line.startswith("- ")]

    @property
    def pictures(self) -> list[tuple[str, str]]:
        """Its plots: what each shows, and the picture as an address."""
        return [
            (SHOWS.get(path.name, path.stem), f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}")
            for path in self.kept.pictures
            if path.stat().st_size <= LARGEST
        ]


SHOWS = {
    "loss.png": "Loss by step of its training",
    "reliability.png": "Foretold and seen chance that one text beats another",
}


def sides(settings: Settings) -> dict[str, Side]:
    """Every checkpoint that is here, by its key, in the order of `training.kept`."""
    found: dict[str, Side] = {}
    for one in kept.kept(settings):
        key = f"{one.checkpoint.id}@{one.folder.name}"
        found.setdefault(key, Side(key, one, "" if one.standing == "in force" else _objection(one, settings)))
    return found


def _objection(one: Kept, settings: Settings) -> str:
    if one.checkpoint.kind not in {"writer", "scorer"}:
        return f"is of a kind that settings put in force: name its folder in glasbruk.toml ({one.checkpoint.kind})"
    try:
        return standing.objection(one.folder, settings.workspace)
    except GlasbrukError as error:
        return str(error)


def beside(left: Mapping[str, float], right: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """The metrics of two, each with its 90 % interval or its deviation where it has one."""
    ends = ("_low", "_high", "_sd")
    names = [name for name in {**left, **right} if not (name.endswith(ends) and _stem(name) in {**left, **right})]
    return [(name, _shown(name, left), _shown(name, right)) for name in names]


def _stem(name: str) -> str:
    return name.rsplit("_", 1)[0]


def _shown(name: str, metrics: Mapping[str, float]) -> str:
    if name not in metrics:
        return ""
    low, high, deviation = (metrics.get(f"{name}{end}") for end in ("_low", "_high", "_sd"))
    value = f"{metrics[name]:.4g}"
    if low is not None and high is not None:
        return f"{value} ({low:.4g} to {high:.4g})"
    return f"{value} ± {deviation:.2g}" if deviation is not None else value


def first_two(found: Sequence[Side]) -> tuple[str, str]:
    """Which two to lay side by side first: the writer in force and the newest rival to it, else its parent's place."""
    writers = [side for side in found if side.kept.checkpoint.kind == "writer"] or list(found)
    left = next((side for side in writers if side.kept.standing == "in force"), writers[0])
    rivals = [side for side in writers if side is not left]
    newest = max(rivals, key=lambda side: (side.kept.folder / "meta.json").stat().st_mtime, default=left)
    return left.key, newest.key
