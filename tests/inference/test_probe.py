"""The probe of the machine: what it chooses for such speeds, and that it leaves the process as it was."""

from pathlib import Path

import pytest
import torch

from inference import probe


@pytest.mark.parametrize(
    ("bfloat16", "chosen"), [(300.0, torch.bfloat16), (129.0, torch.float32), (20.0, torch.float32)]
)
def test_a_processor_that_only_emulates_bfloat16_gets_float32(bfloat16: float, chosen: torch.dtype) -> None:
    assert probe.dtype({"float32": 100.0, "bfloat16": bfloat16}) == chosen


def test_fewer_threads_only_where_they_are_clearly_faster() -> None:
    assert probe.fewest({8: 100.0, 4: 105.0}) == 8
    assert probe.fewest({8: 100.0, 4: 120.0}) == 4
    assert probe.fewest({1: 50.0}) == 1


def test_a_containers_share_of_the_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "QUOTA", tmp_path / "cpu.max")
    free = probe.allowed()
    for said, expected in {"max 100000\n": free, "50000 100000\n": 1, "150000 100000\n": min(free, 2)}.items():
        probe.QUOTA.write_text(said)
        assert probe.allowed() == expected


def test_the_probe_is_of_this_machine_and_leaves_its_threads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before = torch.get_num_threads()
    found = probe.probe.__wrapped__()
    assert torch.get_num_threads() == before
    assert 1 <= found.threads <= probe.allowed()
    assert found.dtype in {torch.bfloat16, torch.float32}
    assert all(speed > 0 for speed in found.speeds.values())


def test_threads_that_the_user_has_set_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert probe.probe.__wrapped__().threads == torch.get_num_threads()
