"""What was written for an evaluation: place by place, each kept in a file as it is done."""

import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path

from pydantic import ValidationError

from inference import checks, pipeline
from inference.events import Written
from inference.order import Order, Parts
from inference.weights import Report
from prompts.render import format_hash
from store import variants
from store.campaign import Campaign
from store.database import Database, open_database
from store.errors import InputError, Problem
from store.noun import Noun
from store.settings import Settings
from store.states import State
from store.variant import Variant
from store.variants import Row
from training import corpus
from training.corpus import CorpusBrief
from training.evaluation_draw import Plan, Site, draw

EVERY = 15.0  # seconds between lines of progress
DECIDE = ("angle*.py", "approval*.py", "parsing.py", "pipeline.py", "selection.py")  # in inference/, beside the checks


class Place(Noun):
    """A site with everything that was written for it."""

    key: str
    """Of all that decides what is written and what is shown."""
    site: Site
    rows: tuple[Row, ...]
    seconds: float

    @property
    def written(self) -> list[Variant]:
        """Everything, in the order in which it was written."""
        return [row.variant for row in self.rows]

    @property
    def shown(self) -> list[Variant]:
        """What the reviewer gets to see."""
        return [variant for variant in self.written if variant.state is State.PENDING]


def write(plan: Plan, parts: Parts, kept: Path, say: Report = lambda _: None) -> list[Place]:
    """Everything written for the plan's sites, by the product's own path and into a database that is thrown away.

    What is done is kept in `kept`, lines of JSON that are only added to; what was done before is taken from there,
    provided that nothing that decides it has changed. Raises InputError where `kept` cannot be written.
    """
    briefs = corpus.briefs()
    sites = draw(plan, briefs)
    keys = {site: key(plan, site, briefs[site.brief], parts) for site in sites}
    done = read(kept)
    missing = [site for site in sites if keys[site] not in done]
    if len(missing) < len(sites):
        say(f"{len(sites) - len(missing)} of {len(sites)} places were written before, and are kept in {kept}")
    progress = _Progress(len(missing) * plan.n * plan.overgenerate, say)
    with _scratch() as database:
        for (name, channel), group in groupby(missing, key=lambda site: (site.brief, site.channel)):
            of = list(group)
            rows, seconds = _written(_order(plan, briefs[name], of, channel), parts, database, progress)
            for site in of:
                mine = tuple(row for row in rows if row.variant.segment == site.segment)
                done[keys[site]] = Place(key=keys[site], site=site, rows=mine, seconds=seconds / len(of))
                _keep(kept, done[keys[site]])
    return [done[keys[site]] for site in sites]


def _order(plan: Plan, brief: CorpusBrief, sites: Sequence[Site], channel: str) -> Order:
    return Order(
        brief=brief.brief,
        n=plan.n,
        overgenerate=plan.overgenerate,
        seed=plan.seed,
        sampling=plan.sampling,
        author="evaluation",
        segments=tuple(site.segment for site in sites),
        channels=(channel,),
    )


def key(plan: Plan, site: Site, brief: CorpusBrief, parts: Parts) -> str:
    """Names all that decides what is written for a site and what of it is shown: 32 hex digits.

    The weights by their ids, the settings, brief and prompts, and the code of checks and selection.
    """
    makers = {name: getattr(part, "checkpoint", "") for name, part in vars(parts).items()}
    settings = plan.model_dump(mode="json", include={"n", "overgenerate", "seed", "sampling"})
    deciding = [makers, settings, brief.brief.key, site.model_dump(), format_hash(), code()]
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()[:32]


def code() -> str:
    """The sha256 of the code that decides what is written and shown, beside the engine."""
    folder = Path(checks.__path__[0])
    paths = [path for path in folder.iterdir() if path.suffix in {".py", ".toml"}]
    digest = hashlib.sha256()
    for path in sorted([*paths, *(found for name in DECIDE for found in folder.parent.glob(name))]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read(kept: Path) -> dict[str, Place]:
    """The places in a file by their keys. A line that is torn, by a crash or a full disk, is left out."""
    found: dict[str, Place] = {}
    for line in kept.read_text(encoding="utf-8").split("\n") if kept.exists() else ():
        try:
            place = Place.model_validate_json(line)
        except ValidationError:
            continue
        found[place.key] = place
    return found


def _keep(kept: Path, place: Place) -> None:
    """Add a line, on a line of its own whatever stands before it."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("ab") as file:
            torn = file.tell() and kept.read_bytes()[-1:] != b"\n"
            file.write(b"\n" * bool(torn) + place.model_dump_json().encode() + b"\n")
    except OSError as error:
        raise InputError(Problem("", f"cannot be written: {error.strerror}"), source=kept) from None


@contextmanager
def _scratch() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="glasbruk-evaluation-") as folder:
        database = open_database(Settings(workspace=Path(folder)))
        try:
            yield database
        finally:
            database.close()


def _written(order: Order, parts: Parts, database: Database, progress: "_Progress") -> tuple[list[Row], float]:
    """Every row of a campaign as it stands at its end, and the seconds that it took."""
    begun, campaign = time.monotonic(), None
    with closing(pipeline.write(order, parts, database)) as events:
        for event in events:
            campaign = getattr(event, "campaign", campaign)
            if isinstance(event, Written):
                progress.one_more()
    with database.read() as session:
        found = variants.Query(campaign_id=_id(campaign))
        return variants.find(session, found, limit=10**6, order="id"), time.monotonic() - begun


def _id(campaign: Campaign | None) -> int:
    assert campaign is not None and campaign.id is not None  # noqa: S101, PT018 - the first event has it
    return campaign.id


class _Progress:
    """A line now and then: how many, how fast, how long it will take."""

    def __init__(self, asked: int, say: Report) -> None:
        self._asked, self._say = asked, say
        self._begun = self._last = time.monotonic()
        self._done = 0

    def one_more(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now - self._last < EVERY and self._done < self._asked:
            return
        self._last = now
        rate = self._done / max(now - self._begun, 1e-6)
        left = (self._asked - self._done) / rate / 60
        self._say(f"{self._done:,} of {self._asked:,} written, {rate:.1f} a second, {left:.0f} min left")
