"""The desk as reviewers wait for it: a long queue, a decision, a cold start, and many reviewers at once.

    python -m benchmarks.desk [--variants 100000] [--seconds 300] [--reviewers 20] [--browsers 2] [--json FILE]

`open_ms_100k`, `page_ms_100k` and `decision_ms` are medians at the server, without the network: the first page of a
queue of so many pending variants, a page in its middle, and a decision until the next variant is there.
`first_screen_s` goes from the start of the process, models cold, to a variant on the screen of a real browser (which
runs already). Then so many reviewers, some in browsers and the rest over the API, decide one queue at once: `lost` are
decisions that were answered as stored and are not in the store, `twice` variants on which two stand.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import desk_crowd
from benchmarks.desk_queue import fill
from prompts import channels
from store.database import Database, open_database
from store.settings import ScorerSettings, Settings, WriterSettings
from ui.place import PAGE, Place, write
from ui.seat import Seat
from ui.views.review import Reviewing

TIMES = 9  # of each; the median counts
ADA = Seat(blind=True, name="ada", role=None)


def main() -> None:
    """Print the numbers, and write them where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--browsers", type=int, default=2, help="how many of the reviewers sit before a browser")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_in(Path(folder))
        database = open_database(settings)
        fill(database, given.variants)
        numbers = at_the_server(database, given.variants)
        numbers |= desk_crowd.measure(settings, database, given.seconds, given.reviewers, given.browsers)
        database.close()
    for name, value in numbers.items():
        print(f"{name:24} {value:12.3f}")
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def settings_in(folder: Path) -> Settings:
    """A workspace of its own, with no model in it."""
    fakes: dict[str, Any] = {"writer": WriterSettings(kind="fake"), "scorer": ScorerSettings(kind="fake")}
    return Settings(workspace=folder, reviewer="ada", **fakes)


def at_the_server(database: Database, many: int) -> dict[str, float]:
    """What the handlers of the Review view take, from the address to what the page is told."""
    desk = Reviewing(database, channels.catalogue())
    middle = max(1, many // PAGE // 2)
    ranked = Seat(blind=False, name="ada", role=None)
    return {
        "open_ms_100k": median_ms(lambda _: desk.show(Place(), ADA)),
        "open_ranked_ms_100k": median_ms(lambda _: desk.show(Place(), ranked)),
        "page_ms_100k": median_ms(lambda turn: desk.show(Place(page=middle + turn), ADA)),
        "grid_ms_100k": median_ms(lambda _: desk.show(Place(view="grid"), ADA)),
        "pair_ms_100k": median_ms(lambda _: desk.show(Place(view="pairs"), ADA)),
        "decision_ms": median_ms(lambda turn: desk.approve(write(Place(variant=turn + 1)), ADA)),
    }


def median_ms(do: Callable[[int], object]) -> float:
    """The median in milliseconds, after once that does not count."""
    took = []
    for turn in range(TIMES + 1):
        began = time.perf_counter()
        do(turn)
        took.append(1_000 * (time.perf_counter() - began))
    return statistics.median(took[1:])


if __name__ == "__main__":
    main()
