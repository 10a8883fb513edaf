"""Counting for the Results view: once for what has not changed, anew for what has, and never before the desk."""

from pathlib import Path
from threading import Event

import pytest

from store.database import Database
from store.errors import StoreError
from store.settings import Settings
from tests import nouns
from tests.training.test_earned import report
from training import earned
from training.window import Window
from ui.tallies import Tallies

LONG = 60.0  # seconds; nothing here takes as long


def test_it_counts_once_for_what_has_not_changed_and_anew_for_what_has(database: Database, tmp_path: Path) -> None:
    tallies = Tallies(database, Settings(workspace=tmp_path), spared=-1)
    report(database, nouns.outcome("1"))
    first = tallies.ask(Window(), LONG)
    assert first is not None
    assert tallies.ask(Window(), LONG) is first
    report(database, nouns.outcome("2"))
    second = tallies.ask(Window(), LONG)
    assert second is not None
    assert sum(share.whole for share in second.earned.reach.values()) == 200


def test_after_a_long_count_an_older_one_is_shown_for_a_while(database: Database, tmp_path: Path) -> None:
    tallies = Tallies(database, Settings(workspace=tmp_path), spared=1e9)
    first = tallies.ask(Window(), LONG)
    report(database, nouns.outcome("1"))
    assert tallies.ask(Window(), LONG) is first
    assert tallies.ask(Window(campaign_id=7), LONG) is not first


def test_who_asks_meanwhile_is_told_to_ask_again_and_it_is_counted_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, counted, whole = Event(), [], earned.read

    def slow(*words: object) -> earned.Earned:
        counted.append(words)
        assert go.wait(LONG)
        return whole(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(earned, "read", slow)
    tallies = Tallies(database, Settings(workspace=tmp_path))
    assert tallies.ask(Window(), 0) is None
    assert tallies.ask(Window(), 0) is None
    report(database, nouns.outcome("1"))
    assert tallies.ask(Window(), 0) is None
    go.set()
    assert tallies.ask(Window(), LONG) is not None
    assert len(counted) == 1


def test_what_went_wrong_is_raised_to_who_asks(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(earned, "read", broken)
    with pytest.raises(StoreError, match="the disk is full"):
        Tallies(database, Settings(workspace=tmp_path)).ask(Window(), LONG)
