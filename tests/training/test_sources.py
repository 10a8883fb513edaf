"""Where examples come from: corpus, store and files; what is forgotten stays out of all of them."""

from pathlib import Path

import pytest

from prompts import channels
from prompts.render import format_hash, render
from store import forgotten, variants
from store.database import Database
from store.decision import Kind
from store.errors import InputError
from tests import nouns
from training import corpus, dataset, examples, sources
from training.examples import Example


def approved(database: Database, *, shots: bool = True, edit: dict[str, str] | None = None) -> int:
    """An approved variant (edited, where `edit` says how) of a prompt that `render` made."""
    from store import decisions

    brief, variant = nouns.brief(), nouns.variant()
    assert variant.angle
    prompt = render(brief, channels.catalogue()["email"], brief.segments[0], variant.angle, shots=shots)
    campaign = nouns.campaign(database)
    with database.write() as session:
        stored = variants.add(session, variant.model_copy(update={"campaign_id": campaign}), [], prompt)
    assert stored.id is not None
    kind = Kind.EDIT if edit else Kind.APPROVE
    with database.write() as session:
        decisions.decide(session, nouns.word(stored.id, kind, fields=edit) if edit else nouns.word(stored.id, kind))
    return stored.id


@pytest.mark.parametrize("shots", [True, False])
def test_approved_copy_is_learnt_with_the_trained_prompt(database: Database, shots: bool) -> None:
    number = approved(database, shots=shots)
    (example,) = sources.gather(["store"], database).learn
    brief, angle = nouns.brief(), nouns.variant().angle
    assert angle
    asked = render(brief, channels.catalogue()["email"], brief.segments[0], angle, shots=False)
    assert example.id == f"variant:{number}"
    assert example.prompt.messages == asked.messages
    assert example.prompt.format_hash == format_hash(shots=False)
    assert example.fields == nouns.variant().fields


def test_an_edit_is_preferred_to_what_was_written(database: Database) -> None:
    better = {"subject": "Dinner is packed", "preheader": "It comes on Fridays"}
    approved(database, edit=better)
    (pair,) = sources.gather(["store"], database, pairs=True).learn
    assert (pair.fields, pair.rejected, pair.weight) == (better, nouns.variant().fields, 1.0)


def test_what_an_editor_mended_is_preferred_to_the_writers_failure(database: Database) -> None:
    gathered = sources.gather(["verdicts"], database, pairs=True)
    mended = {one.id: one for one in corpus.verdicts() if one.mended}
    assert {pair.id for pair in (*gathered.learn, *gathered.held_out)} == mended.keys()
    for pair in gathered.learn:
        assert (pair.fields, pair.rejected) == (mended[pair.id].mended, mended[pair.id].fields)
        assert mended[pair.id].angle[0] in pair.prompt.messages[-1].content
    briefs = corpus.briefs()
    assert {briefs[pair.brief].split for pair in gathered.learn} == {"train"}
    assert {briefs[pair.brief].split for pair in gathered.held_out} == {"validation"}
    assert sources.gather(["verdicts"], database).learn == []  # a failure is no approved copy


def test_exported_rows_are_the_stores(database: Database, tmp_path: Path) -> None:
    approved(database)
    approved(database, edit={"subject": "Dinner is packed", "preheader": "It comes on Fridays"})
    dataset.write(database, tmp_path)
    for file, pairs in (("finetuning.jsonl", False), ("preference.jsonl", True)):
        of_file = sources.gather([str(tmp_path / file)], database, pairs=pairs).learn
        assert of_file == sources.gather(["store"], database, pairs=pairs).learn != []


def test_what_is_forgotten_stays_out_and_shows_in_the_hash(database: Database) -> None:
    number = approved(database)
    row = corpus.rows("train")[0].id
    before = sources.gather(["corpus", "store"], database)
    with database.write() as session:
        forgotten.forget(session, [f"variant:{number}", row], "consent withdrawn")
    after = sources.gather(["corpus", "store"], database)
    gone = {example.id for example in before.learn} - {example.id for example in after.learn}
    assert gone == {f"variant:{number}", row}
    assert after.left_out["forgotten"] == 2
    assert examples.data_hash(before.learn) != examples.data_hash(after.learn)


def test_no_brief_is_on_both_sides(database: Database) -> None:
    gathered = sources.gather(["corpus"], database)
    assert not {e.brief for e in gathered.learn} & {e.brief for e in gathered.held_out}
    assert len(gathered.learn) == len(corpus.rows("train"))


def test_another_prompt_format_is_left_out_and_counted(database: Database) -> None:
    number = nouns.stored(database, campaign_id=nouns.campaign(database))  # its prompt is of format f0
    from store import decisions

    with database.write() as session:
        decisions.decide(session, nouns.word(number))
    gathered = sources.gather(["store"], database)
    assert gathered.learn == []
    assert gathered.left_out == {"other_prompt_format": 1}


def test_unknown_ids_are_refused_by_name(database: Database) -> None:
    with pytest.raises(InputError, match=r'ids\[1\]: "variant:9"'):
        sources.check_known([corpus.rows()[0].id, "variant:9"], database)


@pytest.mark.parametrize("line", ["{", '{"prompt": []}', "[1]"])
def test_a_file_that_is_none_is_refused_at_its_line(database: Database, tmp_path: Path, line: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"rows\.jsonl: line 2: is no training row"):
        sources.gather([str(file)], database)


def test_some_takes_whole_channels_of_many_briefs() -> None:
    every = examples.of_corpus("train")
    chosen = examples.some(every, 300, seed=1)
    assert 300 <= len(chosen) <= 330
    assert chosen == examples.some(every, 300, seed=1) != examples.some(every, 300, seed=2)
    assert len({e.brief for e in chosen}) >= 20

    def of_place(rows: list[Example]) -> dict[tuple[str, str], int]:
        counts: dict[tuple[str, str], int] = {}
        for row in rows:
            counts[row.brief, row.channel] = counts.get((row.brief, row.channel), 0) + 1
        return counts

    whole = of_place(every)
    assert all(count == whole[place] for place, count in of_place(chosen).items())


def test_only_copy_for_the_channels_that_are_named_is_learnt(database: Database) -> None:
    some = sources.gather(["plain"], database, channels=("sms", "push"))
    assert {example.channel for example in some.learn} == {"sms", "push"}
    everything = sources.gather(["plain"], database)
    assert some.learn == [example for example in everything.learn if example.channel in {"sms", "push"}]
    assert some.held_out == [example for example in everything.held_out if example.channel in {"sms", "push"}]
