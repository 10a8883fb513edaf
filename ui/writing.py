"""One writing run of the desk: it goes on in the background whatever happens to the page that started it."""

import contextlib
import threading
from dataclasses import dataclass, field, replace

from inference import pipeline
from inference.events import Event, Ranked, Started, Written
from inference.order import Order
from inference.turns import Busy, Turns
from store.database import Database
from store.errors import Conflict, GlasbrukError
from store.states import State
from store.variants import Row

LATEST = 8  # variants shown while more are written


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    name: str
    campaign_id: int | None = None
    done: int = 0
    asked: int = 0
    latest: tuple[Row, ...] = ()
    """The newest first."""
    blocked: int = 0
    held_back: int = 0
    shown: int = 0
    """How many are up for review, of the segments and channels that are done."""
    running: bool = True
    stopped: bool = False
    error: str = ""


class Run:
    """A thread that writes what is ordered into the store."""

    def __init__(self, order: Order, models: Turns, database: Database) -> None:
        self.progress = Progress(order.brief.name)
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
                    self._note(event)
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

    def _note(self, event: Event) -> None:
        now = self.progress
        if isinstance(event, Started):
            self.progress = replace(now, campaign_id=event.campaign.id, asked=event.campaign.asked)
        elif isinstance(event, Written):
            latest = (event.row, *now.latest)[:LATEST]
            blocked = now.blocked + (event.row.variant.state == "blocked")
            self.progress = replace(now, done=event.done, asked=event.asked, latest=latest, blocked=blocked)
        elif isinstance(event, Ranked):
            held_back = sum(row.variant.state is State.RESERVE for row in event.rows)
            self.progress = replace(now, shown=now.shown + len(event.shown), held_back=now.held_back + held_back)


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
