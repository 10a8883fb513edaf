"""One writing run of the desk: it goes on in the background whatever happens to the page that started it."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from inference import pipeline
from inference.events import Event, Ranked, Started, Written
from inference.order import Order
from inference.turns import Busy, Turns
from store.database import Database
from store.errors import Conflict, GlasbrukError
from store.states import State
from store.variants import Row

LATEST = 6  # variants shown while more are written

Key = tuple[str, str]  # a segment's name and a channel's id


@dataclass(frozen=True)
class Cell:
    """How far one segment and channel have come."""

    asked: int
    done: int = 0
    blocked: int = 0
    held_back: int = 0
    shown: int = 0
    """How many are up for review, once it is chosen which."""
    chosen: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    name: str
    cells: dict[Key, Cell]
    """By segment and channel."""
    campaign_id: int | None = None
    asked: int = 0
    """How many are to be written; 0 before it has begun."""
    latest: tuple[Row, ...] = ()
    """The newest first."""
    running: bool = True
    stopped: bool = False
    error: str = ""

    @property
    def done(self) -> int:
        """How many are written."""
        return sum(cell.done for cell in self.cells.values())

    @property
    def blocked(self) -> int:
        """How many the checks keep out of review."""
        return sum(cell.blocked for cell in self.cells.values())

    @property
    def held_back(self) -> int:
        """How many are held back, of the segments and channels that are done."""
        return sum(cell.held_back for cell in self.cells.values())

    @property
    def shown(self) -> int:
        """How many are up for review, of the segments and channels that are done."""
        return sum(cell.shown for cell in self.cells.values())

    @property
    def segments(self) -> list[str]:
        """Who is written for."""
        return list(dict.fromkeys(segment for segment, _ in self.cells))

    @property
    def channels(self) -> list[str]:
        """The ids of where it will be shown."""
        return list(dict.fromkeys(channel for _, channel in self.cells))

    def after(self, event: Event) -> "Progress":
        """How far it has come with one more event."""
        match event:
            case Started(campaign):
                return replace(self, campaign_id=campaign.id, asked=campaign.asked)
            case Written(row):
                return replace(self, latest=(row, *self.latest)[:LATEST], cells=self._with(_written(row)))
            case Ranked(segment, channel):
                return replace(self, cells=self._with(((segment, channel), _chosen(event))))
        return self

    def _with(self, change: tuple[Key, Callable[[Cell], Cell]]) -> dict[Key, Cell]:
        key, act = change
        return {**self.cells, key: act(self.cells[key])}


def begun(order: Order) -> Progress:
    """Nothing is written yet."""
    segments = order.segments or [segment.name for segment in order.brief.segments]
    channels = order.channels or order.brief.channels
    return Progress(order.brief.name, {(one, other): Cell(order.each) for one in segments for other in channels})


def _written(row: Row) -> tuple[Key, Callable[[Cell], Cell]]:
    blocked = row.variant.state is State.BLOCKED
    return (row.variant.segment, row.variant.channel), lambda cell: replace(
        cell, done=cell.done + 1, blocked=cell.blocked + blocked
    )


def _chosen(event: Ranked) -> Callable[[Cell], Cell]:
    held_back = sum(row.variant.state is State.RESERVE for row in event.rows)
    return lambda cell: replace(cell, shown=len(event.shown), held_back=held_back, chosen=True)


class Run:
    """A thread that writes what is ordered into the store."""

    def __init__(self, order: Order, models: Turns, database: Database) -> None:
        self.progress = begun(order)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, args=(order, models, database), name="writing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the variant that is being written; what is stored stays."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Wait for the end, at most so long."""
        self._thread.join(seconds)

    def _write(self, order: Order, models: Turns, database: Database) -> None:
        error = ""
        try:
            with models.turn() as parts, contextlib.closing(pipeline.write(order, parts, database)) as events:
                for event in events:
                    self.progress = self.progress.after(event)
                    if self._stop.is_set():
                        break
        except GlasbrukError as refused:
            error = str(refused)
        except Busy:
            error = "The models are busy with other requests; try again in a moment."
        except Exception:
            error = "A fault of ours; the server's log has its traceback. What was written is kept."
            raise
        finally:
            stopped = self._stop.is_set()
            self.progress = replace(self.progress, running=False, stopped=stopped, error=error)


@dataclass
class Workshop:
    """The models of this process, and the one run that may be under way."""

    models: Turns
    database: Database
    run: Run | None = None
    error: str = ""
    """Why the models could not be loaded."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def warm(self) -> None:
        """Load the models in the background, so that the desk opens at once."""
        threading.Thread(target=self._load, name="loading", daemon=True).start()

    def write(self, order: Order) -> Run:
        """Begin a run. Raises Conflict while another is under way."""
        with self._lock:
            if self.run and self.run.progress.running:
                raise Conflict("a campaign is being written; stop it, or wait until it is done")
            self.run = Run(order, self.models, self.database)
            self.run.start()
            return self.run

    def _load(self) -> None:
        try:
            with self.models.turn():
                self.error = ""
        except GlasbrukError as error:
            self.error = str(error)
