"""`batch`: many briefs in, their variants out, by any number of workers."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from ui.commands import common, crews

if TYPE_CHECKING:
    from inference.batch import Summary
    from inference.worker import Worker

    Tell = Callable[[Summary], None]

HELP = "Write the copy of many briefs: glasbruk batch BRIEFS -o OUT."
BatchId = Annotated[
    int, typer.Argument(min=1, max=common.LARGEST, metavar="ID", help="A batch's id.", show_default=False)
]
PAUSE = 1.0  # seconds between two looks at what other workers do


class Verbs(TyperGroup):
    """The verbs; what is none of them is a file of briefs to be written."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As if `write` stood before a file or an option."""
        known = not args or args[0] in self.commands or args[0] in ctx.help_option_names
        return super().parse_args(ctx, args if known else ["write", *args])


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(cls=Verbs, help=HELP, no_args_is_help=True, rich_markup_mode=None)
    verbs.command()(write)
    verbs.command()(work)
    verbs.command("list")(list_)
    verbs.command()(cancel)
    app.add_typer(verbs, name="batch")


def write(
    ctx: typer.Context,
    *,
    briefs: Annotated[
        Path,
        typer.Argument(metavar="BRIEFS", help="JSONL, CSV, Parquet or a saved dataset's folder.", show_default=False),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT", help="JSONL of ranked variants.", show_default=False)
    ],
    shards: Annotated[int, typer.Option(min=1, max=10_000, help="How many files OUT is split into.")] = 1,
    writer: common.Writer = None,
    n: common.Variants = 8,
    overgenerate: common.Overgenerate = None,
    seed: common.Seed = 0,
    temperature: common.Temperature = None,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="Who writes: this process, or workers of a Ray cluster.")
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="The head of a Ray cluster; one on this machine where none is named."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Ray's workers; one a machine where nothing is said.")
    ] = None,
    as_json: common.Json = False,
) -> None:
    """Write the copy of many briefs.

    The same command again goes on where a run was stopped, and adds what the file has grown by. Other processes may
    help: glasbruk batch work.
    """
    from inference import batch
    from inference.results import files

    chosen = common.settings(ctx, **common.writer_flags(writer, temperature), writer__overgenerate=overgenerate)
    terms = batch.terms(n, chosen.writer.overgenerate, seed, chosen.writer.sampling)
    batch.check(briefs, out, shards)
    hired = crews.of_ray(chosen, address, workers) if engine == "ray" else crews.of_this(chosen, address, workers)
    with common.database(chosen) as database, hired(database) as crew, _telling() as tell:
        summary = batch.run(briefs, out, crew, database, terms=terms, shards=shards, progress=tell)
    _tell(summary, briefs, files(out, shards), as_json)


def work(
    ctx: typer.Context,
    *,
    wait: Annotated[bool, typer.Option(help="Stay, and wait for more.")] = False,
    writer: common.Writer = None,
    as_json: common.Json = False,
) -> None:
    """Help with the batches that are begun, from as many processes and machines as there are.

    It writes for those that were begun with the same models, and ends when nothing is left to do.
    """
    from inference import load
    from inference.worker import Worker

    chosen = common.settings(ctx, **common.writer_flags(writer, None))
    parts = load.parts(chosen, lambda line: common.say(f"{line} ..."))
    with common.database(chosen) as database:
        settled = _work(Worker(parts, database), wait=wait)
    if as_json:
        common.print_json({"settled": settled})
    else:
        typer.echo(f"{settled:,} of what was waiting settled here")


def _work(worker: "Worker", *, wait: bool) -> int:
    """Settle items until nothing is left, or the process is asked to end; gives how many."""
    from inference.worker import Stopped

    settled = 0
    before = signal.signal(signal.SIGTERM, lambda *_: worker.stop.set())
    try:
        while True:
            for item in worker.work():
                settled += item is not None
                if item is None:
                    worker.stop.wait(PAUSE)
            if not wait or worker.stop.wait(PAUSE):
                return settled
    except Stopped:
        return settled
    finally:
        signal.signal(signal.SIGTERM, before)


def list_(ctx: typer.Context, limit: common.Limit = 20, as_json: common.Json = False) -> None:
    """List the batches, the newest first."""
    from store import jobs
    from store.states import ItemState
    from ui import tables
    from ui.plain import when

    with common.database(common.settings(ctx)) as database, database.read() as session:
        found = [(job, jobs.counts(session, job.id)) for job in jobs.recent(session, limit)]
    if as_json:
        common.print_json({"batches": [{**job.model_dump(mode="json"), "counts": counts} for job, counts in found]})
        return
    head = ["id", "source", "state", "done", "failed", "of", "begun"]
    rows = [
        [
            job.id,
            Path(job.source).name,
            job.state,
            counts[ItemState.DONE],
            counts[ItemState.FAILED],
            sum(counts.values()),
            when(job.created_at),
        ]
        for job, counts in found
    ]
    tables.console().print(tables.listed(head, rows))


def cancel(ctx: typer.Context, batch: BatchId, as_json: common.Json = False) -> None:
    """Begin nothing more of a batch; what is being written is finished.

    The command that began it, typed again, goes on with it.
    """
    from store import jobs

    with common.database(common.settings(ctx)) as database, database.write() as session:
        job = jobs.cancel(session, batch)
    if as_json:
        common.print_json(job)
    else:
        typer.echo(f"batch {job.id}: {job.state}")


@contextmanager
def _telling() -> Iterator["Tell"]:
    """What to tell of each step: a bar on a terminal, and now and then a line elsewhere."""
    from ui import demo, tables

    screen = tables.console(stderr=True)
    if not screen.is_terminal:
        yield _now_and_then()
        return
    with demo.bar(screen) as tell:
        yield lambda summary: tell(summary.done + summary.failed, summary.total - summary.skipped)


def _now_and_then() -> "Tell":
    """What prints a line of progress, but no more often than a campaign does."""
    from ui.demo import EVERY
    from ui.plain import count

    begun = last = time.monotonic()

    def tell(summary: "Summary") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            settled = summary.done + summary.failed
            rate = settled / (now - begun)
            left = (summary.total - summary.skipped - settled) / rate
            done = f"{count(summary.done, 'brief')} written, {summary.failed:,} refused, {summary.variants:,} variants"
            common.say(f"{done}, {rate:.2f} briefs a second, {left:,.0f} s left")

    return tell


def _tell(summary: "Summary", briefs: Path, files: list[Path], as_json: bool) -> None:
    """Say what a batch came to. Raises InputError where every brief was refused."""
    from store.errors import InputError, Problem
    from ui.plain import count

    *out, errors = files
    if as_json:
        common.print_json({**asdict(summary), "out": out, "errors": errors})
    else:
        written = f"{count(summary.variants, 'variant')} of {count(summary.done, 'brief')} written now"
        before = summary.skipped - summary.refused_before
        where = out[0] if len(out) == 1 else f"{out[0]} to {out[-1].name}"
        typer.echo(f"{where}: {written}, {before:,} written before, {summary.refused:,} refused")
    first = f"the first: {summary.reason}; " if summary.reason else ""
    if summary.useless:
        raise InputError(Problem("", f"every brief was refused, {first}see {errors}"), source=briefs)
    if summary.refused:
        common.say(f"{count(summary.refused, 'brief')} refused, {first}see {errors}")
