"""The command: what it prints, what it refuses, and how it ends. All with the fakes that ship beside the models."""

import csv
import json
import os
import re
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from inference.writer import Draft, FakeWriter
from prompts.briefs import examples
from store.checkpoint import Checkpoint
from store.prompt import Prompt
from store.variant import Sampling
from ui import report
from ui.cli import ORDER, app
from ui.commands.writing import EXAMPLE

HEAVY = {"torch", "transformers", "gradio", "sqlalchemy", "pydantic", "rich.table", "fastapi", "matplotlib", "datasets"}
FAKES = {"GLASBRUK_WRITER__KIND": "fake", "GLASBRUK_SCORER__KIND": "fake"}


def run(*words: str | Path, ok: bool = True) -> Result:
    """Run the command in this process; `ok` says whether it should succeed."""
    result = CliRunner(env=FAKES).invoke(app, [str(word) for word in words])
    assert (result.exit_code == 0) is ok, result.output
    return result


def refused(*words: str | Path) -> str:
    """The one line with which the command refuses."""
    result = run(*words, ok=False)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("glasbruk: ")
    return line


def process(*words: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run the command as the shell does."""
    command = [sys.executable, "-c", "from ui.cli import main; main()", *map(str, words)]
    env = {**os.environ, **FAKES}
    return subprocess.run(command, env=env, text=True, check=False, timeout=120, **options)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the demo ran with copy of which some may be approved; its output lies beside."""
    folder = tmp_path_factory.mktemp("demo")
    result = run("demo", "--workspace", folder)
    (folder / "out.txt").write_text(result.stdout, encoding="utf-8")
    (folder / "err.txt").write_text(result.stderr, encoding="utf-8")
    return folder


def listed(work: Path, *words: str) -> list[dict[str, Any]]:
    """The variants that `review list` finds."""
    found: list[dict[str, Any]] = json.loads(run("review", "list", "--workspace", work, "--json", *words).stdout)[
        "variants"
    ]
    return found


def pending(work: Path, channel: str) -> int:
    """The id of some variant that waits for review."""
    row = listed(work, "--channel", channel, "--limit", "1")[0]
    return int(row["variant"]["id"])


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom ui.cli import main\nsys.argv = ['glasbruk', '--help']\n"
        f"try: main()\nexcept SystemExit: print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_names_every_verb() -> None:
    text = run("--help").stdout
    assert re.findall(r"^  ([a-z]+)  ", text, flags=re.MULTILINE) == list(ORDER)
    assert "..." not in text.partition("Commands:")[2]  # no first sentence is cut off


VERBS = (
    "demo",
    "write",
    "batch",
    "batch write",
    "batch work",
    "batch list",
    "batch cancel",
    "brief new",
    "brief check",
    "channels",
    "review list",
    "review edit",
    "label",
    "serve",
)


@pytest.mark.parametrize(
    "verb",
    [
        *VERBS,
        "export approved",
        "export training",
        "import results",
        "results set-aside",
        "train scorer",
        "models",
        "desk",
        "keys new",
        "keys list",
        "keys revoke",
        "doctor",
    ],
)
def test_each_verb_has_help(verb: str) -> None:
    assert f"Usage: glasbruk {verb}" in run(*verb.split(), "--help").stdout


def test_demo_prints_a_table_for_each_segment_and_channel(work: Path) -> None:
    brief = yaml.safe_load(examples()[EXAMPLE].read_text("utf-8"))
    titles = [line for line in (work / "out.txt").read_text("utf-8").splitlines() if re.match(r"\S.* / \S", line)]
    assert len(titles) == len(brief["segments"]) * len(brief["channels"]) == 12
    assert all(any(line.startswith(segment["name"]) for line in titles) for segment in brief["segments"])


def test_demo_tells_yield_report_and_desk_and_progress_apart(work: Path) -> None:
    out, progress = ((work / name).read_text("utf-8") for name in ("out.txt", "err.txt"))
    assert "108 of 108 asked could be read into fields" in out
    said = r"36 wait for review as campaign 1; (\d+) blocked by the checks, (\d+) held back"
    left_out = re.search(said, " ".join(out.split()))
    assert left_out
    assert sum(map(int, left_out.groups())) == 108 - 36
    assert str((work / "report.html").resolve()) in out
    assert "make desk" in out
    assert "108 of 108 written" in progress
    assert "108 of 108 written" not in out


def test_json_has_what_the_tables_have_and_the_seed_repeats_it(tmp_path: Path) -> None:
    first, again, other = (
        json.loads(run("demo", "--workspace", tmp_path / str(i), "--json", "--n", "2", "--seed", seed).stdout)
        for i, seed in enumerate("778")
    )
    copies = [[row["fields"] for row in done["variants"]] for done in (first, again, other)]
    assert copies[0] == copies[1] != copies[2]
    assert len(copies[0]) == first["counts"]["shown"] == 24
    assert sum(first["counts"].values()) == first["campaign"]["asked"] == 24 * 3
    scores = [row["score"]["log_odds"] for row in first["variants"][:2] if row["score"]]
    assert scores == sorted(scores, reverse=True)


def test_write_can_be_narrowed(tmp_path: Path) -> None:
    path = next(iter(examples().values()))
    brief = yaml.safe_load(path.read_text("utf-8"))
    segment, channel = brief["segments"][1]["name"], brief["channels"][2]
    wanted = ("--segment", segment, "--channel", channel, "--n", "3", "--json")
    done = json.loads(run("write", path, "--workspace", tmp_path, *wanted).stdout)
    assert [(row["variant"]["segment"], row["variant"]["channel"]) for row in done["variants"]] == [
        (segment, channel)
    ] * 3
    assert done["campaign"]["written"] == 3 * 4


@pytest.mark.parametrize("verb", ["write", "demo"])
def test_how_many_are_written_to_choose_from_can_be_said(tmp_path: Path, verb: str) -> None:
    words = [verb] if verb == "demo" else [verb, next(iter(examples().values()))]
    done = json.loads(run(*words, "--workspace", tmp_path, "--n", "1", "--overgenerate", "2", "--json").stdout)
    assert done["campaign"]["written"] == 2 * 12
    assert done["counts"]["shown"] == len(done["variants"]) <= 12
    assert "'--overgenerate': should be" in refused(*words, "--overgenerate", "65")


def test_markup_templates_and_tags_in_a_brief_come_out_as_text(tmp_path: Path) -> None:
    brief = yaml.safe_load(next(iter(examples().values())).read_text("utf-8"))
    nasty = "[red]Name[/red] {{ 7 * 7 }} <script>x</script> :smile:"
    brief["segments"] = [{**brief["segments"][0], "name": nasty}]
    path = tmp_path / "brief.yaml"
    path.write_text(yaml.safe_dump(brief), encoding="utf-8")
    result = run("write", path, "--workspace", tmp_path, "--n", "2")
    assert f"{nasty} / " in result.stdout
    assert "<script>x" not in (tmp_path / "report.html").read_text("utf-8")


def test_global_options_may_follow_the_verb(tmp_path: Path) -> None:
    for words in (["--workspace", tmp_path, "review", "list"], ["review", "list", f"--workspace={tmp_path}"]):
        assert "0 of 0 shown" in run(*words).stdout
        assert (tmp_path / "glasbruk.db").exists()
        (tmp_path / "glasbruk.db").unlink()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"name: x\nbrend: y\n", "brend"),
        (b"- a\n", "keys"),
        (b"name: [", "brief.yaml"),
    ],
)
def test_a_bad_brief_is_one_line_that_names_the_file(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "brief.yaml"
    path.write_bytes(content)
    for verb in (["write"], ["brief", "check"]):
        line = refused(*verb, path, "--workspace", tmp_path / "w")
        assert str(path) in line
        assert says in line
    assert not (tmp_path / "w" / "glasbruk.db").exists()


def test_a_brief_that_is_not_there_and_a_folder_are_one_line(tmp_path: Path) -> None:
    assert "nope.yaml" in refused("write", tmp_path / "nope.yaml")
    assert str(tmp_path) in refused("write", tmp_path)


def test_bad_settings_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASBRUK_WRITER__MODL", "small")
    assert "GLASBRUK_WRITER__MODEL" in refused("channels")


def test_usage_errors_are_one_line_and_end_with_2() -> None:
    assert "'write'" in refused("wriet")
    assert refused("write").endswith("see glasbruk write --help")
    assert "'--n': should be greater" in refused("demo", "--n", "0")
    assert "'--format': 'xls' is not one of 'csv'" in refused("export", "approved", "-o", "a", "--format", "xls")
    assert "'ID': should be a whole number" in refused("label", "x")
    assert "--workspace" in refused("--workspce", "x", "demo")
    assert "requires an argument" in refused("--workspace")


def test_a_group_alone_still_shows_its_help() -> None:
    assert "undo" in run("review", ok=False).output


HUGE = "99999999999999999999"


@pytest.mark.parametrize(
    "words",
    [
        "label {}",
        "review show {}",
        "review approve 1 {}",
        "review reject {}",
        "review undo {}",
        "review edit {} --set text=Hi",
        "review list --campaign {}",
        "review list --offset {}",
        "review list --limit {}",
        "export approved -o copy.csv --campaign {}",
    ],
)
def test_numbers_that_no_database_holds_are_one_line(tmp_path: Path, words: str) -> None:
    assert "less than or equal to" in refused(*words.format(HUGE).split(), "--workspace", tmp_path)
    assert refused(*words.format(2**63).split(), "--workspace", tmp_path)


def test_the_largest_id_is_only_unknown(work: Path) -> None:
    assert f"there is no variant {2**63 - 1}" in refused("label", str(2**63 - 1), "--workspace", work)


def test_lists_and_exports_say_what_is_unknown(work: Path, tmp_path: Path) -> None:
    for verb in (["review", "list"], ["export", "approved", "-o", tmp_path / "copy.csv"]):
        assert "there is no campaign 77" in refused(*verb, "--campaign", "77", "--workspace", work)
        assert 'did you mean "sms"?' in refused(*verb, "--channel", "smz", "--workspace", work)
    empty = run("review", "list", "--segment", "Nope", "--workspace", work)
    assert "0 of 0 shown" in empty.stdout
    assert empty.stderr == "--segment: no variant was written for 'Nope'\n"
    assert run("review", "list", "--channel", "sms", "--campaign", "1", "--workspace", work).stderr == ""


def test_a_field_is_set_once(work: Path) -> None:
    words = ("review", "edit", "1", "--set", "text=Hi", "--set", "text =Ho", "--workspace", work)
    assert "'text' is set twice" in refused(*words)


def own_brief(folder: Path) -> Path:
    path = folder / "brief.yaml"
    path.write_text(next(iter(examples().values())).read_text("utf-8"), encoding="utf-8")
    return path


def test_no_verb_writes_over_the_brief(work: Path, tmp_path: Path) -> None:
    brief = own_brief(tmp_path)
    before = brief.read_text("utf-8")
    assert "ending in .html" in refused("write", brief, "--report", brief, "--workspace", tmp_path)
    assert "not written over" in refused("export", "approved", "-o", brief, "--workspace", work)
    assert brief.read_text("utf-8") == before


def test_a_report_that_cannot_be_written_is_said_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.load.parts", lambda *_: pytest.fail("the models were loaded"))
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.html").mkdir()
    brief = own_brief(tmp_path)
    for place, says in (
        ("folder.html", "is a folder"),
        ("report.txt", ".html"),
        ("file/report.html", "cannot be written"),
        (f"{'x' * 300}/report.html", "cannot be written"),
    ):
        for verb in (["demo"], ["write", brief]):
            line = refused(*verb, "--report", tmp_path / place, "--workspace", tmp_path / "w")
            assert line.startswith(f"glasbruk: {tmp_path / place}: ")
            assert says in line
    assert not (tmp_path / "w").exists()


def test_a_new_brief_in_no_folder_says_to_make_it(tmp_path: Path) -> None:
    line = refused("brief", "new", tmp_path / "nodir" / "x.yaml")
    assert f"the folder {tmp_path / 'nodir'} does not exist; make it" in line


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(report, "write", broken)
    assert isinstance(run("demo", "--workspace", tmp_path, "--n", "1", ok=False).exception, ZeroDivisionError)


def test_ctrl_c_keeps_what_is_stored_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = FakeWriter.write

    def stopped(
        self: FakeWriter, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling
    ) -> Iterator[Draft]:
        for number, draft in enumerate(whole(self, prompts, seeds, sampling)):
            if number == 5:
                raise KeyboardInterrupt
            yield draft

    monkeypatch.setattr(FakeWriter, "write", stopped)
    result = run("demo", "--workspace", tmp_path, ok=False)
    assert result.exit_code == 130
    assert "5 of 108 variants are kept" in result.stderr
    assert "Traceback" not in result.output
    assert len(listed(tmp_path, "--state", "any")) == 5
    assert 1 <= len(listed(tmp_path)) <= 3  # what there is was chosen from
    assert listed(tmp_path, "--state", "draft") == []


def test_what_the_terminal_cannot_show_is_spelt_out(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    example = next(iter(examples().values())).read_text("utf-8")
    path.write_text(example.replace("brand: ", "brand: Łódź "), encoding="utf-8")
    command = [sys.executable, "-c", "from ui.cli import main; main()", "brief", "check", str(path)]
    env = {**os.environ, **FAKES, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, env=env, capture_output=True, check=True)
    assert "\\u0141ód\\u017a" in done.stdout.decode("latin-1")


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = process("channels", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = process("channels", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "no room left" in done.stderr


@pytest.mark.slow
def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = process("serve", "--port", str(port), "--workspace", tmp_path, capture_output=True)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert str(port) in done.stderr
    assert "in use" in done.stderr


def test_a_new_brief_is_right_as_it_stands_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    run("brief", "new", path)
    assert path.read_text("utf-8") == run("brief", "new").stdout
    checked = run("brief", "check", path).stdout
    assert "--- system" in checked
    assert f"{path}: is right" in checked
    path.write_text("mine", encoding="utf-8")
    assert "there already" in refused("brief", "new", path)
    assert path.read_text("utf-8") == "mine"


def test_check_names_the_nearest_segment_and_channel() -> None:
    path = next(iter(examples().values()))
    name = yaml.safe_load(path.read_text("utf-8"))["segments"][0]["name"]
    assert f'did you mean "{name}"?' in refused("brief", "check", path, "--segment", name[:-1])
    assert 'did you mean "email"?' in refused("brief", "check", path, "--channel", "emial")
    assert json.loads(run("brief", "check", path, "--json").stdout)["prompt"]["messages"]


def test_channels_lists_own_ones_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = '[channels.poster]\nname = "Poster"\nfields = [{ name = "line", maximum = 40, aim = 30 }]\n'
    (tmp_path / "glasbruk.toml").write_text(own, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert json.loads(run("channels", "--json").stdout)["poster"]["fields"][0]["maximum"] == 40
    assert "Poster" in run("channels").stdout


def test_review_from_the_queue_to_the_export(work: Path, tmp_path: Path) -> None:
    approved, edited = (str(row["variant"]["id"]) for row in listed(work, "--channel", "email", "--limit", "2"))
    assert f"variant {approved}: approved" in run("review", "approve", approved, "--workspace", work).stdout
    assert "taken back" in run("review", "undo", approved, "--workspace", work).stdout
    run("review", "approve", approved, "--workspace", work)
    assert "reason: is missing" in refused("review", "reject", approved, "--workspace", work)
    dull = ("review", "reject", approved, "--reason", "dull", "--workspace", work)
    assert "undo that first" in refused(*dull)
    before = listed(work, "--channel", "email", "--limit", "1000")
    fields = next(row["fields"] for row in before if str(row["variant"]["id"]) == edited)
    run(
        "review",
        "edit",
        edited,
        "--set",
        "subject=Chapter Round brings books",
        "--reviewer",
        "Åsa",
        "--workspace",
        work,
    )
    assert "KEY=TEXT" in refused("review", "edit", edited, "--set", "subject", "--workspace", work)

    out = tmp_path / "approved.csv"
    assert "2 approved variants" in run("export", "approved", "-o", out, "--workspace", work).stdout
    rows = {row["variant_id"]: row for row in csv.DictReader(out.read_text("utf-8-sig").splitlines())}
    assert rows[edited]["subject"] == "Chapter Round brings books"
    assert rows[edited]["preheader"] == fields["preheader"]  # what was not set stays
    assert rows[edited]["reviewer"] == "Åsa"
    assert "exported" in refused("review", "undo", approved, "--workspace", work)
    assert "exported" in refused(*dull)


def test_what_was_held_back_is_listed_with_the_reason_and_can_be_brought_back(work: Path) -> None:
    row = listed(work, "--state", "reserve", "--limit", "1")[0]
    held = str(row["variant"]["id"])
    assert row["findings"][-1]["code"] == "held_back"
    assert "held_back: " in run("review", "list", "--state", "reserve", "--workspace", work).stdout
    assert "cannot approve; possible now: show" in refused("review", "approve", held, "--workspace", work)
    done = run("review", "bring-back", held, "--reviewer", "Åsa", "--workspace", work)
    assert done.stdout == f"variant {held}: up for review\n"
    label = run("label", held, "--workspace", work).stdout
    assert "brought back for review by Åsa" in label
    assert "likely to be approved as it stands, thinks fake-approver" in label
    assert f"variant {held}: a variant that is pending cannot show" in refused(
        "review", "bring-back", held, "--workspace", work
    )
    run("review", "approve", held, "--workspace", work)


def test_many_are_decided_at_once_and_the_first_refusal_ends_it(work: Path) -> None:
    one, two = (str(row["variant"]["id"]) for row in listed(work, "--channel", "sms", "--limit", "2"))
    result = run("review", "reject", one, "999999", two, "--reason", "[b]no[/b]", "--workspace", work, ok=False)
    assert result.exit_code == 2
    assert f"variant {one}: rejected" in result.stdout
    assert "999999" in result.stderr
    assert two in {str(row["variant"]["id"]) for row in listed(work, "--limit", "1000")}
    assert "[b]no[/b]" in run("review", "show", one, "--workspace", work).stdout


def test_label_says_where_a_variant_came_from(work: Path) -> None:
    id_ = str(pending(work, "google_search_ad"))
    label = json.loads(run("label", id_, "--workspace", work, "--json").stdout)
    text = run("label", id_, "--workspace", work).stdout
    assert label["brief"]["name"] in text
    assert label["variant"]["prompt_hash"] in text
    assert str(label["variant"]["seed"]) in text
    assert "there is no variant 999999" in refused("label", "999999", "--workspace", work)


def test_label_is_drawn_into_a_file(work: Path, tmp_path: Path) -> None:
    id_ = str(listed(work, "--limit", "1")[0]["variant"]["id"])
    assert "cannot be written" in refused("label", id_, "--svg", tmp_path / "no" / "label.svg", "--workspace", work)
    run("label", id_, "--svg", tmp_path / "label.svg", "--workspace", work)
    drawn = ET.parse(tmp_path / "label.svg").getroot()
    assert drawn.get("aria-label") == f"Where variant {id_} came from, and what came of it"


def test_lists_refuse_an_unknown_state(work: Path) -> None:
    assert "state" in refused("review", "list", "--state", "waiting", "--workspace", work)


def test_training_rows_are_written(work: Path, tmp_path: Path) -> None:
    run("review", "approve", str(pending(work, "google_search_ad")), "--workspace", work)
    counts = json.loads(run("export", "training", "-o", tmp_path, "--workspace", work, "--json").stdout)["rows"]
    assert counts["finetuning"] == len((tmp_path / "finetuning.jsonl").read_text("utf-8").splitlines()) > 0


def test_train_hands_over_files_and_folder_and_tells_the_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def train(results: Sequence[Path], out: Path, **others: Any) -> Checkpoint:
        asked.update(results=list(results), out=out, **others)
        others["progress"]("fitting")
        return Checkpoint(id="scorer-1", kind="scorer", base="b", method="m", data_hash="d", metrics={"accuracy": 0.6})

    monkeypatch.setattr("training.scorer.train", train)
    result = run("train", "scorer", "a.csv", "b.csv", "--seed", "3", "--workspace", tmp_path)
    folder = tmp_path / "checkpoints" / "scorer"
    assert (asked["results"], asked["out"], asked["seed"]) == ([Path("a.csv"), Path("b.csv")], folder, 3)
    assert "fitting" in result.stderr
    assert re.search(r"accuracy +0\.6\n", result.stdout)
    assert f"GLASBRUK_SCORER__CHECKPOINT={folder}" in result.stdout


def test_bad_results_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("test_id,variant_id,text,impressions,clicks\n1,a,Hello,10,11\n", encoding="utf-8")
    line = refused("train", "scorer", path, "-o", tmp_path / "out")
    assert str(path) in line
    assert "11" in line
    assert "there" in refused("train", "scorer", tmp_path / "none.csv", "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_models_are_listed() -> None:
    found = json.loads(run("models", "--json").stdout)
    assert [row["name"] for row in found] == ["default", "medium", "small"]
    assert run("models", "prepare", "large", ok=False).exit_code == 2
