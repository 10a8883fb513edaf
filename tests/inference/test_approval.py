"""The approval model's seam: the fake, the features, and the trees in a folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.approval import FILE, FakeApprover, LocalApprover
from inference.approval_features import FORMAT, NAMES, features
from inference.approval_marks import MARKS, Asked, Reading
from inference.encoder import FakeEncoder
from store.angle import Angle
from store.checkpoint import Checkpoint, write
from store.errors import ModelError
from store.variant import Variant
from tests import nouns
from tests.embedded import encoder
from tests.trees import stump

FAKE = FakeEncoder()
CLAIM = "Eight vegetables in every box"
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)


def saying(*texts: str, claim: str = CLAIM, **changes: object) -> Variant:
    keys = ("subject", "preheader", "more")
    angle = Angle(claims=(claim,), relevance=0.5, reason="So.")
    return nouns.variant(fields=dict(zip(keys, texts, strict=False)), angle=angle, **changes)


def mark(name: str, variant: Variant, **changes: object) -> float:
    return float(MARKS[name](Reading(Asked(nouns.brief(**changes)), variant)))


def approver_folder(folder: Path, **changes: object) -> Path:
    """A model that likes what says its claim."""
    stump(NAMES.index("claim_said"), 0.5).save(folder / FILE)
    data = {"kind": "approval", "base": FAKE.name, "settings": {"features": FORMAT}, **changes}
    write(Checkpoint.model_validate({"id": "approval-test", "method": "", "data_hash": "", **data}), folder)
    return folder


def test_the_fake_likes_what_says_its_angle_and_gives_unit_vectors() -> None:
    variants = [saying("Eight vegetables, one box, every week, in time"), saying("Something else")]
    said, other = FakeApprover().judge(nouns.brief(), variants)
    assert (said.chance, other.chance) == (1.0, 0.0)
    assert np.allclose([np.linalg.norm(one.vector) for one in (said, other)], 1)
    assert FakeApprover().judge(nouns.brief(), [nouns.variant(angle=None)])[0].chance == 0.0
    assert FakeApprover().judge(nouns.brief(), []) == []


def test_what_its_writer_was_sure_of_is_likelier_and_what_is_not_known_is_as_the_mean(tmp_path: Path) -> None:
    settings = {"features": FORMAT, "confidences": {"fake-writer": -0.5}}
    folder = approver_folder(tmp_path, settings=settings)
    replace(stump(NAMES.index("claim_said"), 0.5), calibration=np.array([0, 1, 9], dtype=np.float32)).save(
        folder / FILE
    )
    said = "Eight vegetables in the box"
    variants = [saying(said, log_probability=each * len(said)) for each in (-0.2, -0.5, -0.9)]
    others = [saying(said, log_probability=None), saying(said, log_probability=-0.1, checkpoint="a stranger")]
    judged = LocalApprover(folder, FAKE).judge(nouns.brief(), [*variants, *others])
    sure, mean, unsure, unknown, stranger = (one.chance for one in judged)
    assert sure > mean > unsure
    assert mean == pytest.approx(unknown) == pytest.approx(stranger)


def test_the_model_judges_each_for_itself_in_order(tmp_path: Path) -> None:
    approver = LocalApprover(approver_folder(tmp_path), FAKE)
    variants = [saying("Eight vegetables in the box"), saying("Another thing"), saying("Vegetables, eight to a box")]
    judged = approver.judge(nouns.brief(), variants)
    assert approver.checkpoint == "approval-test"
    assert judged[0].chance == judged[2].chance > 0.5 > judged[1].chance
    alone = [approver.judge(nouns.brief(), [variant])[0] for variant in variants]
    assert [one.chance for one in judged] == [one.chance for one in alone]
    assert np.allclose([one.vector for one in judged], [FAKE.encode([variant.text])[0] for variant in variants])
    assert approver.judge(nouns.brief(), []) == []


def test_what_could_not_be_parsed_has_no_chance(tmp_path: Path) -> None:
    folder = approver_folder(tmp_path)
    (judged,) = LocalApprover(folder, FAKE).judge(nouns.brief(), [nouns.variant(fields={})])
    assert judged.chance == 0.0
    assert judged.vector.shape == (FAKE.width,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "scorer"}, r"meta.json: kind is 'scorer', but here it must be 'approval'; train it again"),
        ({"base": "other"}, "base is 'other', but here it must be 'fake-encoder'"),
        ({"settings": {"features": "v0"}}, "features is 'v0'"),
        ({"settings": {}}, "features is None"),
    ],
)
def test_weights_for_something_else_are_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        LocalApprover(approver_folder(tmp_path, **changes), FAKE)


def test_a_folder_without_weights_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"meta.json: is missing"):
        LocalApprover(tmp_path, FAKE)
    (approver_folder(tmp_path) / FILE).unlink()
    with pytest.raises(ModelError, match=r"model.safetensors: cannot be read"):
        LocalApprover(tmp_path, FAKE)


@settings(deadline=None, max_examples=25)  # the first one compiles the phrase lists
@given(st.lists(st.lists(TEXT, max_size=3), min_size=1, max_size=3), st.booleans())
def test_features_are_finite_and_each_rows_own(texts: list[list[str]], angle: bool) -> None:
    variants = [saying(*fields) if angle else saying(*fields).model_copy(update={"angle": None}) for fields in texts]
    brief = nouns.brief(offer="Half price in May")
    matrix, vectors = features([(brief, variant) for variant in variants], FAKE)
    assert matrix.shape == (len(texts), len(NAMES))
    assert np.isfinite(matrix).all()
    marks = matrix[:, : len(MARKS)]
    assert ((marks >= 0) & (marks <= 1)).all(), [NAMES[c] for c in np.flatnonzero((marks < 0) | (marks > 1))]
    for row, variant in enumerate(variants):
        alone, vector = features([(brief, variant)], FAKE)
        assert np.allclose(alone[0], matrix[row], atol=1e-6)
        assert np.allclose(vector[0], vectors[row])


def test_how_an_answer_is_laid_out_says_nothing() -> None:
    plain = saying("Here’s dinner, in a box", "It's eight vegetables")
    spaced = saying("Here's  dinner, in a box ", "It’s eight\nvegetables")
    brief = nouns.brief()
    rows, _ = features([(brief, plain), (brief, spaced)], FAKE)
    marks = rows[:, : len(MARKS)]
    assert np.allclose(marks[0], marks[1])


def test_marks_see_what_they_name() -> None:
    recited, said = saying(CLAIM, CLAIM + "!"), saying("Your box, in colour", "Each holds eight kinds of vegetables")
    assert (mark("claim_recited", recited), mark("claim_recited", said)) == (1.0, 0.0)
    assert (mark("claim_runs", recited), mark("claim_run_of_a_field", recited)) == (1.0, 1.0)
    assert mark("fields_alike", recited) == 1.0 > mark("fields_alike", said)
    assert mark("claim_said", said) == pytest.approx(2 / 3)  # eight and vegetables, not every
    assert mark("words_of_nowhere", saying("Gorgeous unicorns galore")) == 1.0
    assert mark("words_of_other_claims", saying("Pause that week")) == pytest.approx(2 / 3)
    assert mark("title_case", saying("Dinner Is Here")) == 1.0 > mark("title_case", saying("Dinner is here"))
    assert mark("cliches", saying("Unlock your dinner")) > 0.0
    assert mark("cliches", saying("Unlock your dinner"), facts=["Unlock your door"]) == 0.0
    assert mark("unfinished", saying("Dinner is here", "And it comes with the")) == 0.5


def test_figures_of_elsewhere_are_those_that_the_claim_does_not_have() -> None:
    claim = "From 620 members at £100"
    assert mark("figures_of_elsewhere", saying("620 of us", claim=claim)) == 0.0
    assert mark("figures_of_elsewhere", saying("620 of us for £9", claim=claim)) == 0.5
    assert mark("claim_figures_said", saying("620 of us for £9", claim=claim)) == 0.5


def test_copy_without_an_angle_is_held_to_the_claim_it_says() -> None:
    reading = Reading(Asked(nouns.brief()), saying("You can pause in any week").model_copy(update={"angle": None}))
    assert reading.claims == ("Pause any week",)


@pytest.mark.slow
def test_the_encoder_tells_what_says_the_claim_from_what_says_another() -> None:
    brief = nouns.brief()
    variants = [saying("Eight kinds of vegetables in the crate"), saying("Skip the delivery when you are away")]
    rows, vectors = features([(brief, variant) for variant in variants], encoder())
    column = NAMES.index("claim_over_next")
    assert rows[0, column] > 0 > rows[1, column]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
