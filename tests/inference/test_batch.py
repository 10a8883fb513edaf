"""A file of briefs becomes a file of variants: every brief once, whatever happens on the way."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inference import batch, inputs
from inference.batch import Summary
from inference.order import Parts
from inference.worker import LEASE, Worker
from store import campaigns, jobs, variants
from store.database import Database
from store.errors import Conflict, InputError, ModelError
from tests.inference import crew, house

SMALL: dict[str, Any] = {"segments": house.brief_data()["segments"][:1], "channels": ["web_headline"]}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = house.database(tmp_path)
    yield opened
    opened.close()


def write_briefs(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def small(name: str = "Autumn boxes", **changes: Any) -> dict[str, Any]:
    return house.brief_data(**(SMALL | {"name": name} | changes))


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def errors(out: Path) -> list[dict[str, Any]]:
    return records(Path(f"{out}.errors.jsonl"))


def run(database: Database, briefs: Path, out: Path, **more: Any) -> Summary:
    asked: dict[str, Any] = {"overgenerate": 1, "seed": 0, "n": 2}
    terms = batch.terms(**{name: more.pop(name, default) for name, default in asked.items()})
    worker = Worker(more.pop("parts", None) or house.parts(), database, more.pop("lease", LEASE))
    return batch.run(briefs, out, worker, database, terms=terms, **more)


def test_every_variant_of_every_brief_is_in_the_file_as_it_is_in_the_store(database: Database, tmp_path: Path) -> None:
    briefs = write_briefs(tmp_path / "briefs.jsonl", {"id": "first", **house.brief_data()}, "", small("Grönt & <b>"))
    out = tmp_path / "out.jsonl"
    told: list[Summary] = []
    summary = run(database, briefs, out, progress=told.append)
    assert summary == Summary(done=2, variants=2 * 2 * 2 + 2)
    assert told == [Summary(done=1, variants=8), summary]
    assert Counter(record["id"] for record in records(out)) == {"first": 8, "3": 2}
    with database.read() as session:
        for record in records(out):
            row = variants.rows(session, [record["variant_id"]])[0]
            assert record["fields"] == row.fields
            assert (record["segment"], record["channel"]) == (row.variant.segment, row.variant.channel)
            assert (record["state"], record["campaign_id"]) == (row.variant.state, row.variant.campaign_id)
            assert [finding["code"] for finding in record["findings"]] == [finding.code for finding in row.findings]
            assert record["brief_key"] == campaigns.get(session, record["campaign_id"]).brief_key
            assert (record["score"] or {}).get("log_odds") == (row.score.log_odds if row.score else None)
    assert errors(out) == []


def test_what_is_held_back_is_in_the_file_too_with_the_reason(database: Database, tmp_path: Path) -> None:
    briefs, out = write_briefs(tmp_path / "briefs.jsonl", small()), tmp_path / "out.jsonl"
    assert run(database, briefs, out, n=2, overgenerate=4).variants == 8
    by_state = {
        state: [record for record in records(out) if record["state"] == state] for state in ("pending", "reserve")
    }
    assert (len(by_state["pending"]), [record["state"] for record in records(out)[:2]]) == (2, ["pending"] * 2)
    assert by_state["reserve"]
    assert all(record["score"] for record in by_state["pending"])
    for record in by_state["reserve"]:
        assert (record["score"], record["findings"][-1]["code"]) == (None, "held_back")


def test_a_run_goes_on_only_with_the_same_choice(database: Database, tmp_path: Path) -> None:
    briefs, out = write_briefs(tmp_path / "briefs.jsonl", small()), tmp_path / "out.jsonl"
    run(database, briefs, out, overgenerate=2)
    with pytest.raises(
        InputError, match=r"out\.jsonl: is there, and a run that was asked for the same did not leave it"
    ):
        run(database, briefs, out, overgenerate=3)
    assert run(database, briefs, tmp_path / "more.jsonl", overgenerate=3).variants == 6


def test_a_brief_that_is_refused_is_told_of_and_the_rest_goes_on(database: Database, tmp_path: Path) -> None:
    faulty = [
        small(facts=[]),
        small(chanels=["email"]),
        small(channels=["radio"]),
        "{no json",
        "[1, 2]",
        "[" * 100_000,
        {"id": "", **small()},
        {"id": [1], **small()},
        {"id": "\ud800", **small()},
        {"\ud800": 1, **small(brand="\ud800")},
    ]
    briefs = write_briefs(tmp_path / "briefs.jsonl", *faulty, {"id": "good", **small()}, {"id": "good", **small()})
    out = tmp_path / "out.jsonl"
    assert run(database, briefs, out) == Summary(done=1, failed=11, variants=2)
    told = sorted(errors(out), key=lambda error: error["line"])
    assert [error["line"] for error in told] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert told[0]["problems"][0]["place"] == "facts"
    assert 'did you mean "channels"?' in told[1]["detail"]
    assert told[2]["problems"][0]["place"] == "channels[0]"
    assert "not JSON" in told[3]["detail"]
    assert "is the id of line 11 too" in told[10]["detail"]
    assert {record["id"] for record in records(out)} == {"good"}


def test_lines_that_are_not_utf8_or_too_long_are_refused_alone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "MAX_LINE", 5_000)
    briefs = tmp_path / "briefs.jsonl"
    good = json.dumps(small()).encode()
    briefs.write_bytes(b"\n".join([b'{"name": "\xff"}', b'"' + b"x" * 12_000 + b'"', good]))
    assert run(database, briefs, tmp_path / "out.jsonl") == Summary(done=1, failed=2, variants=2)
    details = [error["detail"] for error in errors(tmp_path / "out.jsonl")]
    assert "is not JSON in UTF-8" in details[0]
    assert "longer than 5,000 bytes" in details[1]


def test_running_again_writes_what_is_new_or_mended_only(database: Database, tmp_path: Path) -> None:
    briefs, out = tmp_path / "briefs.jsonl", tmp_path / "out.jsonl"
    write_briefs(briefs, small("one"), small("two", facts=[]))
    assert run(database, briefs, out) == Summary(done=1, failed=1, variants=2)
    again = run(database, briefs, out)
    assert again == Summary(skipped=2, refused_before=1)
    assert (again.refused, again.useless) == (1, False)
    write_briefs(briefs, small("one"), small("two"), small("three"))
    assert run(database, briefs, out) == Summary(done=2, skipped=1, variants=4)
    assert Counter(record["id"] for record in records(out)) == {"1": 2, "2": 2, "3": 2}


def test_a_fault_of_the_models_stops_the_run_and_it_can_go_on(database: Database, tmp_path: Path) -> None:
    class Breaks:
        checkpoint = "fake-writer"
        shots = True

        def write(self, *_: object) -> Any:
            raise ModelError("weights are gone")

    briefs, out = write_briefs(tmp_path / "briefs.jsonl", small("one"), small("two")), tmp_path / "out.jsonl"
    whole = house.parts()
    with pytest.raises(ModelError, match="weights are gone"):
        run(database, briefs, out, parts=Parts(Breaks(), whole.scorer, whole.chooser, whole.catalogue))
    assert run(database, briefs, out) == Summary(done=2, variants=4)
    assert len(records(out)) == 4


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 5_000}, {"seed": -1}, {"overgenerate": 65}])
def test_an_order_that_cannot_be_is_refused_before_anything_is_made(
    database: Database, tmp_path: Path, wrong: dict[str, int]
) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        run(database, write_briefs(tmp_path / "briefs.jsonl", small()), tmp_path / "out.jsonl", **wrong)
    assert not list(tmp_path.glob("out*"))


def test_a_file_of_briefs_that_is_not_there_is_named_and_nothing_is_made(database: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read"):
        run(database, tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_a_brief_is_refused_and_nothing_is_made(
    database: Database, tmp_path: Path, content: str
) -> None:
    with pytest.raises(InputError, match=r"briefs\.jsonl: is empty"):
        run(database, write_briefs(tmp_path / "briefs.jsonl", content), tmp_path / "out.jsonl")
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.errors.jsonl", "link.jsonl"])
def test_a_run_never_writes_where_it_reads(database: Database, tmp_path: Path, name: str) -> None:
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "out.jsonl")
    briefs = write_briefs(tmp_path / name, small())
    with pytest.raises(InputError, match="would write here; name another file"):
        run(database, briefs, tmp_path / "out.jsonl")
    assert records(briefs) == [small()]


def test_the_first_refusal_of_a_run_is_its_reason(database: Database, tmp_path: Path) -> None:
    briefs, out = write_briefs(tmp_path / "briefs.jsonl", "name: x", small(facts=[])), tmp_path / "out.jsonl"
    summary = run(database, briefs, out)
    assert summary.reason.startswith("line 1: is not JSON")
    assert summary.useless
    assert run(database, briefs, out).useless
    write_briefs(briefs, "name: x", small(), small(facts=[]))
    mended = run(database, briefs, out)
    assert mended.reason.startswith("line 3: facts")
    assert (mended.refused, mended.useless) == (2, False)


@pytest.mark.slow
def test_killed_at_any_point_the_same_run_goes_on_and_has_every_brief_once(database: Database, tmp_path: Path) -> None:
    draw, count = random.Random(5), 20
    refused = small("refused", facts=[])
    briefs = write_briefs(tmp_path / "briefs.jsonl", *(small(f"brief {n}") for n in range(1, count + 1)), refused)
    out = tmp_path / "out.jsonl"
    where = (database.url.render_as_string(), crew.run, str(briefs), str(out))
    for _ in range(6):
        process = crew.hire(*where)
        process.join(draw.uniform(0.1, 0.6))  # a kill is to fall anywhere
        process.kill()
        process.join()
    run(database, briefs, out, n=2, lease=crew.LEASE)
    told = Counter(record["id"] for record in records(out)) | Counter({error["id"]: 2 for error in errors(out)})
    assert told == {str(number): 2 for number in range(1, count + 2)}
    ids = [record["variant_id"] for record in records(out)]
    with database.read() as session:
        assert len(variants.rows(session, ids)) == len(set(ids)) == len(ids)


def test_the_file_may_change_while_the_job_runs(database: Database, tmp_path: Path) -> None:
    briefs, out = write_briefs(tmp_path / "briefs.jsonl", small("one"), small("two")), tmp_path / "out.jsonl"

    def change(_: Summary) -> None:
        write_briefs(briefs, small("one"), small("changed"))

    run(database, briefs, out, progress=change)
    with database.read() as session:
        assert [campaign.name for campaign in campaigns.recent(session)] == ["two", "one"]
    with pytest.raises(InputError, match="line 2: was changed after it was written; add it at the end"):
        run(database, briefs, out)


def test_what_other_workers_write_is_in_the_file_too(database: Database, tmp_path: Path) -> None:
    briefs, out = write_briefs(tmp_path / "briefs.jsonl", *map(small, "abcd")), tmp_path / "out.jsonl"
    others: list[int] = []

    def help_once(_: Summary) -> None:
        if not others:
            others.extend(item.number for item in Worker(house.parts(), database).work() if item)

    assert run(database, briefs, out, progress=help_once) == Summary(done=4, variants=8)
    assert others == [2, 3, 4]
    assert Counter(record["id"] for record in records(out)) == {"1": 2, "2": 2, "3": 2, "4": 2}


def test_what_was_cancelled_is_done_when_the_same_is_run_again(database: Database, tmp_path: Path) -> None:
    briefs, out = write_briefs(tmp_path / "briefs.jsonl", *map(small, "abc")), tmp_path / "out.jsonl"

    def cancel(_: Summary) -> None:
        with database.write() as session:
            jobs.cancel(session, 1)

    assert run(database, briefs, out, progress=cancel).done == 1
    assert run(database, briefs, out) == Summary(done=2, skipped=1, variants=4)


def test_two_runs_may_not_share_a_file(database: Database, tmp_path: Path) -> None:
    briefs, out = write_briefs(tmp_path / "briefs.jsonl", small("one"), small("two")), tmp_path / "out.jsonl"
    seen: list[str] = []

    def again(_: Summary) -> None:
        with pytest.raises(Conflict, match="another run"):
            run(database, briefs, out)
        seen.append("told")

    run(database, briefs, out, progress=again)
    assert seen == ["told", "told"]
