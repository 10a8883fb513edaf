"""The parts are those that the settings name."""

from pathlib import Path

import pytest

from inference import load
from inference.approval import FakeApprover
from inference.encoder import FakeEncoder
from store.errors import ModelError
from store.settings import ApproverSettings, Settings
from tests.inference import house


def test_fakes_stand_in_for_everything(tmp_path: Path) -> None:
    parts = load.parts(house.settings(tmp_path))
    makers = (parts.writer, parts.scorer, parts.approver)
    assert [maker.checkpoint for maker in makers] == ["fake-writer", "fake-scorer", "fake-approver"]


def test_without_an_approval_model_that_is_shipped_the_fake_one_chooses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "SHIPPED", tmp_path / "none")
    assert isinstance(load.approver(Settings(), FakeEncoder()), FakeApprover)


def test_an_approval_model_that_is_named_must_be_there(tmp_path: Path) -> None:
    named = Settings(approver=ApproverSettings(checkpoint=tmp_path / "none"))
    with pytest.raises(ModelError, match="none"):
        load.approver(named, FakeEncoder())
