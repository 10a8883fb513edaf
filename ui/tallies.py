"""What the Results view counts, in the background and one at a time, so that nobody waits for it at the desk."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from store.columns import now
from store.database import Database
from store.settings import Settings
from store.tables import DecisionRow, OutcomeRow, ScoreRow
from training import earned, kept, reviewed, seen
from training.earned import Earned
from training.reviewed import Reviewed
from training.window import Window

KEPT = 8  # windows that are remembered, the latest
SOON = 1.5  # seconds that one who asks waits for it
SPARED = 10.0  # times as long as counting took, a count is shown although more has come since

Marks = tuple[int, ...]
"""How far the tables that only grow have come: what was counted at the same marks is still right."""


@dataclass(frozen=True)
class Tally:
    """All that was counted of one window."""

    earned: Earned
    reviewed: Reviewed
    marks: Marks
    at: datetime
    """When counting began."""
    took: float
    """Seconds."""


class Tallies:
    """Counts of this desk. Several threads may ask at once."""

    def __init__(self, database: Database, settings: Settings, *, spared: float = SPARED) -> None:
        self._database = database
        self._settings = settings
        self._spared = spared
        self._done: OrderedDict[Window, Tally | Exception] = OrderedDict()
        self._begun: dict[Window, threading.Event] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # held by whichever counts

    def ask(self, window: Window, patience: float = SOON) -> Tally | None:
        """The count of a window; None while the first one is still being made, so ask again.

        Where more has come since, it is counted anew, though not at once after a count that took long, and an older
        count is given if that takes longer than `patience` seconds. Raises what counting raised.
        """
        marks = self._marks()
        with self._lock:
            found = self._done.get(window)
            if isinstance(found, Tally) and (found.marks == marks or self._is_young(found)):
                return found
            if window not in self._begun:
                self._begun[window] = threading.Event()
                threading.Thread(target=self._count, args=(window, marks), name="tally", daemon=True).start()
            counting = self._begun[window]
        counting.wait(patience)
        with self._lock:
            found = self._done.get(window)
        if isinstance(found, Exception):
            raise found
        return found

    def _is_young(self, tally: Tally) -> bool:
        return (now() - tally.at).total_seconds() < (1 + self._spared) * tally.took

    def _marks(self) -> Marks:
        with self._database.read() as session:
            ids = (OutcomeRow.id, DecisionRow.id, ScoreRow.id)
            return tuple(session.scalar(select(func.max(number))) or 0 for number in ids)

    def _count(self, window: Window, marks: Marks) -> None:
        found: Tally | Exception
        try:
            found = self._counted(window, marks)
        except Exception as error:
            found = error
        with self._lock:
            self._done[window] = found
            self._done.move_to_end(window)
            while len(self._done) > KEPT:
                self._done.popitem(last=False)
            self._begun.pop(window).set()

    def _counted(self, window: Window, marks: Marks) -> Tally:
        with self._turn, self._database.read() as session:
            began = now()
            parts = earned.read(session, window, self._seen()), reviewed.read(session, window)
            return Tally(*parts, marks, began, (now() - began).total_seconds())

    def _seen(self) -> dict[str, frozenset[int] | None]:
        """What each scorer that is here was trained on."""
        scorers = [one for one in kept.kept(self._settings) if one.checkpoint.kind == "scorer"]
        return {one.checkpoint.id: seen.read(one.folder) for one in scorers}
