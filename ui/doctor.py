"""What is in force and where it came from, and whether everything that is needed works."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from store.errors import GlasbrukError
from store.settings import Settings, names
from ui import tables
from ui.checkups import CHECKS, Check
from ui.plain import visible

STYLES = {"ok": "green", "note": "yellow", "broken": "bold red"}


def examine(settings: Settings) -> list[Check]:
    """Run every check; one that fails in a way nobody foresaw is broken too, and the rest go on."""
    return [found for check in CHECKS for found in _safely(check, settings)]


def _safely(check: Callable[[Settings], Iterator[Check]], settings: Settings) -> Iterator[Check]:
    name = check.__name__
    try:
        yield from check(settings)
    except GlasbrukError as error:
        yield Check(name, "broken", str(error))  # our errors carry their remedy
    except Exception as error:  # a check must never end the list
        first = (str(error).splitlines() or [""])[0]
        yield Check(
            name, "broken", f"{type(error).__name__}: {first}", "run `make setup` again; if it stays, report it"
        )


def in_force(settings: Settings, origin: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Name, value (without passwords) and where it came from, for every setting."""
    rows = []
    for name in names():
        value: Any = settings
        for part in name.split("."):
            value = getattr(value, part)
        shown = (
            _without_password(str(value)) if name.endswith("_url") and value else "" if value is None else str(value)
        )
        rows.append((name, shown, origin.get(name, "default")))
    return [*rows, *(("channels", id, origin.get("channels", "default")) for id in settings.channels)]  # noqa: A001


def _without_password(url: str) -> str:
    """The URL with nothing that could be a secret: no password, no query."""
    return re.sub(r"(//[^/@]*?):[^/]*@", r"\1:***@", url.partition("?")[0])


def as_json(settings: Settings, origin: Mapping[str, str], checks: Sequence[Check]) -> dict[str, Any]:
    """Settings and checks for programs."""
    force = [{"name": name, "value": value, "origin": source} for name, value, source in in_force(settings, origin)]
    healthy = not any(check.state == "broken" for check in checks)
    return {"ok": healthy, "settings": force, "checks": [vars(check) for check in checks]}


def show(settings: Settings, origin: Mapping[str, str], checks: Sequence[Check]) -> None:
    """Print settings, checks and, last, what is to be mended."""
    screen = tables.console()
    screen.print(tables.listed(["setting", "value", "from"], in_force(settings, origin)))
    for check in checks:
        mark = Text(f"{check.state:7}", style=STYLES[check.state])
        remedy = Text(f"\n{'':20}{visible(check.remedy)}", style="dim") if check.remedy else Text("")
        screen.print(
            mark + Text(f"{check.name:13}", style="") + Text(visible(check.detail), style="") + remedy, soft_wrap=True
        )
    broken = [check.name for check in checks if check.state == "broken"]
    screen.print(Text(f"\nbroken: {', '.join(broken)}" if broken else "\neverything that is needed works"))
