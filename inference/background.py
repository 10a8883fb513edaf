"""`Background`: the server's worker, which does batches an item at a time and shares the models with the API."""

import logging
import threading

from fastapi import FastAPI

from inference.order import Parts
from inference.service import Service
from inference.turns import Busy
from inference.worker import Stopped, Worker
from store.errors import GlasbrukError

LATER = 1.0  # seconds until the thread looks again at what others hold
AFTER_FAULT = 15.0  # seconds after which it tries again what the models or the database refused

log = logging.getLogger("glasbruk.batch")


class Background:
    """The server's worker, which is a thread as long as there is something to do."""

    def __init__(self, served: Service) -> None:
        self._served = served
        self._lock = threading.Lock()
        self._woken = False
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def wake(self) -> None:
        """Look for work, now or after what is being done."""
        with self._lock:
            self._woken = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="batches", daemon=True)
                self._thread.start()

    def rest(self, seconds: float) -> None:
        """Give back what is begun, and wait so long for it."""
        self._stop.set()
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        """Wait until there is nothing left to do, at most so long."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        while self._goes_on():
            try:
                self._work()
            except Stopped:
                return
            except (GlasbrukError, Busy) as error:
                log.error("batches wait for %s seconds: %s", AFTER_FAULT, str(error) or "the line is full")
                self._stop.wait(AFTER_FAULT)
                self._woken = True

    def _goes_on(self) -> bool:
        with self._lock:
            woken, self._woken = self._woken, False
            if not woken:
                self._thread = None
            return woken and not self._stop.is_set()

    def _work(self) -> None:
        with self._served.parts.turn("batches") as parts:
            for item in self._worker(parts).work():
                if item is None:
                    self._stop.wait(LATER)

    def _worker(self, parts: Parts) -> Worker:
        served = self._served
        return Worker(parts, served.database, stop=self._stop, wrote=served.metrics.wrote)


def background(app: FastAPI) -> Background:
    """The worker of an app, made when it is first asked for."""
    state = app.state
    if not hasattr(state, "background"):
        state.background = Background(state.service)
    found: Background = state.background
    return found
