"""`Worker`: takes items of jobs one by one, writes them, and settles each in the transaction that stores its copy.

So an item's campaign is there once it is done and not before, and a worker that is killed leaves nothing behind but a
lease, which runs out. The clocks of machines that share a database may differ by less than a lease.
"""

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inference import whole
from inference.bodies import CopyRequest
from inference.order import Order, Parts
from prompts import briefs as reading
from prompts.channels import Catalogue
from store import campaigns, items, jobs
from store.columns import now
from store.database import Database
from store.errors import InputError, ModelError, NotFound, Problem, StoreError, parse
from store.item import Item
from store.items import Lost
from store.job import Job
from store.states import JobState

LEASE = 60.0  # seconds; renewed at a third of it
MAX_WRITTEN = 100_000  # variants of one item, which are in memory until it is done

log = logging.getLogger("glasbruk.batch")


class Stopped(Exception):
    """The worker is asked to end; what it has begun is another's."""


def checkpoints(parts: Parts) -> str:
    """The ids of what writes, scores and chooses, which all workers of a job share."""
    return " ".join([parts.writer.checkpoint, parts.scorer.checkpoint, parts.approver.checkpoint])


def _name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"


@dataclass
class Worker:
    """One worker; any number of them may share a database."""

    parts: Parts
    database: Database
    lease: float = LEASE
    """Seconds."""
    clock: Callable[[], datetime] = now
    name: str = field(default_factory=_name)
    stop: threading.Event = field(default_factory=threading.Event)
    """Set it, and the worker gives back what it has and ends."""
    wrote: Callable[[int], None] = lambda _: None
    """Is told how many variants an item came to, once they are stored."""

    def work(self, job_id: int | None = None) -> Iterator[Item | None]:
        """Settle items, of one job or of all that are made with the same checkpoints, until nothing is left to do.

        Yields each item after it is settled, and None where others have all that is left: wait a little before you ask
        for the next. Raises ModelError and StoreError, with the item given back, since those are no item's fault.
        """
        while found := [job for job in self._open(job_id) if not self._ended(job)]:
            yield next((item for job in found if (item := self._step(job))), None)

    @property
    def checkpoints(self) -> str:
        """The ids of what it writes, scores and chooses with."""
        return checkpoints(self.parts)

    def take(self, job_id: int, item_id: int) -> Item | None:
        """Settle this one item; None where another has it, or it is settled. Raises as `work` does."""
        return next((item for job in self._open(job_id) if (item := self._step(job, item_id))), None)

    def _open(self, job_id: int | None) -> list[Job]:
        with self.database.read() as session:
            found = jobs.waiting(session)
        mine = {None, self.checkpoints}
        return [job for job in found if job_id in {None, job.id} and job.checkpoints in mine]

    def _ended(self, job: Job) -> bool:
        """Whether nothing is left of the job, which then ends; one that is still taken in has no more for now."""
        with self.database.read() as session:
            if jobs.unfinished(session, job.id):
                return False
        with self.database.write() as session:
            jobs.conclude(session, job.id)
        return True

    def _step(self, job: Job, only: int | None = None) -> Item | None:
        if self.stop.is_set():
            raise Stopped
        with self.database.write() as session:
            if job.state is JobState.QUEUED and not jobs.claim(session, job.id, self.checkpoints):
                return None
            item = items.lease(session, job.id, self.name, self.clock(), self._until(), only=only)
        if item is not None:
            self._settle(job, item)
        return item

    def _until(self) -> datetime:
        return self.clock() + timedelta(seconds=self.lease)

    def _settle(self, job: Job, item: Item) -> None:
        """Write the item, or say why not. That the lease was lost is nobody's loss: another has the item."""
        try:
            self._write(job, item)
        except (InputError, NotFound) as error:
            self._fail(item, error, for_good=True)
        except Lost:
            log.warning("batch %s, item %s: the lease was lost; another worker has it", job.id, item.number)
        except (ModelError, StoreError, Stopped):
            self._give_back(item)
            raise
        except Exception as error:
            log.warning("batch %s, item %s failed", job.id, item.number, exc_info=True)
            self._fail(item, RuntimeError(f"{type(error).__name__}: {error}"), for_good=False)
        except BaseException:
            self._give_back(item)
            raise

    def _write(self, job: Job, item: Item) -> None:
        with self._kept(item) as still_mine:
            order = order_of(job, item, self.parts.catalogue, self.database)
            written = whole.write(order, self.parts, still_mine)
        with self.database.write() as session:
            campaign = written.keep(session)
            items.finish(session, item, campaign.id or 0)
        self.wrote(campaign.written)

    def _fail(self, item: Item, error: Exception, *, for_good: bool) -> None:
        with suppress(Lost), self.database.write() as session:
            items.fail(session, item, items.refusal(error), for_good=for_good)

    def _give_back(self, item: Item) -> None:
        with suppress(Lost, StoreError), self.database.write() as session:
            items.give_back(session, item)

    @contextmanager
    def _kept(self, item: Item) -> Iterator[Callable[[], None]]:
        """Renew the lease from a thread; gives what to call now and then, which raises Lost or Stopped."""
        ended, lost = threading.Event(), threading.Event()

        def renew() -> None:
            while not ended.wait(self.lease / 3):
                with suppress(StoreError):  # it may answer again before the lease runs out
                    try:
                        with self.database.write() as session:
                            items.renew(session, item, self._until())
                    except Lost:
                        lost.set()

        def still_mine() -> None:
            if lost.is_set():
                raise Lost(f"item {item.number} of batch {item.job_id} was leased to another meanwhile")
            if self.stop.is_set():
                raise Stopped

        thread = threading.Thread(target=renew, name="lease", daemon=True)
        thread.start()
        try:
            yield still_mine
        finally:
            ended.set()
            thread.join()


def order_of(job: Job, item: Item, catalogue: Catalogue, database: Database) -> Order:
    """What an item asks for. Raises InputError and NotFound."""
    order = (_of_request if job.kind == "requests" else _of_brief)(job, item, catalogue, database)
    if order.size > MAX_WRITTEN:
        asked = f"{order.size:,} variants would be written for one line; at most {MAX_WRITTEN:,} are"
        raise InputError(Problem("n", f"{asked}; ask for fewer, or split its segments over several lines"))
    return order


def _of_brief(job: Job, item: Item, catalogue: Catalogue, _: Database) -> Order:
    brief = reading.from_data(item.body, f"line {item.number}", catalogue)
    terms = job.terms
    return Order(brief, terms.n, terms.seed, terms.sampling, job.author, overgenerate=terms.overgenerate)


def _of_request(job: Job, item: Item, catalogue: Catalogue, database: Database) -> Order:
    body = parse(CopyRequest, item.body)
    if body.brief is not None:
        brief = reading.from_data(body.brief.model_dump(mode="json"), channels=catalogue)
    else:
        with database.read() as session:
            brief = campaigns.brief(session, body.brief_key or "")
    bold = {} if body.temperature is None else {"temperature": body.temperature}
    sampling, many = job.terms.sampling.model_copy(update=bold), body.overgenerate or job.terms.overgenerate
    where = tuple(dict.fromkeys(body.segments)), tuple(dict.fromkeys(body.channels))
    return Order(brief, body.n, body.seed, sampling, job.author, *where, many)
