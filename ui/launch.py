"""What the Models view starts: a training command, as one would type it."""

import os
import sys
from collections.abc import Mapping

from store.settings import Settings

PROGRAM = (sys.executable, "-c", "from ui.cli import main; main()")
KINDS = {
    "Writer, on approved copy": ("writer", "--method", "sft"),
    "Writer, on what was preferred": ("writer", "--method", "preference"),
    "Scorer, on the results in the store": ("scorer",),
    "Approval model, on decisions": ("approval",),
}
BASES = ("default", "medium", "small")  # of a writer


def words(kind: str, *, base: str, seed: int, epochs: float, examples: int) -> list[str]:
    """The command for a kind of `KINDS`. `base`, `epochs` and `examples` are a writer's; 0 is the recipe's."""
    chosen = [*PROGRAM, "train", *KINDS[kind], "--seed", str(seed)]
    if KINDS[kind][0] != "writer":
        return chosen
    some = [*(["--epochs", f"{epochs:g}"] if epochs else []), *(["--examples", str(examples)] if examples else [])]
    return [*chosen, "--base", base, *some]


def environment(settings: Settings) -> Mapping[str, str]:
    """This process's own, and where the desk works. A database's password is in no command that others can list."""
    named = {
        "GLASBRUK_WORKSPACE": str(settings.workspace.resolve()),
        "GLASBRUK_DATABASE_URL": settings.database_url,
        "GLASBRUK_CACHE": str(settings.cache.resolve()) if settings.cache else None,
    }
    return {**os.environ, **{name: value for name, value in named.items() if value is not None}}
