"""A campaign knows its brief and what came of it."""

import pytest
from sqlalchemy import func, select

from store import campaigns, decisions, variants
from store.database import Database
from store.decision import Kind
from store.errors import InputError, NotFound
from store.tables import BriefRow
from tests import nouns


def test_a_campaign_starts_with_its_brief_and_finishes_with_its_numbers(database: Database) -> None:
    brief = nouns.brief()
    campaign_id = nouns.campaign(database, brief, asked=3)
    parsed = nouns.stored(database, campaign_id=campaign_id)
    nouns.stored(database, nouns.BLOCKING, campaign_id=campaign_id, fields={})
    nouns.stored(database)  # of no campaign
    with database.write() as session:
        decisions.decide(session, nouns.word(parsed, Kind.REJECT))
        word = nouns.word(parsed, Kind.EDIT, fields={"subject": "Mended"})
        decisions.decide(session, word, child=nouns.variant(fields={"subject": "Mended"}))
    with database.read() as session:
        running = campaigns.get(session, campaign_id)
    with database.write() as session:
        finished = campaigns.finish(session, campaign_id)
    assert (running.written, running.parsed, running.finished_at) == (2, 1, None)
    assert (finished.asked, finished.written, finished.parsed) == (3, 2, 1)
    assert (finished.name, finished.brief_key, finished.seed) == (brief.name, brief.key, 7)
    assert finished.started_at is not None
    assert finished.finished_at is not None
    assert finished.finished_at >= finished.started_at
    with database.read() as session:
        assert campaigns.get(session, campaign_id) == finished


def test_the_same_brief_is_kept_once_and_comes_back_whole(database: Database) -> None:
    brief = nouns.brief(offer="Ørebro\u2028box {{ }} <script>", must_say=("Åäö",))
    for _ in range(2):
        nouns.campaign(database, brief)
    nouns.campaign(database, nouns.brief(name="Another"))
    with database.read() as session:
        assert campaigns.brief(session, brief.key) == brief
        assert campaigns.brief(session, brief.key).key == brief.key
        assert session.scalar(select(func.count()).select_from(BriefRow)) == 2


def test_recent_has_the_newest_first(database: Database) -> None:
    made = [nouns.campaign(database) for _ in range(3)]
    with database.read() as session:
        assert [one.id for one in campaigns.recent(session)] == made[::-1]
        assert [one.id for one in campaigns.recent(session, 2)] == made[:0:-1]


def test_what_is_not_there_is_named(database: Database) -> None:
    with database.write() as session:
        for act in (campaigns.get, campaigns.finish):
            with pytest.raises(NotFound, match="no campaign 5"):
                act(session, 5)
        with pytest.raises(NotFound, match='no brief "beef"'):
            campaigns.brief(session, "beef")


def test_a_seed_that_no_database_holds_is_an_input_error(database: Database) -> None:
    for seed in (-1, 2**63):
        with database.write() as session, pytest.raises(InputError, match="seed: "):
            campaigns.start(session, nouns.brief(), seed=seed, writer="w", scorer="s", asked=1, author="anna")


def test_a_long_sight_of_many_variants_is_one_page(database: Database) -> None:
    campaign_id = nouns.campaign(database)
    with database.write() as session:
        for number in range(30):
            variants.add(session, nouns.variant(campaign_id=campaign_id, seed=number), [], None)
    seen: list[int] = []
    with database.read() as session:
        for offset in range(0, 30, 7):
            page = variants.find(session, variants.Query(campaign_id=campaign_id), limit=7, offset=offset)
            seen += [row.variant.seed for row in page]
    assert seen == list(range(30))
