"""Ray writes what one worker writes, whatever it loses on the way."""

import json
import os
import signal
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from inference import batch
from inference.batch import Summary
from inference.order import Parts
from inference.ray_crew import ALONE, QUIET, Hand, RayCrew, Recipe
from inference.worker import Worker
from inference.writer import Draft
from store import items, variants
from store.errors import InputError, ModelError
from store.prompt import Prompt
from store.settings import Settings
from store.states import ItemState
from store.variant import Sampling
from tests.inference import crew, house

COUNT = 24
TERMS = batch.terms(2, 2, 7)
SMALL: dict[str, Any] = {"segments": house.brief_data()["segments"][:1], "channels": ["web_headline"]}
SPARE = {"RAY_worker_niceness": "0", "PYTHONPATH": str(Path(__file__).parents[2])}


@dataclass
class Marking(crew.Slow):
    """A slow writer that leaves its process' number in a folder."""

    folder: Path

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        """As `Slow.write`."""
        (self.folder / str(os.getpid())).touch()
        yield from super().write(prompts, seeds, sampling)


def marked(_: Settings, folder: Path) -> Parts:
    return replace(house.parts(), writer=Marking(folder))


def broken(_: Settings) -> Parts:
    raise ModelError("weights are gone")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of two nodes on this machine, on loopback."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ALONE, **QUIET, **SPARE}.items():
            patch.setenv(name, value)
        from ray.cluster_utils import Cluster

        node = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
        cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        cluster.add_node(**node)
        yield cluster.address
        cluster.shutdown()


def copy_of(out: Path) -> dict[str, list[dict[str, Any]]]:
    """What was written for each brief, without what the store numbers."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in out.read_text("utf-8").splitlines():
        record = json.loads(line)
        kept = {key: value for key, value in record.items() if key not in {"campaign_id", "variant_id"}}
        for finding in kept["findings"]:
            finding.pop("message", None)  # names variants by their numbers
        found.setdefault(record["id"], []).append(kept)
    return found


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing_and_the_copy_is_one_workers_own(address: str, tmp_path: Path) -> None:
    settings, hands = house.settings(tmp_path), tmp_path / "hands"
    hands.mkdir()
    briefs = tmp_path / "briefs.jsonl"
    rows = [house.brief_data(**SMALL, name=f"Brief {n}") for n in range(COUNT)] + [house.brief_data(facts=[])]
    briefs.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    killed: list[int] = []

    def kill_one(summary: Summary) -> None:
        if summary.done + summary.failed >= 4 and not killed:
            killed.append(max(int(path.name) for path in hands.iterdir()))
            os.kill(killed[0], signal.SIGKILL)

    database = house.database(tmp_path)
    recipe = Recipe(settings, crew.LEASE, partial(marked, folder=hands))
    ray = RayCrew(recipe, database, address)
    try:
        done = batch.run(briefs, tmp_path / "ray.jsonl", ray, database, terms=TERMS, progress=kill_one)
        assert (ray.size, len(killed)) == (2, 1)
    finally:
        ray.close()
    local = house.database(tmp_path / "local")
    batch.run(briefs, tmp_path / "local.jsonl", Worker(house.parts(), local), local, terms=TERMS)
    assert (done.done, done.failed) == (COUNT, 1)
    assert copy_of(tmp_path / "ray.jsonl") == copy_of(tmp_path / "local.jsonl")
    assert {int(path.name) for path in hands.iterdir()} - set(killed)  # somebody went on; how many is a matter of time
    with database.read() as session:
        settled = items.settled(session, 1, ItemState.DONE, 0, 100)
        assert len({item.campaign_id for item in settled}) == COUNT
        assert sum(variants.count(session, variants.Query()).values()) == COUNT * 4  # no copy beside
    database.close()
    local.close()


def test_what_is_no_items_fault_is_told_and_the_item_given_back(tmp_path: Path) -> None:
    hand = Hand(Recipe(house.settings(tmp_path), parts=broken), 1)
    assert hand({"item": [1, 2]}) == {"fault": ["weights are gone"] * 2}


def test_ray_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = house.database(tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"--engine ray: ray cannot be imported .*glasbruk\[ray\]"):
        RayCrew(Recipe(house.settings(tmp_path)), database)
    database.close()
