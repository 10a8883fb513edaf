"""What reviewers made of copy, summed up from the store."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from store import decisions
from store.database import Database
from store.decision import Kind
from store.tables import DecisionRow
from tests import nouns
from training import reviewed
from training.reviewed import Judged, Reviewed, Spread, distance
from training.share import Share
from training.window import Window

BEGAN = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday, week 48
words = st.lists(st.sampled_from(["dinner", "is", "at", "the", "door"]), max_size=8).map(" ".join)


def look(database: Database, **window: object) -> Reviewed:
    with database.read() as session:
        return reviewed.read(session, Window(**window))


def decided(database: Database, kind: Kind, after: timedelta = timedelta(minutes=5), **changes: object) -> int:
    """A variant of `BEGAN` that was decided so long after."""
    number = nouns.stored(database, **{"created_at": BEGAN, **changes})
    fields = {"subject": "Supper is at the door", "preheader": "ÅRETS grönsaker"} if kind is Kind.EDIT else None
    with database.write() as session:
        row = DecisionRow(variant_id=number, kind=kind, reviewer="anna", reason="", fields=fields)
        row.created_at = BEGAN + after
        session.add(row)
    return number


def test_rates_are_by_channel_segment_and_checkpoint(database: Database) -> None:
    decided(database, Kind.APPROVE)
    decided(database, Kind.EDIT, segment=nouns.STUDENTS, checkpoint="writer-2")
    decided(database, Kind.REJECT, channel="sms")
    found = look(database).judged
    assert found["channel"] == {"email": Judged(1, 1, 0), "sms": Judged(0, 0, 1)}
    assert found["segment"] == {nouns.PARENTS: Judged(1, 0, 1), nouns.STUDENTS: Judged(0, 1, 0)}
    assert found["checkpoint"]["writer-2"].approved == Share(1, 1)


def test_what_was_taken_back_does_not_count(database: Database) -> None:
    number = nouns.stored(database)
    with database.write() as session:
        decisions.decide(session, nouns.word(number))
        decisions.undo(session, number, "anna")
    assert look(database) == Reviewed()
    with database.write() as session:
        decisions.decide(session, nouns.word(number, Kind.REJECT, reason="dull"))
    assert look(database).judged["channel"] == {"email": Judged(0, 0, 1)}


def test_an_edit_that_made_a_new_variant_approves_nothing_but_changed_its_words(database: Database) -> None:
    number = nouns.stored(database, nouns.BLOCKING)
    with database.write() as session:
        word = nouns.word(number, Kind.EDIT, fields={"subject": "Dinner is at the door"})
        decisions.decide(session, word, child=nouns.variant(checkpoint="person", angle=None))
    found = look(database)
    assert found.judged["channel"] == {}
    assert [one.count for one in found.changed.values()] == [1]


def test_edits_are_by_week_and_waits_by_how_long(database: Database) -> None:
    for after in (timedelta(seconds=30), timedelta(hours=2), timedelta(days=8)):
        decided(database, Kind.EDIT, after)
    found = look(database)
    one_word = 100 / 7  # of five and two
    assert found.changed["2026-W48"] == Spread(one_word, one_word, one_word, 2)
    assert found.changed["2026-W49"].count == 1
    waited = dict(found.waited)
    assert (waited["under 1 min"], waited["1 to 8 h"], waited["over 7 days"]) == (1, 1, 1)
    assert sum(waited.values()) == 3


def test_a_window_narrows_by_campaign_and_day_of_the_decision(database: Database) -> None:
    campaign = nouns.campaign(database)
    decided(database, Kind.APPROVE, campaign_id=campaign)
    decided(database, Kind.APPROVE, timedelta(days=1))
    assert look(database, campaign_id=campaign).judged["channel"] == {"email": Judged(1, 0, 0)}
    assert look(database, since=date(2026, 11, 24)).judged["channel"] == {"email": Judged(1, 0, 0)}
    assert look(database, until=date(2026, 11, 22)) == Reviewed()


def test_known_distances() -> None:
    one = {"subject": "Dinner is at the door"}
    assert distance(one, one) == 0
    assert distance(one, {"subject": "Supper is at your door"}) == 40
    assert distance(one, {"subject": "Dinner is at the door now"}) == 20
    assert distance(one, {}) == 100
    assert distance({"subject": "a b", "body": "c d"}, {"subject": "a b", "body": "c"}) == 25


@given(words, words, words)
def test_a_distance_is_a_metric_of_words(one: str, two: str, three: str) -> None:
    def steps(before: str, after: str) -> float:
        return distance({"x": before}, {"x": after}) * max(1, len(before.split())) / 100

    assert (steps(one, two) < 1e-9) == (one.split() == two.split())
    assert abs(steps(one, two) - steps(two, one)) < 1e-9
    assert steps(one, three) <= steps(one, two) + steps(two, three) + 1e-9


def test_the_middle_half_of_numbers() -> None:
    assert Spread.of([3.0]) == Spread(3.0, 3.0, 3.0, 1)
    assert Spread.of([1.0, 2.0, 3.0, 4.0, 5.0]) == Spread(2.0, 3.0, 4.0, 5)
