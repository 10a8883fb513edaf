"""Each metric on rows written by hand, of which the answer is known."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from inference.encoder import FakeEncoder
from inference.selection import Selection, notes
from prompts import channels
from store.segment import Segment
from store.states import State
from store.variants import Row
from tests.training.evaluated import brief, briefs, place, row
from training import corpus
from training import evaluation_metrics as metrics
from training.evaluation_metrics import CORPUS, MEANS, Models, Seen, of_corpus, of_place
from training.told import Told

GOOD = {"subject": "The awkward email is sent", "preheader": "Reminders go out 3, 10 and 21 days after the due date."}
OTHER = {"subject": "Hours into invoices", "preheader": "A built-in timer turns logged hours into invoice lines."}
LONG = {"subject": "x" * 400, "preheader": "Reminders go out 3, 10 and 21 days after the due date."}
INVENTED = {"subject": "Paid 47 days sooner", "preheader": "Reminders go out 3, 10 and 21 days after the due date."}
WORDY = {"subject": "Nineteen reminders", "preheader": "Reminders go out 3, 10 and 21 days after the due date."}
SWORN = {"subject": "For every rockstar", "preheader": "Reminders go out 3, 10 and 21 days after the due date."}


class Always(Told):
    """Says that every text is for the segment at one place."""

    def __init__(self, at: int) -> None:
        super().__init__(np.zeros(1), FakeEncoder())
        self.at = at

    def tell(self, texts: Sequence[str], segments: Sequence[Segment]) -> list[int]:
        return [self.at for _ in texts]


def models(at: int = 0) -> Models:
    return Models(channels.catalogue(), FakeEncoder(), Always(at))


def seen(*rows: Row, at: int = 0) -> Seen:
    return of_place(place(rows), briefs(), models(at))


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (metrics.shown_within_limits, [1, 1, 0, 1, 1, 1]),
        (metrics.shown_no_blocking, [1, 1, 0, 0, 1, 0]),
        (metrics.shown_figures_right, [1, 1, 1, 0, 0, 1]),
        (metrics.shown_angle_said, [1, 0, 1, 1, 1, 1]),
    ],
)
def test_what_is_shown_is_looked_at_anew(metric: Callable[[Seen], list[float]], expected: list[float]) -> None:
    """Whatever its state says: the checks run again on the text."""
    rows = [row(fields, claim=1) for fields in (GOOD, OTHER, LONG, INVENTED, WORDY, SWORN)]
    assert metric(seen(*rows)) == expected


def test_what_is_written_counts_whether_it_is_shown_or_not() -> None:
    rows = [row(GOOD), row(LONG, State.BLOCKED), row({}, State.BLOCKED), row(INVENTED, State.BLOCKED)]
    assert metrics.written_within_limits(seen(*rows)) == [1, 0, 0, 1]
    assert metrics.written_no_blocking(seen(*rows)) == [1, 0, 0, 0]
    assert metrics.shown_within_limits(seen(*rows)) == [1]


def test_a_missing_and_an_extra_field_break_the_limits() -> None:
    rows = [row({"subject": "Only this"}), row({**GOOD, "body": "And more"}), row({**GOOD, "preheader": " "})]
    assert metrics.shown_within_limits(seen(*rows)) == [0, 0, 0]


def test_an_angle_of_two_claims_needs_both() -> None:
    both = row({"subject": GOOD["preheader"], "preheader": OTHER["preheader"]}, claim=1)
    angle = both.variant.angle
    assert angle is not None
    two = angle.model_copy(update={"claims": (brief().brief.facts[1], brief().brief.facts[6])})
    half = row(GOOD, claim=1)
    pair = [one._replace(variant=one.variant.model_copy(update={"angle": two})) for one in (both, half)]
    assert metrics.shown_angle_said(seen(*pair)) == [1, 0]


def test_similarity_is_one_for_copies_and_nothing_without_a_pair() -> None:
    same, none = row({"subject": "a b", "preheader": "c d"}), row({"subject": "e f", "preheader": "g h"})
    assert metrics.similarity(seen(same, same)) == pytest.approx([1])
    assert metrics.similarity(seen(same)) == []
    vectors = FakeEncoder().encode([same.variant.text, none.variant.text])
    across = float(vectors[0] @ vectors[1])
    assert metrics.similarity(seen(same, same, none)) == pytest.approx([(1 + 2 * across) / 3])


def test_a_segment_is_told_or_not_and_chance_is_one_of_them() -> None:
    assert metrics.segment_told(seen(row(GOOD), row(OTHER), at=0)) == [1, 1]
    assert metrics.segment_told(seen(row(GOOD), row(OTHER), at=2)) == [0, 0]
    assert metrics.segment_chance(seen(row(GOOD), row(OTHER))) == [0.25, 0.25]


def test_chances_of_approval_are_read_from_the_notes() -> None:
    likely, less = (
        row(GOOD, state)._replace(findings=tuple(found))
        for found, state in zip(
            notes(Selection((0,), {}), [0.8, 0.4], [1, 2], "some-approver"), (State.PENDING, State.RESERVE), strict=True
        )
    )
    looked_at = seen(likely, less, row(LONG, State.BLOCKED))
    assert metrics.shown_approval(looked_at) == [0.8]
    assert metrics.passed_approval(looked_at) == [0.8, 0.4]


def test_an_opening_is_three_words_in_any_case_over_fields() -> None:
    rows = [
        row({"subject": "Send it", "preheader": "Now, please"}),
        row({"subject": "SEND: it now!", "preheader": "x"}),
    ]
    assert metrics.openings(seen(*rows)) == ["send it now", "send it now"]


def test_the_corpus_is_places_of_a_brief_and_channel() -> None:
    rows = [one for one in corpus.rows("test") if one.brief == "pennyrook"]
    groups = of_corpus(rows, briefs(), models())
    assert len(groups) == len({one.channel for one in rows})
    assert sum(len(group.shown) for group in groups) == len(rows)
    assert all(group.written == group.shown for group in groups)
    emails = next(group for group in groups if group.shown[0].channel == "email")
    assert metrics.shown_no_blocking(emails) == [1] * len(emails.shown)
    assert metrics.segment_told(emails) == [1, 0]  # the first is for the first segment, the second is not


def test_each_metric_says_what_it_is() -> None:
    assert all((metric.__doc__ or "").strip().endswith(".") for metric in MEANS)
    assert set(CORPUS.values()) <= set(MEANS)
