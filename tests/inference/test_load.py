"""The parts are those that the settings name."""

from pathlib import Path

import pytest

from inference import load
from store.errors import ModelError
from store.settings import ApproverSettings, Settings, WriterSettings
from tests import nouns
from tests.inference import house


def test_fakes_stand_in_for_everything(tmp_path: Path) -> None:
    parts = load.parts(house.settings(tmp_path))
    makers = (parts.writer, parts.scorer, parts.approver)
    assert [maker.checkpoint for maker in makers] == ["fake-writer", "fake-scorer", "fake-approver"]


@pytest.mark.slow
def test_an_approval_model_that_is_named_must_be_there(tmp_path: Path) -> None:
    named = ApproverSettings(checkpoint=tmp_path / "none")
    with pytest.raises(ModelError, match="none"):
        load.parts(Settings(writer=WriterSettings(kind="fake"), approver=named))


@pytest.mark.slow
def test_what_ships_fits_together() -> None:
    parts = load.parts(Settings(writer=WriterSettings(kind="fake")))
    variant = nouns.variant()
    (judgement,) = parts.approver.judge(nouns.brief(), [variant])
    assert parts.approver.checkpoint.startswith("approval-")
    assert 0 <= judgement.chance <= 1
    assert float(judgement.vector @ judgement.vector) == pytest.approx(1, abs=1e-4)
