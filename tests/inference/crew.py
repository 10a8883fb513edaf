"""Worker processes that can be killed, over fakes that take their time."""

import multiprocessing
import random
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from inference import batch
from inference.order import Parts
from inference.worker import Worker
from inference.writer import Draft, FakeWriter
from store.database import Database
from store.prompt import Prompt
from store.variant import Sampling
from tests.inference import house

# Processes that are forked from a server which has imported all of this already: they begin at once.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.inference.crew"])
LEASE = 1.0  # seconds


class Slow(FakeWriter):
    """A writer that takes a moment for each variant, so that a kill falls anywhere."""

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        """As `FakeWriter.write`."""
        for draft in super().write(prompts, seeds, sampling):
            time.sleep(random.uniform(0, 0.02))
            yield draft


def parts() -> Parts:
    """The fakes, slowly."""
    return replace(house.parts(), writer=Slow())


def work(url: str) -> None:
    """What a worker process does: it works until nothing is left."""
    for item in Worker(parts(), Database(url), lease=LEASE).work():
        if item is None:
            time.sleep(0.05)


def run(url: str, source: str, out: str) -> None:
    """What `glasbruk batch` does, with two variants for each place."""
    terms = batch.terms(2, 1, 0)
    database = Database(url)
    batch.run(Path(source), Path(out), Worker(parts(), database, LEASE), database, terms=terms)


def hire(url: str, does: Callable[..., None] = work, *others: str) -> BaseProcess:
    """Start a process on the database."""
    process: Any = CONTEXT.Process(target=does, args=(url, *others), daemon=True)
    process.start()
    started: BaseProcess = process
    return started
