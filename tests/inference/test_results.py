"""Outcomes are in their files once, wherever a run was cut off; and files that are gone are written out again."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference import batch
from inference.batch import take_in
from inference.inputs import Line, as_json
from inference.results import Results, files
from inference.worker import Worker
from store import jobs
from store.database import Database
from store.errors import Conflict, InputError, StoreError
from store.job import Job, Terms
from tests.inference import house

SMALL: dict[str, Any] = {"segments": house.brief_data()["segments"][:1], "channels": ["web_headline"]}
COUNT = 6


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return house.database(tmp_path)


@pytest.fixture
def job(database: Database) -> Job:
    """A job whose items are settled, the third of them refused, and told of nowhere."""
    with database.write() as session:
        begun = jobs.begin(session, kind="briefs", source="test", terms=Terms(n=2), author="ada")
    bodies = [house.brief_data(**SMALL, name=f"Brief {number}") for number in range(1, COUNT + 1)]
    bodies[2] = {}
    take_in(database, begun, [Line(number, as_json(body)) for number, body in enumerate(bodies, 1)])
    list(Worker(house.parts(), database).work())
    return begun


def tell(database: Database, job: Job, out: Path, shards: int = 1) -> int:
    """Write what is not in the files yet; gives how many items that were."""
    told = 0
    with Results(database, job.id, out, shards) as results:
        while found := results.tell():
            told += len(found)
    return told


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()]


def test_every_outcome_is_told_once(database: Database, job: Job, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.jsonl"
    assert tell(database, job, out) == COUNT
    assert tell(database, job, out) == 0
    assert ids(out) == ["1", "1", "2", "2", "4", "4", "5", "5", "6", "6"]
    (error,) = (json.loads(line) for line in files(out)[1].read_text("utf-8").splitlines())
    assert (error["line"], error["id"]) == (3, "3")
    assert error["problems"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, COUNT), torn=st.binary(max_size=40), shards=st.integers(1, 3))
def test_cut_off_anywhere_every_outcome_is_there_once(
    database: Database, job: Job, tmp_path: Path, *, at: int, torn: bytes, shards: int
) -> None:
    out = tmp_path / f"{at} {torn.hex()} {shards}" / "out.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inference.results.TOLD", max(at, 1))
        with Results(database, job.id, out, shards) as results:
            if at:
                results.tell()
    for path in files(out, shards):
        with path.open("ab") as file:  # what was on its way when the process was killed
            file.write(torn)
    tell(database, job, out, shards)
    found = [sorted(ids(path)) for path in files(out, shards)]
    assert sorted(chain(*found[:-1])) == ["1", "1", "2", "2", "4", "4", "5", "5", "6", "6"]
    assert found[-1] == ["3"]
    for shard in found[:-1]:
        assert len({(int(id_) - 1) % shards for id_ in shard}) <= 1


def test_files_that_are_gone_are_written_out_again_and_so_are_others(
    database: Database, job: Job, tmp_path: Path
) -> None:
    tell(database, job, tmp_path / "out.jsonl")
    before = (tmp_path / "out.jsonl").read_bytes()
    for path in files(tmp_path / "out.jsonl"):
        path.unlink()
    assert tell(database, job, tmp_path / "out.jsonl") == COUNT
    assert tell(database, job, tmp_path / "other.jsonl") == COUNT
    assert before == (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "other.jsonl").read_bytes()


def test_a_file_that_lost_its_end_is_refused(database: Database, job: Job, tmp_path: Path) -> None:
    tell(database, job, tmp_path / "out.jsonl")
    (tmp_path / "out.jsonl").write_text("")
    with pytest.raises(InputError, match=r"is shorter than the run left it; remove out.jsonl, out.jsonl.errors.jsonl"):
        tell(database, job, tmp_path / "out.jsonl")


def test_a_file_that_no_run_left_is_not_overwritten(database: Database, job: Job, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("precious")
    with pytest.raises(InputError, match=r"out\.jsonl: is there, and .* name another file"):
        tell(database, job, tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == "precious"


def test_two_runs_may_not_share_a_file_nor_a_job(database: Database, job: Job, tmp_path: Path) -> None:
    with Results(database, job.id, tmp_path / "out.jsonl") as results:
        with pytest.raises(Conflict, match="another run is writing here"):
            tell(database, job, tmp_path / "out.jsonl")
        tell(database, job, tmp_path / "other.jsonl")
        with database.write() as session:
            jobs.keep_files(session, job.id, {"paths": ["elsewhere"], "lengths": []})
        with pytest.raises(Conflict, match="writes to other files now"):
            results.tell()


def test_a_folder_that_cannot_be_written_is_said(database: Database, job: Job, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="name a file in a folder you may write to"):
        tell(database, job, tmp_path / "file" / "out.jsonl")


def test_the_command_writes_out_again_what_was_removed_without_writing_any_copy(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "briefs.jsonl").write_bytes(as_json(house.brief_data(**SMALL)))
    asked = (tmp_path / "briefs.jsonl", tmp_path / "out.jsonl", Worker(house.parts(), database), database)
    batch.run(*asked, terms=batch.terms(2, 1, 0))
    before = (tmp_path / "out.jsonl").read_bytes()
    (tmp_path / "out.jsonl").unlink()
    assert batch.run(*asked, terms=batch.terms(2, 1, 0)).done == 1
    assert (tmp_path / "out.jsonl").read_bytes() == before
