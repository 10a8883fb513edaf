"""What copy earned, summed up from the store."""

from datetime import UTC, date, datetime

from store import decisions, outcomes, variants
from store.database import Database
from store.decision import Kind
from store.outcome import Outcome, Reported
from tests import nouns
from training import earned, seen
from training.earned import ELSEWHERE, NO_WORD, Earned
from training.share import Share
from training.window import Window

PARENTS, STUDENTS = nouns.PARENTS, nouns.STUDENTS


def report(database: Database, *rows: Reported) -> None:
    with database.write() as session:
        outcomes.record(session, rows)


def look(database: Database, texts: dict[str, frozenset[int] | None] | None = None, **window: object) -> Earned:
    with database.read() as session:
        return earned.read(session, Window(**window), texts or {})


def race(database: Database, campaign: int, test: str, *clicks: int) -> list[int]:
    """Variants of ours that were shown against each other, the better score first."""
    ids = []
    for place, count in enumerate(clicks):
        fields = {"subject": f"{test} number {place}"}
        ids.append(nouns.stored(database, fields=fields, campaign_id=campaign))
        with database.write() as session:
            variants.add_scores(session, {ids[-1]: nouns.score(0.4 - 0.2 * place)})
        report(database, ours(ids[-1], test, fields["subject"], count))
    return ids


def ours(number: int, test: str, text: str, clicks: int) -> Outcome:
    return nouns.outcome(str(number), 10_000, clicks, test_id=test, text=text, channel="email")


def test_clicks_are_summed_by_segment_and_channel_and_only_the_newest_totals_count(database: Database) -> None:
    report(database, nouns.outcome("a", 100, 1), nouns.outcome("b", 100, 2), nouns.outcome("a", 110, 9))
    report(database, nouns.outcome("c", 50, 5, segment=STUDENTS, channel="sms", test_id="u"))
    found = look(database)
    assert found.reach == {(PARENTS, ""): Share(11, 210), (STUDENTS, "sms"): Share(5, 50)}
    assert found.tests[PARENTS, ""] == 1


def test_what_cannot_be_believed_counts_nowhere_and_is_told(database: Database) -> None:
    mismatched = [nouns.outcome(str(number), shown, 5, test_id="m") for number, shown in enumerate((1_000, 5_000))]
    impossible = Reported(**{**nouns.outcome("z", test_id="x").model_dump(), "clicks": 101})
    report(database, *mismatched, impossible, nouns.outcome("y", 100, 5, test_id="x"))
    found = look(database)
    assert found.reach == {(PARENTS, ""): Share(5, 100)}
    assert found.left_out == {"sample_ratio_mismatch": 2, "clicks_exceed_impressions": 1, NO_WORD: 0}


def test_wins_and_losses_are_told_by_who_wrote(database: Database) -> None:
    campaign = nouns.campaign(database)
    better, _ = race(database, campaign, "t", 500, 300)
    report(database, nouns.outcome(str(better), 10_000, 100, test_id="elsewhere", text="Numbered alike"))
    report(database, nouns.outcome("8", 10_000, 105, test_id="elsewhere", text="Another"))
    found = look(database)
    assert found.verdicts == {"fake-writer": {"won": 1, "lost": 1}, ELSEWHERE: {"cannot tell": 2}}
    assert [arm.variant_id for arm in found.wins] == [str(better)]
    assert [arm.text for arm in found.losses] == ["t number 1"]


def test_the_clearest_are_few_and_in_order(database: Database) -> None:
    for number in range(earned.STRONGEST + 3):
        rows = [nouns.outcome(name, 10_000, clicks, test_id=f"t{number}") for name, clicks in
                (("a", 300 + 40 * number), ("b", 200))]  # fmt: skip
        report(database, *rows)
    found = look(database)
    assert [arm.test_id for arm in found.wins] == [f"t{number}" for number in range(8, 2, -1)]
    assert [arm.z for arm in found.losses] == sorted(arm.z for arm in found.losses)
    assert len(found.losses) == earned.STRONGEST


def test_an_edited_text_is_the_variants_own(database: Database) -> None:
    campaign = nouns.campaign(database)
    number = nouns.stored(database, campaign_id=campaign)
    with database.write() as session:
        decisions.decide(session, nouns.word(number, Kind.EDIT, fields={"subject": "Supper", "preheader": "Soon"}))
    report(database, ours(number, "t", "Supper\nSoon", 50), ours(number + 100, "t", "Theirs", 51))
    assert look(database).verdicts == {"fake-writer": {"cannot tell": 1}, ELSEWHERE: {"cannot tell": 1}}


def test_a_score_is_held_against_what_it_had_not_seen(database: Database) -> None:
    campaign = nouns.campaign(database)
    race(database, campaign, "t", 500, 300, 200)
    assert look(database).duels == []
    assert look(database).left_out[NO_WORD] == 3
    found = look(database, {"fake-scorer": frozenset({seen.fingerprint("t number 2")})})
    assert [duel.won for duel in found.duels] == [True]
    assert found.left_out[NO_WORD] == 1
    assert len(look(database, {"fake-scorer": frozenset()}).duels) == 3


def test_of_a_campaign_only_its_own_texts_count_beside_what_they_were_shown_against(database: Database) -> None:
    first, second = nouns.campaign(database), nouns.campaign(database)
    (number,) = race(database, first, "t", 500)
    report(database, nouns.outcome("theirs", 10_000, 300, test_id="t", channel="email"))
    race(database, second, "u", 70, 80)
    found = look(database, campaign_id=first)
    assert found.reach == {(PARENTS, "email"): Share(500, 10_000)}
    assert found.verdicts == {"fake-writer": {"won": 1}}
    assert [arm.variant_id for arm in found.wins] == [str(number)]


def test_days_are_those_in_which_a_test_began_both_ends_included(database: Database) -> None:
    for day in (1, 2, 3):
        began = datetime(2026, 11, day, 23, 59, tzinfo=UTC)
        report(database, nouns.outcome("a", 100, day, test_id=f"t{day}", started_at=began))
    assert look(database, since=date(2026, 11, 2), until=date(2026, 11, 2)).reach == {(PARENTS, ""): Share(2, 100)}
    assert look(database, since=date(2026, 11, 2)).reach == {(PARENTS, ""): Share(5, 200)}
    assert look(database, until=date(2026, 11, 2)).reach == {(PARENTS, ""): Share(3, 200)}
    assert look(database, until=date(2026, 10, 31)).reach == {}
