"""A campaign as the command runs it: progress while it is written, then tables, the yield and the report."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from inference import load, pipeline
from inference.events import Finished, Ranked, Started, Written
from inference.order import Order, Parts
from store import campaigns
from store.brief import Brief
from store.campaign import Campaign
from store.channel import Channel
from store.database import Database
from store.settings import Settings
from store.states import State
from ui import report, tables
from ui.plain import visible

EVERY = 10.0  # seconds between lines of progress where no terminal can redraw a bar

Tell = Callable[[int, int], None]


class Stopped(KeyboardInterrupt):
    """The user stopped it; the text says what is kept."""


@dataclass(frozen=True)
class Done:
    """What a campaign came to."""

    campaign: Campaign
    ranked: list[Ranked]
    catalogue: Mapping[str, Channel]
    report: Path
    seconds: float
    """Of writing, checking, scoring and storing, without loading models."""

    @property
    def counts(self) -> dict[str, int]:
        """How many variants are shown, and how many are kept from review by what."""
        states = Counter(row.variant.state for place in self.ranked for row in place.rows)
        return {"shown": states[State.PENDING], "blocked": states[State.BLOCKED], "held_back": states[State.RESERVE]}

    def as_json(self) -> dict[str, Any]:
        """Everything that `show` prints, for programs; variants best first within segment and channel."""
        return {
            "campaign": self.campaign,
            "report": str(self.report),
            "seconds": round(self.seconds, 2),
            "counts": self.counts,
            "variants": [row for place in self.ranked for row in place.shown],
        }


def run(settings: Settings, database: Database, brief: Brief, wanted: Mapping[str, Any], out: Path) -> Done:
    """Write a campaign for `brief` with the writer and scorer of `settings`, and its report to `out`.

    `wanted` goes to `Order`: n, seed, segments, channels; how many more are written is a setting. Progress goes to
    standard error. Raises Stopped where the user stops it; what was stored before stays.
    """
    screen = tables.console(stderr=True)
    parts = load.parts(settings, lambda line: screen.print(f"{visible(line)} ..."))
    many = settings.writer.overgenerate
    order = Order(brief=brief, sampling=settings.writer.sampling, author=settings.reviewer, overgenerate=many, **wanted)
    begun = time.monotonic()
    campaign, ranked = _written(order, parts, database, screen)
    seconds = time.monotonic() - begun
    names = {channel.id: channel.name for channel in parts.catalogue.values()}
    assert campaign.id is not None  # noqa: S101 - the store gave it
    report.write(database, campaign.id, out, names=names)
    places = {(s.name, c): i for i, (c, s) in enumerate(itertools.product(brief.channels, brief.segments))}
    ranked.sort(key=lambda place: places.get((place.segment, place.channel), len(places)))
    return Done(campaign, ranked, parts.catalogue, out, seconds)


def show(done: Done) -> None:
    """Print a table of what is shown for each segment and channel, what became of the rest, and what to do next."""
    screen = tables.console()
    for place in done.ranked:
        screen.print(tables.ranked(place.segment, done.catalogue[place.channel].name, place.rows))
    campaign = done.campaign
    rate = campaign.written / max(done.seconds, 0.01)
    written = f"{campaign.written:,} variants in {done.seconds:.0f} s ({rate:.1f} a second)"
    counts = done.counts
    left_out = f"{counts['blocked']:,} blocked by the checks, {counts['held_back']:,} held back"
    lines = {
        "written": f"{written} by {campaign.writer}, scored by {campaign.scorer}, seed {campaign.seed}",
        "yield": f"{campaign.parsed:,} of {campaign.asked:,} asked could be read into fields",
        "chosen": f"{counts['shown']:,} wait for review as campaign {campaign.id}; {left_out}",
        "report": done.report.resolve(),
        "review": "make desk, or: glasbruk desk",
        "the rest": "glasbruk review list --state reserve (or blocked) says why",
    }
    screen.print(tables.pairs(lines))


def _written(order: Order, parts: Parts, database: Database, screen: Console) -> tuple[Campaign, list[Ranked]]:
    """Run the pipeline to its end, telling of each variant."""
    ranked: list[Ranked] = []
    campaign, done, asked = None, 0, 0
    try:
        with closing(pipeline.write(order, parts, database)) as events, _telling(screen) as tell:
            for event in events:
                if isinstance(event, Started | Finished):
                    campaign = event.campaign
                    asked = campaign.asked
                elif isinstance(event, Written):
                    done = event.done
                else:
                    ranked.append(event)
                tell(done, asked)
    except KeyboardInterrupt:
        raise Stopped(_kept(campaign, database)) from None
    assert campaign is not None  # noqa: S101 - the first event has it
    return campaign, ranked


def _kept(campaign: Campaign | None, database: Database) -> str:
    """What is in the store of a campaign that was stopped."""
    if campaign is None or campaign.id is None:
        return "stopped; nothing was written yet"
    with database.read() as session:
        written = campaigns.get(session, campaign.id).written
    return f"stopped; {written} of {campaign.asked} variants are kept as campaign {campaign.id} in {database.name}"


@contextmanager
def _telling(screen: Console) -> Iterator[Tell]:
    """What to call after each step: it moves a bar on a terminal, and now and then prints a line elsewhere."""
    if not screen.is_terminal:
        yield _lines(screen)
        return
    with bar(screen) as tell:
        yield tell


@contextmanager
def bar(screen: Console) -> Iterator[Tell]:
    """A bar on a terminal, with the rate and the time left; it is to be told how many are done, of how many."""
    rate = TextColumn("{task.fields[rate]}")
    columns = (BarColumn(), MofNCompleteColumn(), rate, TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(TextColumn("writing"), *columns, console=screen) as progress:
        task = progress.add_task("", total=None, rate="")

        def tell(done: int, asked: int) -> None:
            speed = f"{progress.tasks[0].speed or 0:.1f} a second"
            progress.update(task, completed=done, total=asked, rate=speed)

        yield tell


def _lines(screen: Console) -> Tell:
    begun = last = time.monotonic()
    told = 0

    def tell(done: int, asked: int) -> None:
        nonlocal last, told
        now = time.monotonic()
        if done == 0:
            screen.print(f"writing {asked} variants side by side; the first take a while")
        if done == told or (done < asked and now - last < EVERY):
            return
        last, told = now, done
        rate = done / max(now - begun, 1e-6)
        left = f", {(asked - done) / rate:.0f} s left" if done > asked / 4 else ""  # the first ones say little
        screen.print(f"{done} of {asked} written, {rate:.1f} a second{left}")

    return tell
