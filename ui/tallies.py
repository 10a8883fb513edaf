"""What the Results view counts, in the background and one at a time, so that nobody waits for it at the desk."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy import func, select

from store.database import Database
from store.errors import GlasbrukError
from store.settings import Settings
from store.tables import DecisionRow, OutcomeRow, ScoreRow
from training import earned, kept, reviewed, seen
from training.earned import Earned
from training.reviewed import Reviewed
from training.window import Window

KEPT = 8  # counts that are remembered, the latest
SOON = 1.5  # seconds that one who asks waits for it

Marks = tuple[int, ...]
"""How far the tables that only grow have come: what was counted at the same marks is still right."""


@dataclass(frozen=True)
class Tally:
    """All that was counted of one window."""

    earned: Earned
    reviewed: Reviewed


class Tallies:
    """Counts of this desk. Several threads may ask at once."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._done: OrderedDict[tuple[Window, Marks], Tally | GlasbrukError] = OrderedDict()
        self._begun: dict[tuple[Window, Marks], threading.Event] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # held by whichever counts

    def ask(self, window: Window, patience: float = SOON) -> Tally | None:
        """The count of a window; None while it is still being made, so ask again. Raises what counting raised."""
        key = (window, self._marks())
        with self._lock:
            if key not in self._done and key not in self._begun:
                self._begun[key] = threading.Event()
                threading.Thread(target=self._count, args=(key,), name="tally", daemon=True).start()
            waiting = self._begun.get(key)
        if waiting is not None:
            waiting.wait(patience)
        with self._lock:
            found = self._done.get(key)
        if isinstance(found, GlasbrukError):
            raise found
        return found

    def _marks(self) -> Marks:
        with self._database.read() as session:
            ids = (OutcomeRow.id, DecisionRow.id, ScoreRow.id)
            return tuple(session.scalar(select(func.max(number))) or 0 for number in ids)

    def _count(self, key: tuple[Window, Marks]) -> None:
        window, _ = key
        found: Tally | GlasbrukError
        try:
            with self._turn, self._database.read() as session:
                found = Tally(earned.read(session, window, self._seen()), reviewed.read(session, window))
        except GlasbrukError as error:
            found = error
        with self._lock:
            self._done[key] = found
            while len(self._done) > KEPT:
                self._done.popitem(last=False)
            self._begun.pop(key).set()

    def _seen(self) -> dict[str, frozenset[int] | None]:
        """What each scorer that is here was trained on."""
        scorers = [one for one in kept.kept(self._settings) if one.checkpoint.kind == "scorer"]
        return {one.checkpoint.id: seen.read(one.folder) for one in scorers}
