"""From the store to training rows: what people decided and what readers did, and nothing else."""

import hashlib
import itertools
import json
import math
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.angles import FakeChooser
from inference.order import Order, Parts
from inference.parsing import parse
from inference.pipeline import write
from inference.scorer import FakeScorer
from inference.writer import Draft
from prompts import channels
from store import campaigns, decisions, outcomes, variants
from store.brief import Brief
from store.database import Database
from store.decision import Decision, Kind
from store.errors import InputError
from store.outcome import Outcome
from store.prompt import Message, Prompt
from store.segment import Segment
from store.states import State
from store.tables import PromptRow, to_noun
from store.variant import Sampling, Variant
from training import dataset, results

KEYS = ("subject", "preheader")
FIELDS = {"subject": "Warm socks", "preheader": "Knitted here"}
BRIEF = Brief(
    name="Socks",
    brand="Ullfot",
    product="Woollen socks",
    facts=("Knitted in Borås", "Made of Swedish wool"),
    call_to_action="See the socks",
    segments=(Segment(name="Hikers", cares_about="Dry feet"),),
    channels=("email",),
)


def prompt_of(number: int) -> Prompt:
    messages = (Message(role="system", content="You write."), Message(role="user", content=f"Carry fact {number}."))
    return Prompt(messages=messages, keys=KEYS, aims=tuple(40 for _ in KEYS), format_hash="f0")


class House:
    """A store with one campaign, and short names for what happens in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as session:
            started = campaigns.start(session, BRIEF, seed=1, writer="w", scorer="s", asked=1, author="ada")
        self.campaign = started.id

    def add(self, fields: dict[str, str], prompt: Prompt | None = None, segment: str = "Hikers") -> int:
        draft = Variant(campaign_id=self.campaign, segment=segment, channel="email", fields=fields, checkpoint="w")
        with self.database.write() as session:
            stored = variants.add(session, draft, [], prompt)
        assert stored.id is not None
        return stored.id

    def decide(
        self, variant_id: int, kind: Kind, fields: dict[str, str] | None = None, child: bool = False
    ) -> int | None:
        decision = Decision(variant_id=variant_id, kind=kind, reviewer="ada", fields=fields)
        new = Variant(segment="Hikers", channel="email", fields=fields or {}, checkpoint="person") if child else None
        with self.database.write() as session:
            return decisions.decide(session, decision, child=new).child_id

    def record(self, *results: Outcome) -> None:
        with self.database.write() as session:
            outcomes.record(session, results)

    def rows(self, which: str) -> tuple[list[dict[str, Any]], Counter[str]]:
        left_out: Counter[str] = Counter()
        makers = {
            "finetuning": dataset.finetuning_rows,
            "preference": dataset.preference_rows,
            "scorer": dataset.scorer_rows,
        }
        with self.database.read() as session:
            return list(makers[which](session, left_out)), left_out


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def fields_of(subject: str) -> dict[str, str]:
    return {"subject": subject, "preheader": "Knitted here"}


def result(variant_id: int, subject: str, impressions: int, clicks: int, **changes: Any) -> Outcome:
    values = {"test_id": "t", "variant_id": str(variant_id), "text": f"{subject}\nKnitted here", "channel": "email"}
    return Outcome.model_validate({**values, "impressions": impressions, "clicks": clicks, **changes})


class Scripted:
    """A writer that answers each prompt with the next of its lines."""

    checkpoint = "scripted"
    shots = True

    def __init__(self, *subjects: str) -> None:
        self.subjects = subjects

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        for index, (subject, prompt) in enumerate(zip(self.subjects, prompts, strict=True)):
            texts = {
                key: subject if key == "subject" else f"For you who walk: {subject.lower()}" for key in prompt.keys
            }
            yield Draft(index, "\n".join(f"{key}: {text}" for key, text in texts.items()))


def test_the_loop_from_writing_to_rows(house: House) -> None:
    writer = Scripted(
        "Knitted in Borås for your walk", "Swedish wool keeps feet dry", "Socks from Borås", "Wool that walks"
    )
    parts = Parts(writer, FakeScorer(), FakeChooser(), channels.catalogue())
    list(write(Order(BRIEF, n=4, author="ada"), parts, house.database))
    with house.database.read() as session:
        found = variants.find(session, variants.Query(), order="id")
        sent = {row.variant.id: to_noun(session.get_one(PromptRow, row.variant.prompt_hash), Prompt) for row in found}
    assert [row.variant.state for row in found] == [State.PENDING] * 4
    approved, edited = found[0].variant, found[1].variant
    ids = [row.variant.id or 0 for row in found]
    house.decide(ids[0], Kind.APPROVE)
    better = {**edited.fields, "subject": "Dry feet in Swedish wool"}
    house.decide(ids[1], Kind.EDIT, better)
    house.decide(ids[2], Kind.REJECT)
    house.decide(ids[3], Kind.APPROVE)
    house.decide(ids[3], Kind.UNDO)

    rows, left_out = house.rows("finetuning")
    keys = sent[ids[0]].keys
    place = {"brief": BRIEF.key, "segment": "Hikers", "channel": "email"}
    assert rows == [
        {
            "prompt": [message.model_dump() for message in sent[variant_id].messages],
            "completion": "\n".join(f"{key}: {fields[key]}" for key in keys),
            "variant_id": variant_id,
            "format_hash": sent[variant_id].format_hash,
            **place,
        }
        for variant_id, fields in ((ids[0], approved.fields), (ids[1], better))
    ]
    assert not left_out

    rows, left_out = house.rows("preference")
    seen = {(row["chosen_id"], row["rejected_id"], row["margin"], row["source"]) for row in rows}
    assert seen == {
        (ids[1], ids[1], 1.0, "edit"),
        (ids[0], ids[2], 1.0, "approval"),  # both carry the first fact, so they answer one prompt
        (ids[1], ids[2], 0.5, "approval"),
    }
    assert not left_out


def test_an_edit_keeps_the_original_as_the_rejected_text(house: House) -> None:
    variant = house.add(FIELDS, prompt_of(1))
    house.decide(variant, Kind.EDIT, {**FIELDS, "subject": "Socks that stay warm"})
    (row,), _ = house.rows("preference")
    assert row["chosen"] == "subject: Socks that stay warm\npreheader: Knitted here"
    assert row["rejected"] == "subject: Warm socks\npreheader: Knitted here"
    assert row["prompt"] == [m.model_dump() for m in prompt_of(1).messages]


def test_an_approved_child_has_its_parents_prompt_and_is_preferred_to_it(house: House) -> None:
    parent = house.add(fields_of("Get socks now"), prompt_of(1))
    house.decide(parent, Kind.REJECT)
    child = house.decide(parent, Kind.EDIT, fields_of("Socks for a long walk"), child=True)
    assert child is not None
    assert house.rows("finetuning")[0] == []  # nobody has approved the child yet
    house.decide(child, Kind.APPROVE)
    (tuned,), _ = house.rows("finetuning")
    assert tuned["completion"].startswith("subject: Socks for a long walk")
    assert tuned["prompt"] == [m.model_dump() for m in prompt_of(1).messages]
    (pair,), _ = house.rows("preference")
    assert (pair["chosen_id"], pair["rejected_id"], pair["margin"], pair["source"]) == (child, parent, 1.0, "edit")


def test_an_undone_decision_makes_no_row(house: House) -> None:
    variant = house.add(FIELDS, prompt_of(1))
    for kind, fields in ((Kind.APPROVE, None), (Kind.EDIT, fields_of("New")), (Kind.REJECT, None)):
        house.decide(variant, kind, fields)
        house.decide(variant, Kind.UNDO)
    assert house.rows("finetuning") == ([], Counter())
    assert house.rows("preference") == ([], Counter())
    house.decide(variant, Kind.APPROVE)
    assert house.rows("finetuning")[0][0]["completion"] == "subject: Warm socks\npreheader: Knitted here"


def test_an_approved_text_is_paired_within_its_prompt_where_it_can_be(house: House) -> None:
    near, far, good = (
        house.add(fields_of(subject), prompt_of(n)) for subject, n in (("Near", 1), ("Far", 2), ("Good", 1))
    )
    for variant in (near, far):
        house.decide(variant, Kind.REJECT)
    house.decide(good, Kind.APPROVE)
    rows, _ = house.rows("preference")
    assert [(row["chosen_id"], row["rejected_id"], row["margin"]) for row in rows] == [(good, near, 1.0)]


def test_texts_of_other_segments_are_not_compared(house: House) -> None:
    house.decide(house.add(fields_of("Good"), prompt_of(1)), Kind.APPROVE)
    house.decide(house.add(fields_of("Bad"), prompt_of(1), segment="Sailors"), Kind.REJECT)
    assert house.rows("preference") == ([], Counter())


def test_pairs_do_not_grow_with_the_square_and_use_all_rejected_texts(house: House) -> None:
    for i in range(6):
        house.decide(house.add(fields_of(f"Good {i}"), prompt_of(1)), Kind.APPROVE)
        house.decide(house.add(fields_of(f"Bad {i}"), prompt_of(1)), Kind.REJECT)
    rows, _ = house.rows("preference")
    assert len(rows) == 6 * dataset.REJECTED_EACH
    uses = Counter(row["rejected_id"] for row in rows)
    assert len(uses) == 6
    assert max(uses.values()) - min(uses.values()) <= 1


def test_what_has_no_prompt_or_lacks_a_line_is_left_out_and_counted(house: House) -> None:
    house.decide(house.add(FIELDS), Kind.APPROVE)
    house.decide(house.add({"subject": "Only this"}, prompt_of(1)), Kind.APPROVE)
    assert house.rows("finetuning") == ([], Counter(no_prompt=1, incomplete=1))


def test_identical_texts_are_left_out_and_counted(house: House) -> None:
    house.decide(house.add(FIELDS, prompt_of(1)), Kind.APPROVE)
    house.decide(house.add({**FIELDS, "subject": "Warm  socks"}, prompt_of(1)), Kind.REJECT)
    assert house.rows("preference") == ([], Counter(identical=1))


def test_a_significant_test_prefers_the_text_that_earned_more(house: House) -> None:
    ids = [house.add(fields_of(subject), prompt_of(n)) for n, subject in enumerate(("High", "Low", "Middle"))]
    for variant in ids:
        house.decide(variant, Kind.APPROVE)
    high, low, middle = (
        result(ids[0], "High", 1_000, 100),
        result(ids[1], "Low", 1_000, 70),
        result(ids[2], "Middle", 1_000, 84),
    )
    house.record(high, low, middle)
    rows, left_out = house.rows("preference")
    assert [(row["chosen_id"], row["rejected_id"], row["source"]) for row in rows] == [(ids[0], ids[1], "test")]
    assert left_out == Counter(under_margin=2)
    difference = math.log(100.5 / 900.5) - math.log(70.5 / 930.5)
    error = math.sqrt(1 / 100.5 + 1 / 900.5 + 1 / 70.5 + 1 / 930.5)
    assert rows[0]["margin"] == pytest.approx(difference / error)


@pytest.mark.parametrize("changes", [{"test_id": "other"}, {"channel": "push"}, {"segment": "Sailors"}])
def test_texts_of_different_tests_channels_or_segments_are_not_compared(house: House, changes: dict[str, str]) -> None:
    ids = [house.add(fields_of(subject), prompt_of(1)) for subject in ("High", "Low")]
    for variant in ids:
        house.decide(variant, Kind.APPROVE)
    house.record(result(ids[0], "High", 1_000, 120), result(ids[1], "Low", 1_000, 60, **changes))
    assert house.rows("preference") == ([], Counter(one_variant=2))


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [({"image": "other"}, {}), ({"impressions": 2_000}, {"sample_ratio_mismatch": 2})],
)
def test_what_chance_did_not_part_is_not_compared(
    house: House, changes: dict[str, Any], left_out: dict[str, int]
) -> None:
    ids = [house.add(fields_of(subject), prompt_of(1)) for subject in ("High", "Low")]
    for variant in ids:
        house.decide(variant, Kind.APPROVE)
    low = result(ids[1], "Low", 1_000, 60).model_copy(update=changes)
    house.record(result(ids[0], "High", 1_000, 120), low)
    assert house.rows("preference") == ([], Counter(left_out))


def test_a_number_of_another_system_is_not_taken_for_a_variant_of_ours(house: House) -> None:
    variant = house.add(fields_of("High"), prompt_of(1))
    house.decide(variant, Kind.APPROVE)
    foreign = result(variant, "Quite another text", 1_000, 60)
    big = result(10**30, "High", 1_000, 60)
    zero = result(0, "High", 1_000, 60)
    house.record(foreign, big, zero)
    assert house.rows("preference") == ([], Counter(test_text_not_from_here=3))


def test_scorer_rows_are_the_newest_totals_of_what_was_seen(house: House) -> None:
    house.record(result(6, "Low", 0, 0), result(7, "High", 100, 5), result(8, "Middle", 205, 7))
    house.record(result(7, "High", 200, 9))
    rows, left_out = house.rows("scorer")
    where = {"test_id": "t", "segment": "", "channel": "email", "image": "", "cluster": ""}
    assert rows == [
        {**where, "variant_id": "7", "text": "High\nKnitted here", "impressions": 200, "clicks": 9},
        {**where, "variant_id": "8", "text": "Middle\nKnitted here", "impressions": 205, "clicks": 7},
    ]
    assert left_out == Counter(never_shown=1)


def test_the_scorer_reads_what_is_written_for_it(house: House, tmp_path: Path) -> None:
    house.record(result(7, "High", 200, 9, segment="Hikers"), result(8, "Low", 210, 2, segment="Hikers"))
    dataset.write(house.database, tmp_path)
    (group,) = results.read([tmp_path / "scorer.jsonl"]).groups
    assert (group.test, group.channel) == ("t", "email")
    assert group.texts == ("High Knitted here", "Low Knitted here")
    assert (group.impressions, group.clicks) == ((200, 210), (9, 2))


counts = st.integers(0, 10_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(counts, counts)
def test_the_standardised_difference_is_antisymmetric_and_finite(one: tuple[int, int], other: tuple[int, int]) -> None:
    left, right = result(1, "A", *one), result(2, "B", *other)
    forth, back = dataset.standardised_difference(left, right), dataset.standardised_difference(right, left)
    assert math.isfinite(forth)
    assert forth == pytest.approx(-back)
    assert dataset.standardised_difference(left, left) == 0


@given(st.dictionaries(st.sampled_from(KEYS), st.text(max_size=30)))
def test_an_answer_is_parsed_back_into_its_fields(fields: dict[str, str]) -> None:
    text = dataset.answer(fields, KEYS)
    if text is None:
        assert not all(fields.get(key, "").split() for key in KEYS)
    else:
        assert parse(text, KEYS) == {key: " ".join(fields[key].split()) for key in KEYS}


subjects = st.sampled_from(["Warm socks", "Warm  socks", "Dry feet", "Wool", ""])
steps = st.lists(
    st.tuples(subjects, st.integers(1, 2), st.sampled_from(["approve", "reject", "edit", "child"]), subjects),
    max_size=6,
)


@given(steps)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_pair_ever_has_two_equal_texts(house: House, steps: list[Any]) -> None:
    seen = []  # the store keeps the earlier examples, so every example looks at all rows so far
    for subject, number, what, other in steps:
        variant = house.add(fields_of(subject), prompt_of(number))
        if what == "child":
            house.decide(variant, Kind.REJECT)
            variant = house.decide(variant, Kind.EDIT, fields_of(other), child=True) or 0
            house.decide(variant, Kind.APPROVE)
        else:
            house.decide(variant, Kind(what), fields_of(other) if what == "edit" else None)
        seen.append((variant, other if what in {"edit", "child"} else subject))
    rates = itertools.cycle([10, 100, 300])
    test = f"test of {seen[0][0] if seen else 'nothing'}"
    house.record(*(result(variant, text, 1_000, next(rates), test_id=test) for variant, text in seen))
    rows, _ = house.rows("preference")
    for row in rows:
        assert row["chosen"] != row["rejected"]
        assert row["margin"] > 0
        assert all(parse(row[side], KEYS) for side in ("chosen", "rejected"))


def test_datasets_hold_the_same_rows_and_are_never_stale(house: House, tmp_path: Path) -> None:
    with house.database.read() as session:
        empty = dataset.finetuning(session, cache=tmp_path / "cache")
    assert empty.num_rows == 0
    assert set(empty.column_names) == set(dataset.FINETUNING)
    for count in (1, 2):
        house.decide(house.add(fields_of(f"Text {count}"), prompt_of(1)), Kind.APPROVE)
        with house.database.read() as session:
            made = dataset.finetuning(session, cache=tmp_path / "cache")
        assert made.to_list() == house.rows("finetuning")[0]
        assert made.num_rows == count


def test_preference_and_scorer_datasets_hold_their_rows(house: House, tmp_path: Path) -> None:
    house.decide(house.add(FIELDS, prompt_of(1)), Kind.EDIT, fields_of("New"))
    house.record(result(1, "New", 10, 1), result(2, "Other", 10, 1))
    left_out: Counter[str] = Counter()
    with house.database.read() as session:
        assert dataset.preference(session, cache=tmp_path).to_list() == house.rows("preference")[0]
        assert dataset.scorer(session, left_out, cache=tmp_path).to_list() == house.rows("scorer")[0]
    assert not left_out


def test_written_files_hold_the_rows_and_the_manifest_their_hashes(house: House, tmp_path: Path) -> None:
    house.decide(house.add({**FIELDS, "subject": "Varma “sockor” <b>{{ x }}"}, prompt_of(1)), Kind.APPROVE)
    house.decide(house.add(FIELDS, prompt_of(1)), Kind.REJECT)
    house.record(result(1, "Text", 10, 1), result(2, "Other", 10, 1))
    out = tmp_path / "deep" / "rows"
    assert dataset.write(house.database, out) == {"finetuning": 1, "preference": 1, "scorer": 2}
    manifest = json.loads((out / "manifest.json").read_text())
    for name in ("finetuning", "preference", "scorer"):
        data = (out / f"{name}.jsonl").read_bytes()
        assert [json.loads(line) for line in data.decode().splitlines()] == house.rows(name)[0]
        assert manifest["sha256"][f"{name}.jsonl"] == hashlib.sha256(data).hexdigest()
        assert manifest["counts"][name] == len(house.rows(name)[0])
    assert manifest["left_out"]["preference"] == {"test_text_not_from_here": 2}
    assert sorted(path.name for path in out.iterdir()) == [
        "finetuning.jsonl",
        "manifest.json",
        "preference.jsonl",
        "scorer.jsonl",
    ]
    first = manifest["data_hash"]
    dataset.write(house.database, out)
    assert json.loads((out / "manifest.json").read_text())["data_hash"] == first
    house.decide(house.add(fields_of("One more"), prompt_of(1)), Kind.APPROVE)
    dataset.write(house.database, out)
    assert json.loads((out / "manifest.json").read_text())["data_hash"] != first


def test_a_failure_while_writing_leaves_what_was_there(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.decide(house.add(FIELDS, prompt_of(1)), Kind.APPROVE)
    dataset.write(house.database, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    house.decide(house.add(fields_of("One more"), prompt_of(1)), Kind.APPROVE)

    def full(*_: Any) -> Iterator[Any]:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(dataset._FILES, "scorer", full)
    with pytest.raises(InputError, match=r"out: cannot be written \(No space left on device\)"):
        dataset.write(house.database, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_place_that_cannot_be_written_is_one_line(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here already")
    with pytest.raises(InputError, match=r"file: cannot be written"):
        dataset.write(house.database, tmp_path / "file")
