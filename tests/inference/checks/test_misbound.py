"""Figures stand with what is theirs: known lines, and the house corpus with and without swapped figures."""

import random
from collections.abc import Iterator

import pytest

from inference.checks.extraction import figures
from inference.checks.misbound import misbound_figures
from prompts.channels import catalogue
from store.angle import Angle
from store.brief import Brief
from store.finding import Severity
from store.variant import Variant
from tests import nouns
from training import corpus
from training.corpus import CorpusRow

FACTS = (
    "Five nights with breakfast from £545 per person",
    "Bags up to 20 kg go ahead by van and wait at the next inn by 4pm",
    "Dogs stay free in the room at all 14 inns",
    "Supper is at one long table at 7pm",
    "Members raised £620,000 for the hills in 2025, £100 a member",
    "The long route has 24 km a day and crosses the Three Peaks",
)
CAUGHT = 0.80  # of swapped figures
BLOCKED = 0.03  # of rows as they stand


def found(text: str, **changes: object) -> list[str]:
    brief = nouns.brief(facts=FACTS, **changes)
    variant = nouns.variant(fields={"subject": text})
    return [text[f.start : f.end] for f in misbound_figures(variant, brief, catalogue()["email"])]


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("Stay at 24 inns and bring the dog", "24"),
        ("Walk 14 km a day", "14"),
        ("Bags up to 14 kg go with the van", "14"),
        ("Walk 20 km and cross the Three Peaks", "20"),
        ("Supper at the long table is at 4pm", "4pm"),
        ("Bags wait at the next inn by 7pm, brought by van", "7pm"),
        ("Members raised £545 for the hills", "£545"),
        ("Breakfast and five nights a person: £100 a person, nights included", "£100"),
        ("Our hills cost members £545: raised together", "£545"),
    ],
)
def test_a_figure_with_anothers_company_is_found(text: str, figure: str) -> None:
    assert figure in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Five nights, £545",
        "£545 each, breakfast included",
        "From £545 for the five of you who dare",
        "Your bag goes ahead, up to 20 kg",
        "The van is there by 4pm",
        "14 inns, and the dog is welcome in every room",
        "At 7pm everybody sits down at one table",
        "£620,000 for the hills, from people like you",
        "24 km a day, if you like it long",
        "In 2025 our members raised £620,000",
        "20 kg? The van takes it",
        "Dogs: free at all 14",
    ],
)
def test_a_figure_said_in_other_words_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_only_what_was_to_carry_one_angle_is_blocked() -> None:
    brief, channel = nouns.brief(facts=FACTS), catalogue()["email"]
    of_angle = nouns.variant(fields={"subject": "Stay at 24 inns and bring the dog"})
    of_person = of_angle.model_copy(update={"angle": None})
    severities = [[f.severity for f in misbound_figures(one, brief, channel)] for one in (of_angle, of_person)]
    assert severities == [[Severity.BLOCK], [Severity.WARN]]


def test_words_of_ones_own_bind_in_swedish_too() -> None:
    facts = (
        "Sopplunch för 98 kronor, med bröd och kaffe",
        "Bordet rymmer 12 personer",
        "Öppet till kl. 15 på vardagar",
    )
    brief = nouns.brief(facts=facts, language="sv")

    def blocked(text: str) -> bool:
        return any(misbound_figures(nouns.variant(fields={"subject": text}), brief, catalogue()["email"]))

    assert blocked("Bordet rymmer 98 personer")
    assert not blocked("Soppa, bröd och kaffe för 98 kronor")
    assert not blocked("Ta med kollegorna: 12 personer får plats")


def swapped(row: CorpusRow, brief: Brief, draw: random.Random) -> dict[str, str] | None:
    """The row's fields with one figure swapped for one of the same kind from a claim that the row does not carry."""
    ways = list(_ways(row, brief))
    if not ways:
        return None
    key, text = draw.choice(ways)
    return {**row.fields, key: text}


def _ways(row: CorpusRow, brief: Brief) -> Iterator[tuple[str, str]]:
    others = [f for claim in brief.claims if claim not in row.angle for f in figures(claim, brief.language)]
    for key, text in row.fields.items():
        for figure in figures(text, brief.language):
            for other in others:
                same = not set(other.readings).isdisjoint(figure.readings)
                bare = figure.spelled or other.spelled or figure.kind in {"weekday", "month"}
                if other.kind == figure.kind and not (same or bare):
                    yield key, text[: figure.start] + other.text + text[figure.end :]


def shares(split: corpus.Split) -> tuple[float, float]:
    """The share of swapped rows that are caught, and of untouched ones that are blocked."""
    briefs, channels, draw = corpus.briefs(), catalogue(), random.Random(1)
    caught, blocked = [], []
    for row in corpus.rows(split):
        brief, channel = briefs[row.brief].brief, channels[row.channel]
        angle = Angle(claims=row.angle, relevance=0.5, reason="It is what the row carries.")
        variant = Variant(segment=row.segment, channel=row.channel, angle=angle, fields=row.fields, checkpoint="person")
        blocked.append(any(misbound_figures(variant, brief, channel)))
        fields = swapped(row, brief, draw)
        if fields:
            caught.append(any(misbound_figures(variant.model_copy(update={"fields": fields}), brief, channel)))
    return sum(caught) / len(caught), sum(blocked) / len(blocked)


@pytest.mark.slow  # two checks on every row of the corpus
def test_most_swapped_figures_are_caught_and_few_good_rows_blocked() -> None:
    caught, blocked = shares("train")
    assert caught >= CAUGHT
    assert blocked <= BLOCKED
