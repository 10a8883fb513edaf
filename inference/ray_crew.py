"""`RayCrew`: writes the items of a job through Ray Data, a model to each worker, on this machine or a cluster of many.

Ray deals the items out, starts workers anew that are lost, and gives what they had to others. That every item ends once
is the store's doing, as ever: a worker leases the item that it was dealt, and one that is settled is left alone.
"""

import logging
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from inference import load
from inference.order import Parts
from inference.worker import LEASE, Worker
from store import items, jobs
from store.columns import now
from store.database import Database
from store.errors import GlasbrukError, InputError, ModelError, Problem
from store.settings import Settings

DEALT = 5_000  # items that Ray is given at a time, so that a job of any size fits into this process
STORE = 100 * 2**20  # bytes of the object store of a cluster of our own: only numbers travel through it
ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # what makes Ray stay on the loopback address, on Linux too
QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}  # no telemetry


@dataclass(frozen=True)
class Recipe:
    """How a worker is made, wherever it is to work."""

    settings: Settings
    lease: float = LEASE
    """Seconds."""
    parts: Callable[[Settings], Parts] = load.parts

    def worker(self) -> Worker:
        """A worker with its models, on a connection of its own. Raises as `load.parts`."""
        return Worker(self.parts(self.settings), Database(self.settings.database), self.lease)


class Hand:
    """One worker of the crew, in a process of Ray's. Its models are loaded once, at the first item."""

    def __init__(self, recipe: Recipe, job_id: int) -> None:
        self._recipe, self._job_id = recipe, job_id

    @cached_property
    def _worker(self) -> Worker:
        return self._recipe.worker()

    def __call__(self, dealt: dict[str, Any]) -> dict[str, list[str]]:
        """Settle the items whose ids these are; gives for each what no item but the models or the store did."""
        return {"fault": [self._settled(int(item_id)) for item_id in dealt["item"]]}

    def _settled(self, item_id: int) -> str:
        try:
            self._worker.take(self._job_id, item_id)
        except GlasbrukError as error:  # told in words, since not every error survives the way between processes
            return str(error)
        return ""


class RayCrew:
    """A `Crew` of as many workers as there are machines, or as are asked for."""

    def __init__(self, recipe: Recipe, database: Database, address: str | None = None, size: int | None = None) -> None:
        """Join the cluster at `address`, or begin one on this machine.

        Raises InputError where Ray is not installed or not reached, or where machines are to share an SQLite file.
        """
        self._ray = _joined(address)
        self._recipe, self._database = recipe, database
        machines = {node["NodeManagerAddress"] for node in self._ray.nodes() if node["Alive"]}
        if len(machines) > 1 and not database.is_postgresql:
            said = f"is SQLite, which {len(machines)} machines cannot share; set it to a PostgreSQL database"
            raise InputError(Problem("database_url", said))
        self.size = size or sum(node["Alive"] for node in self._ray.nodes())

    def close(self) -> None:
        """Leave the cluster, or end one of our own."""
        self._ray.shutdown()

    @cached_property
    def checkpoints(self) -> str:
        """As `Crew.checkpoints`, from a machine of the cluster: this one need not hold the models."""
        found, fault = self._ray.get(self._ray.remote(_checkpoints).remote(self._recipe))
        if fault:
            raise ModelError(fault)
        return str(found)

    def work(self, job_id: int) -> Iterator[bool | None]:
        """As `Crew.work`. Raises ModelError with what a worker could not do."""
        while not self._ended(job_id):
            with self._database.read() as session:
                ready = items.ready(session, job_id, now(), DEALT)
            yield from self._deal(job_id, ready) if ready else [None]  # others, or the lost, have the rest

    def _ended(self, job_id: int) -> bool:
        with self._database.read() as session:
            if jobs.unfinished(session, job_id):
                return False
        with self._database.write() as session:
            return jobs.conclude(session, job_id)

    def _deal(self, job_id: int, ready: list[int]) -> Iterator[bool]:
        """Let the workers settle these items; one block each, so that whoever is free takes the next."""
        data = self._ray.data
        dealt = data.from_items([{"item": item_id} for item_id in ready], override_num_blocks=len(ready))
        settled = dealt.map_batches(
            Hand,
            fn_constructor_args=(self._recipe, job_id),
            batch_size=1,
            compute=data.ActorPoolStrategy(size=min(self.size, len(ready)), max_tasks_in_flight_per_actor=1),
            num_cpus=1,
        )
        with closing(_rows(settled)) as rows:
            for row in rows:
                if row["fault"]:
                    raise ModelError(row["fault"])
                yield True


def _rows(data: Any) -> Generator[dict[str, Any]]:
    yield from data.iter_rows()


def _checkpoints(recipe: Recipe) -> tuple[str, str]:
    try:
        return recipe.worker().checkpoints, ""
    except GlasbrukError as error:
        return "", str(error)


def _joined(address: str | None) -> Any:
    """Ray, connected. What it reads from the environment it reads when it is imported, so that comes first."""
    os.environ.update(QUIET)
    own = {"include_dashboard": False, "object_store_memory": STORE} if address is None else {}
    if address is None:
        os.environ.update(ALONE)
    try:
        import ray  # noqa: PLC0415 - an extra, and slow to import
        import ray.data  # noqa: PLC0415
    except ImportError as error:
        said = f"ray cannot be imported ({error}); pip install 'glasbruk[ray]'"
        raise InputError(Problem("--engine ray", said)) from None
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
    except (ConnectionError, ValueError, RuntimeError) as error:
        said = f"{(str(error).splitlines() or [type(error).__name__])[0]}; name host:port of a cluster's head that runs"
        raise InputError(Problem("--address", said)) from None
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray
