"""Records are in their file once or not at all, wherever a run was cut off."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.ledger import Ledger, Line, Work
from store.errors import Conflict, InputError, StoreError

WORK = Work(n=1, seed=0, writer="w", scorer="s")
LINES = [Line(number, f"line {number}".encode()) for number in range(1, 6)]


def run(out: Path, lines: list[Line] = LINES, work: Work = WORK) -> list[int]:
    """Write two records for each line that is not settled; line 3 is refused. Gives the numbers of those done."""
    done = []
    with Ledger(out, work) as ledger:
        for line in lines:
            if not ledger.settled(line):
                refused = line.content == b"line 3"
                ledger.write(line, f"id {line.number}", [{"line": line.number, "part": 1}] * 2, refused=refused)
                done.append(line.number)
    return done


def numbers(path: Path) -> list[int]:
    return [json.loads(line)["line"] for line in path.read_text().splitlines()]


def test_a_run_writes_every_line_and_another_none(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.jsonl"
    assert run(out) == [1, 2, 3, 4, 5]
    assert run(out) == []
    assert numbers(out) == [1, 1, 2, 2, 4, 4, 5, 5]
    assert numbers(tmp_path / "new" / "out.jsonl.errors.jsonl") == [3, 3]


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(0, 2_000), torn=st.binary(max_size=40))
def test_cut_off_anywhere_every_line_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, cut: int, torn: bytes
) -> None:
    out = tmp_path_factory.mktemp("run") / "out.jsonl"
    run(out)
    progress = Path(f"{out}.progress.jsonl")
    whole = progress.read_bytes()
    header = whole.index(b"\n") + 1
    progress.write_bytes(whole[: header + cut % (len(whole) - header + 1)])  # the marks go to the disk last
    with out.open("ab") as file:
        file.write(torn)
    run(out)
    assert numbers(out) == [1, 1, 2, 2, 4, 4, 5, 5]
    assert numbers(Path(f"{out}.errors.jsonl")) == [3, 3]


def test_lines_may_be_added_and_refused_ones_mended(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run(out, LINES[:3])
    mended = [*LINES[:2], Line(3, b"mended"), *LINES[3:]]
    assert run(out, mended) == [3, 4, 5]
    assert sorted(numbers(out)) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert run(out, mended) == []


def test_a_written_line_may_not_change(tmp_path: Path) -> None:
    run(tmp_path / "out.jsonl")
    with pytest.raises(InputError, match="line 2: was changed after it was written"):
        run(tmp_path / "out.jsonl", [LINES[0], Line(2, b"other")])


def test_another_work_may_not_go_on(tmp_path: Path) -> None:
    run(tmp_path / "out.jsonl")
    with pytest.raises(InputError, match="n: was 1, is 2; ask for the same to go on"):
        run(tmp_path / "out.jsonl", work=WORK.model_copy(update={"n": 2}))


def test_a_file_that_no_run_left_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("precious")
    with pytest.raises(InputError, match=r"out\.jsonl: is there and no run left it; name another file"):
        run(tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == "precious"


def test_a_file_that_lost_its_end_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "out.jsonl")
    (tmp_path / "out.jsonl").write_text("")
    with pytest.raises(InputError, match="is shorter than the run left it"):
        run(tmp_path / "out.jsonl")


@pytest.mark.parametrize("content", ["no json\n", '{"n": 1}\n', '{"n":1,"seed":0,"writer":"w","scorer":"s"}\n[]\n'])
def test_a_progress_file_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "out.jsonl.progress.jsonl").write_text(content)
    with pytest.raises(InputError, match="is not a run's progress"):
        run(tmp_path / "out.jsonl")


def test_two_runs_may_not_share_a_file(tmp_path: Path) -> None:
    with Ledger(tmp_path / "out.jsonl", WORK), pytest.raises(Conflict, match="another run is writing here"):
        run(tmp_path / "out.jsonl")
    assert run(tmp_path / "out.jsonl") == [1, 2, 3, 4, 5]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="name a file in a folder you may write to"):
        run(tmp_path / "file" / "out.jsonl")


def test_a_lone_surrogate_stays_an_escape(tmp_path: Path) -> None:
    with Ledger(tmp_path / "out.jsonl", WORK) as ledger:
        ledger.write(LINES[0], "1", [{"text": "\ud800 å"}])
    assert (tmp_path / "out.jsonl").read_bytes() == b'{"text": "\\ud800 \xc3\xa5"}\n'
    with Ledger(tmp_path / "out.jsonl", WORK) as ledger:
        assert ledger.settled(LINES[0])
