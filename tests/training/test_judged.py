"""Copy with what was thought of it: from the corpus, from the store, and as files."""

from pathlib import Path

import pytest

from inference import review
from prompts.channels import catalogue
from store import decisions, forgotten
from store.database import Database
from store.decision import Kind
from store.errors import InputError
from tests import nouns
from training import corpus
from training.corpus import CorpusVerdict
from training.judged import Judged, examples_from_corpus, examples_from_store, examples_from_verdicts, read, write


def one(good: bool = True, **changes: object) -> Judged:
    return Judged(brief=nouns.brief(), variant=nouns.variant(**changes), good=good)


def decide(database: Database, *words: object) -> None:
    for word in words:
        with database.write() as session:
            decisions.decide(session, word)  # type: ignore[arg-type]


def judged(database: Database) -> set[tuple[str, bool]]:
    with database.read() as session:
        return {(example.variant.fields["subject"], example.good) for example in examples_from_store(session)}


def test_the_corpus_is_good_copy_on_its_side_of_the_split() -> None:
    found = examples_from_corpus("validation")
    assert len(found) == len(corpus.rows("validation")) + len(corpus.plain("validation"))
    assert all(example.good and example.variant.angle and example.variant.fields for example in found)
    assert {example.group for example in found}.isdisjoint({example.group for example in examples_from_corpus("test")})


def test_approved_is_good_rejected_is_bad_and_undecided_is_neither(database: Database) -> None:
    campaign = nouns.campaign(database)
    ids = [nouns.stored(database, campaign_id=campaign, fields={"subject": name}) for name in "abc"]
    decide(database, nouns.word(ids[0]), nouns.word(ids[1], Kind.REJECT, reason="Dull"))
    assert judged(database) == {("a", True), ("b", False)}
    with database.read() as session:
        assert {example.brief for example in examples_from_store(session)} == {nouns.brief()}


def test_an_edit_makes_its_text_good_and_the_original_bad(database: Database) -> None:
    place = {"campaign_id": nouns.campaign(database), "fields": {"subject": "a", "preheader": "b"}}
    first, second = (nouns.stored(database, **place) for _ in range(2))
    decide(database, nouns.word(first, Kind.EDIT, fields={"subject": "better", "preheader": "b"}))
    assert judged(database) == {("better", True), ("a", False)}
    review.undo(database, first, "anna", role=None)
    assert judged(database) == set()
    decide(database, nouns.word(second, Kind.REJECT, reason="Dull"))
    mended = nouns.word(second, Kind.EDIT, fields={"subject": "Mended by hand", "preheader": "A box for dinner"})
    child = review.decide(database, mended, catalogue(), role=None, four_eyes=False).child_id
    assert child is not None
    decide(database, nouns.word(child))
    assert judged(database) == {("Mended by hand", True), ("a", False)}
    with database.read() as session:
        examples = list(examples_from_store(session))
    assert all(example.variant.angle for example in examples)
    said = {example.variant.fields["subject"]: example.variant.log_probability for example in examples}
    assert said == {"Mended by hand": None, "a": -12.5}  # what a person wrote, the writer never judged


def test_what_was_forgotten_is_left_out(database: Database) -> None:
    campaign = nouns.campaign(database)
    ids = [nouns.stored(database, campaign_id=campaign, fields={"subject": name, "preheader": "x"}) for name in "ab"]
    decide(database, nouns.word(ids[0]), nouns.word(ids[1], Kind.EDIT, fields={"subject": "B", "preheader": "x"}))
    assert judged(database) == {("a", True), ("B", True), ("b", False)}
    with database.write() as session:
        forgotten.forget(session, [f"variant:{ids[1]}"], "The licence ended")
    assert judged(database) == {("a", True)}
    first = corpus.rows("validation")[0]
    kept = [one.variant.fields for one in examples_from_corpus("validation", {first.id})]
    assert kept == [row.fields for row in (*corpus.rows("validation")[1:], *corpus.plain("validation"))]


def test_judged_copy_of_a_writer_is_good_or_bad_as_it_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row.model_dump() for row in corpus.rows("validation")[:2]]
    found = [
        CorpusVerdict(**row, good=good, writer="writer-1", log_probability=-7 - good)
        for row, good in zip(rows, (True, False), strict=True)
    ]
    monkeypatch.setattr(corpus, "verdicts", lambda: found)
    examples = examples_from_verdicts()
    assert [(one.variant.fields, one.good) for one in examples] == [(one.fields, one.good) for one in found]
    assert {one.variant.checkpoint for one in examples} == {"writer-1"}
    assert [one.variant.log_probability for one in examples] == [-8, -7]
    assert len(examples_from_verdicts({found[0].id})) == 1


def test_a_variant_of_no_campaign_is_left_out(database: Database) -> None:
    decide(database, nouns.word(nouns.stored(database)))
    assert judged(database) == set()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    examples = [one(), one(False, fields={"subject": "Åäö “so”\u2028", "preheader": "b"}), one(False, angle=None)]
    assert write(tmp_path / "new" / "samples.jsonl", examples) == 3
    assert read(tmp_path / "new" / "samples.jsonl") == examples
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["samples.jsonl"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no line"),
        ("\n\n", "holds no line"),
        ("{", r"s\.jsonl:1: is not JSON"),
        ('\n{"good": true}', r"s\.jsonl:2: .*brief"),
        (one().line.replace('"good"', '"god"'), r"s\.jsonl:1: .*god.*good"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"(?s){message}"):
        read(path)


def test_a_missing_file_and_one_that_is_no_text_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "s.jsonl")
    (tmp_path / "s.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read(tmp_path / "s.jsonl")
