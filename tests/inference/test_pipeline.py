"""The pipeline: everything asked for is stored before it is told of, checked, chosen from, and ranked in its field."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from inference import review
from inference.angles import FakeChooser
from inference.approval import FakeApprover, Judgement
from inference.events import Event, Finished, Ranked, Started, Written
from inference.order import Order, Parts
from inference.pipeline import plan, write
from inference.scorer import Candidate, FakeScorer
from inference.writer import Draft, FakeWriter
from prompts.render import format_hash
from store import campaigns, variants
from store.angle import Angle
from store.brief import Brief
from store.database import Database
from store.errors import InputError
from store.finding import APPROVAL, BROUGHT_BACK, HELD_BACK
from store.prompt import Prompt
from store.score import Score
from store.states import State
from store.variant import Sampling, Variant
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
    shots = True

    def __init__(self, *answers: str) -> None:
        self.answers = answers

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        for index, _ in enumerate(prompts):
            yield Draft(index, self.answers[index % len(self.answers)], -3.25)


class Recording(FakeScorer):
    """A scorer that remembers the fields it was shown."""

    def __init__(self) -> None:
        self.fields: list[list[Candidate]] = []

    def score(self, field: Sequence[Candidate], *, explain: bool = True) -> list[Score]:
        self.fields.append(list(field))
        return super().score(field, explain=explain)


class Ranking(FakeApprover):
    """An approver that likes the first best, and remembers what it was shown."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def judge(self, brief: Brief, variants: Sequence[Variant]) -> list[Judgement]:
        self.asked.append([variant.text for variant in variants])
        judged = super().judge(brief, variants)
        return [replace(one, chance=0.9 - place / 100) for place, one in enumerate(judged)]


DIFFERENT = (
    "text: Eight vegetables come in every box.",
    "text: Pause, or stop, in any week you like.",
    "no answer",
    "text: Farms near the city grow them.",
    "text: A trip to the shop less each week.",
    "text: Your door, your dinner, no detour.",
)
ONE_PLACE: dict[str, Any] = {"segments": ("New cooks",), "channels": ("sms",)}


def states(database: Database) -> list[State]:
    return [row.variant.state for row in stored(database)]


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
    assert ranked.shown == ranked.rows[:1]
    assert {row.variant.log_probability for row in stored(database)} == {-3.25}
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


def test_many_are_written_and_n_of_those_that_passed_are_shown(database: Database) -> None:
    approver, scorer = Ranking(), Recording()
    parts = replace(house.parts(), writer=Saying(*DIFFERENT), approver=approver, scorer=scorer)
    events = told(database, order(n=2, overgenerate=3, **ONE_PLACE), parts)
    written = [event.row.variant.state for event in events if isinstance(event, Written)]
    assert written == [State.DRAFT, State.DRAFT, State.BLOCKED, State.DRAFT, State.DRAFT, State.DRAFT]
    (ranked,) = (event for event in events if isinstance(event, Ranked))
    kept = [*[State.PENDING] * 2, *[State.RESERVE] * 3, State.BLOCKED]
    assert [row.variant.state for row in ranked.rows] == kept
    assert [row.score is None for row in ranked.rows] == [False] * 2 + [True] * 4
    assert len(approver.asked[0]) == 5
    assert {candidate.text for candidate in scorer.fields[0]} == {row.variant.text for row in ranked.shown}
    assert (events[-1].campaign.asked, events[-1].campaign.written) == (6, 6)  # type: ignore[union-attr]
    assert sorted(ranked.rows, key=lambda row: row.variant.id or 0) == stored(database)


def test_each_knows_why_it_is_shown_or_held_back(database: Database) -> None:
    parts = replace(house.parts(), writer=Saying(*DIFFERENT), approver=Ranking())
    told(database, order(n=2, overgenerate=3, **ONE_PLACE), parts)
    codes = {
        row.variant.state: [note.code for note in row.findings if note.severity == "note"] for row in stored(database)
    }
    assert codes[State.PENDING] == [APPROVAL]
    assert codes[State.RESERVE] == [APPROVAL, HELD_BACK]
    assert not {APPROVAL, HELD_BACK} & set(codes[State.BLOCKED])
    shown = [row for row in stored(database) if row.variant.state is State.PENDING]
    assert shown[0].findings[-1].message.startswith("90 % likely to be approved")
    assert all(row.findings[-1].message.endswith("thinks fake-approver") for row in shown)


def test_what_is_not_chosen_from_yet_is_a_draft_and_a_stopped_run_chooses_from_what_there_is(
    database: Database,
) -> None:
    parts = replace(house.parts(), writer=Saying(*DIFFERENT), approver=Ranking())
    events = write(order(n=1, overgenerate=6, **ONE_PLACE), parts, database)
    for _ in range(5):
        next(events)
    assert states(database) == [State.DRAFT, State.DRAFT, State.BLOCKED, State.DRAFT]  # what a kill would leave
    events.close()
    assert states(database) == [State.PENDING, State.RESERVE, State.BLOCKED, State.RESERVE]


def test_a_place_is_settled_whole_or_not_at_all(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(variants, "add_scores", full)
    with pytest.raises(OSError, match="No space left"):
        told(database, order(n=2, overgenerate=3, **ONE_PLACE), replace(house.parts(), writer=Saying(*DIFFERENT)))
    assert set(states(database)) == {State.DRAFT, State.BLOCKED}
    assert not any(note.code == APPROVAL for row in stored(database) for note in row.findings)


def test_what_a_person_brought_back_meanwhile_stays_up_for_review(database: Database) -> None:
    parts = replace(house.parts(), writer=Saying(*DIFFERENT), approver=Ranking())
    events = write(order(n=1, overgenerate=6, **ONE_PLACE), parts, database)
    next(events)
    for _ in range(2):
        last = next(events)
    assert isinstance(last, Written)
    review.bring_back(database, last.row.variant.id or 0, "ada", role=None)
    list(events)
    assert states(database)[:2] == [State.PENDING, State.PENDING]
    assert states(database)[3:] == [State.RESERVE] * 3
    assert [note.code for note in stored(database)[1].findings] == [BROUGHT_BACK]


def test_places_are_chosen_from_one_by_one_with_angles_for_all_that_is_written(database: Database) -> None:
    parts = house.parts()
    jobs = plan(order(n=1, overgenerate=4), parts)
    assert len(jobs) == 4 * 2 * 2
    first = [job.angle for job in jobs if job.key == jobs[0].key]
    assert first == parts.chooser.choose(house.brief(), 4)["Busy parents"]
    told(database, order(n=1, overgenerate=4))
    shown = [row.variant for row in stored(database) if row.variant.state is State.PENDING]
    assert len({(variant.segment, variant.channel) for variant in shown}) == len(shown) == 4


def test_angles_are_chosen_for_what_is_shown() -> None:
    asked = []

    class Asking(FakeChooser):
        def choose(self, brief: Brief, n: int, shown: int | None = None) -> dict[str, list[Angle]]:
            asked.append((n, shown))
            return super().choose(brief, n, shown)

    plan(order(n=2, overgenerate=3), replace(house.parts(), chooser=Asking()))
    assert asked == [(6, 2)]


@pytest.mark.parametrize("shots", [True, False])
def test_the_prompts_are_as_the_writer_wants_them(shots: bool) -> None:
    writer = Saying()
    writer.shots = shots
    (job, *_) = plan(order(), replace(house.parts(), writer=writer))
    assert job.prompt.format_hash == format_hash(shots=shots)
    assert (len(job.prompt.messages) > 2) is shots
