"""The label joins everything that is known of a variant."""

import pytest

from store import campaigns, decisions, exports, forgotten, labels, outcomes, variants
from store.database import Database
from store.decision import Kind
from store.errors import NotFound
from tests import nouns

EDITED = {"subject": "Supper is at the door"}


def test_a_label_has_everything(database: Database) -> None:
    brief = nouns.brief()
    run = nouns.campaign(database, brief)
    variant_id = nouns.stored(database, nouns.WARNING, campaign_id=run)
    shown = nouns.outcome(str(variant_id), text=EDITED["subject"])
    with database.write() as session:
        variants.add_scores(session, {variant_id: nouns.score(0.2)})
        decisions.decide(session, nouns.word(variant_id, Kind.EDIT, fields=EDITED))
        exports.mark(session, [variant_id], "csv", "anna")
        outcomes.record(session, [shown, nouns.outcome(str(variant_id), text="Numbered alike elsewhere", test_id="u")])
    with database.read() as session:
        label = labels.label(session, variant_id)
        assert label.variant == variants.get(session, variant_id)
        assert label.exported_at == exports.first_at(session, variant_id)
        assert list(label.decisions) == decisions.history(session, variant_id)
        assert label.campaign == campaigns.get(session, run)
    assert label.brief == brief
    assert label.prompt == nouns.prompt()
    assert label.findings == (nouns.WARNING,)
    assert label.score == nouns.score(0.2)
    assert label.decisions[0].fields == EDITED
    assert label.outcomes == (shown,)
    assert label.exported_at is not None
    assert label.parents == ()
    assert label.forgotten is None


def test_what_nothing_is_learnt_from_any_more_says_why(database: Database) -> None:
    variant_id = nouns.stored(database, campaign_id=nouns.campaign(database))
    with database.write() as session:
        forgotten.forget(session, [f"variant:{variant_id}"], "consent withdrawn")
    with database.read() as session:
        assert labels.label(session, variant_id).forgotten == "consent withdrawn"


def test_outcomes_are_known_by_their_words_however_they_are_spaced(database: Database) -> None:
    variant_id = nouns.stored(database, campaign_id=nouns.campaign(database))
    on_one_line = nouns.outcome(str(variant_id), text=" ".join(nouns.variant().fields.values()))
    with database.write() as session:
        outcomes.record(session, [on_one_line])
    with database.read() as session:
        assert labels.label(session, variant_id).outcomes == (on_one_line,)


def test_parents_are_named_the_nearest_first(database: Database) -> None:
    line = [nouns.stored(database, nouns.BLOCKING, campaign_id=nouns.campaign(database))]
    for number in range(2):
        fields = {"subject": f"Try {number}"}
        with database.write() as session:
            if number:
                decisions.decide(session, nouns.word(line[-1], Kind.REJECT))
            word = nouns.word(line[-1], Kind.EDIT, fields=fields)
            made = decisions.decide(session, word, child=nouns.variant(fields=fields, checkpoint="person", angle=None))
        line.append(made.child_id or 0)
    with database.read() as session:
        label = labels.label(session, line[-1])
    assert [parent.id for parent in label.parents] == [line[1], line[0]]
    assert label.prompt is None
    assert label.score is None
    assert label.exported_at is None


def test_what_has_no_label_says_why(database: Database) -> None:
    orphan = nouns.stored(database)
    with database.read() as session:
        with pytest.raises(NotFound, match="belongs to no campaign"):
            labels.label(session, orphan)
        with pytest.raises(NotFound, match="no variant 99"):
            labels.label(session, 99)
