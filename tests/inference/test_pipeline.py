"""The pipeline: everything asked for is stored before it is told of, checked, and ranked within its field."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from inference.events import Event, Finished, Ranked, Started, Written
from inference.order import Order, Parts
from inference.pipeline import plan, write
from inference.scorer import Candidate, FakeScorer
from inference.writer import Draft, FakeWriter
from store import campaigns, variants
from store.database import Database
from store.errors import InputError
from store.prompt import Prompt
from store.score import Score
from store.states import State
from store.variant import Sampling
from store.variants import Query
from tests.inference import house


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = house.database(tmp_path)
    yield opened
    opened.close()


class Saying:
    """A writer that answers what it is told to, one prompt after the other."""

    checkpoint = "saying"

    def __init__(self, *answers: str) -> None:
        self.answers = answers

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        for index, _ in enumerate(prompts):
            yield Draft(index, self.answers[index % len(self.answers)])


class Recording(FakeScorer):
    """A scorer that remembers the fields it was shown."""

    def __init__(self) -> None:
        self.fields: list[list[Candidate]] = []

    def score(self, field: Sequence[Candidate]) -> list[Score]:
        self.fields.append(list(field))
        return super().score(field)


def order(n: int = 2, **changes: Any) -> Order:
    return replace(Order(house.brief(), n=n, author="ada"), **changes)


def told(database: Database, ordered: Order, parts: Parts | None = None) -> list[Event]:
    return list(write(ordered, parts or house.parts(), database))


def stored(database: Database) -> list[variants.Row]:
    with database.read() as session:
        return variants.find(session, Query(), order="id")


def test_each_segment_and_channel_gets_what_was_asked(database: Database) -> None:
    events = told(database, order(n=3))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    written = [event for event in events if isinstance(event, Written)]
    assert [event.done for event in written] == list(range(1, 13))
    assert {event.asked for event in written} == {12}
    pairs = sorted((event.row.variant.segment, event.row.variant.channel) for event in written)
    assert {pair: len(list(rows)) for pair, rows in groupby(pairs)} == {
        (segment.name, channel): 3 for segment in house.brief().segments for channel in house.brief().channels
    }
    assert [row.variant.id for row in stored(database)] == [event.row.variant.id for event in written]
    assert events[-1].campaign.finished_at is not None
    assert (events[-1].campaign.asked, events[-1].campaign.written) == (12, 12)


def test_what_is_told_is_already_stored(database: Database) -> None:
    for event in write(order(), house.parts(), database):
        if isinstance(event, Written):
            assert event.row.variant.id in {row.variant.id for row in stored(database)}


def test_segments_and_channels_can_be_chosen(database: Database) -> None:
    told(database, order(segments=("New cooks",), channels=("sms",)))
    assert {(row.variant.segment, row.variant.channel) for row in stored(database)} == {("New cooks", "sms")}


@pytest.mark.parametrize(
    ("changes", "message"), [({"segments": ("New cook",)}, "New cooks"), ({"channels": ("emial",)}, "email")]
)
def test_a_misspelt_name_names_the_nearest(database: Database, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f'did you mean "{message}"'):
        told(database, order(**changes))
    assert stored(database) == []


def test_ranked_rows_come_best_first_and_only_what_passed_is_scored(database: Database) -> None:
    scorer = Recording()
    answers = ("text: Every box holds eight vegetables.", "text: Get 55% off today.", "no answer at all")
    parts = replace(house.parts(), writer=Saying(*answers), scorer=scorer)
    events = told(database, order(n=3, segments=("New cooks",), channels=("sms",)), parts)
    (ranked,) = (event for event in events if isinstance(event, Ranked))
    assert [candidate.text for candidate in scorer.fields[0]] == ["Every box holds eight vegetables."]
    assert [row.variant.state for row in ranked.rows] == [State.PENDING, State.BLOCKED, State.BLOCKED]
    assert [row.score is None for row in ranked.rows] == [False, True, True]
    codes = {row.variant.raw: {finding.code for finding in row.findings} for row in stored(database)}
    assert "unknown_figure" in codes["text: Get 55% off today."]
    assert "unparsed" in codes["no answer at all"]


def test_a_repeat_in_the_same_field_is_blocked(database: Database) -> None:
    parts = replace(house.parts(), writer=Saying("text: Every box holds eight vegetables."))
    told(database, order(n=3, channels=("sms",)), parts)
    by_segment = groupby(stored(database), key=lambda row: row.variant.segment)
    assert [[row.variant.state for row in rows] for _, rows in by_segment] == [
        [State.PENDING, State.BLOCKED, State.BLOCKED]
    ] * 2


def test_the_same_seed_gives_the_same_copy_and_another_does_not(database: Database) -> None:
    def texts(seed: int) -> list[str]:
        return [event.row.variant.raw for event in told(database, order(seed=seed)) if isinstance(event, Written)]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)


def test_neighbouring_jobs_share_the_longest_beginnings() -> None:
    jobs = plan(order(n=2), house.parts())
    assert [(job.channel.id, job.segment.name) for job in jobs[::2]] == [
        ("email", "Busy parents"),
        ("email", "New cooks"),
        ("web_headline", "Busy parents"),
        ("web_headline", "New cooks"),
    ]


def test_stopping_keeps_and_scores_what_is_stored(database: Database) -> None:
    parts = replace(house.parts(), writer=FakeWriter())
    events = write(order(n=4), parts, database)
    seen = [next(events) for _ in range(4)]
    events.close()
    kept = stored(database)
    assert len(kept) == 3
    assert all(row.score for row in kept if row.variant.state is State.PENDING)
    assert isinstance(seen[0], Started)
    with database.read() as session:
        campaign = campaigns.get(session, seen[0].campaign.id or 0)
    assert (campaign.asked, campaign.written) == (16, 3)
