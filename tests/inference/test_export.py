"""Approved copy leaves whole and exact, and is marked only once it is in a file."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import export as exporting
from inference.export import Copy, Exported, Format, export
from store import decisions, exports
from store.database import Database
from store.decision import Decision, Kind
from store.errors import Conflict, InputError, StoreError
from store.states import State
from store.variants import Query
from tests.inference import house

AD = {"headline_1": "Vegetables weekly", "headline_2": "From farms nearby", "headline_10": "Pause any week"}
AD |= {"description_1": "Eight vegetables a week.", "description_2": "Left at your door.", "path_1": "boxes"}


def approved(database: Database, fields: dict[str, str] | None = None, channel: str = "email") -> int:
    variant_id = house.variant(database, house.campaign(database), fields, channel=channel)
    decide(database, variant_id, Kind.APPROVE)
    return variant_id


def decide(database: Database, variant_id: int, kind: Kind, fields: dict[str, str] | None = None) -> None:
    with database.write() as session:
        decisions.decide(session, Decision(variant_id=variant_id, kind=kind, reviewer="ada", fields=fields))


def exported_at(database: Database, variant_id: int) -> object:
    with database.read() as session:
        return exports.first_at(session, variant_id)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_a_row_for_each_approved_variant_with_the_text_that_was_let_through(
    database: Database, tmp_path: Path
) -> None:
    first, edited = approved(database), house.variant(database, house.campaign(database))
    decide(database, edited, Kind.EDIT, {"subject": 'Ät mer "grönt"', "preheader": "två\nrader, ett komma"})
    house.variant(database, house.campaign(database))  # pending: stays
    out = tmp_path / "new" / "copy.csv"
    assert export(database, Query(), "csv", "ada", out) == Exported(2, 0)
    rows = table(out)
    assert [row["variant_id"] for row in rows] == [str(first), str(edited)]
    assert (rows[1]["subject"], rows[1]["preheader"]) == ('Ät mer "grönt"', "två\nrader, ett komma")
    assert (rows[0]["campaign"], rows[0]["segment"], rows[0]["channel"]) == ("Autumn boxes", "Busy parents", "email")
    assert rows[0]["reviewer"] == "ada"
    assert rows[0]["decided_at"].endswith("+00:00")
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")


def test_what_is_exported_cannot_be_undone_and_what_is_not_can(database: Database, tmp_path: Path) -> None:
    email, sms = approved(database), approved(database, {"text": "Hello"}, "sms")
    export(database, Query(channel="email"), "jsonl", "ada", tmp_path / "copy.jsonl")
    with pytest.raises(Conflict, match="exported"):
        decide(database, email, Kind.UNDO)
    decide(database, sms, Kind.UNDO)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_of_the_csv_is_a_formula(start: str) -> None:
    text = f'{start}HYPERLINK("http://x","y")'
    copy = Copy(1, text, text, "email", {"subject": text}, text, "")
    rows = list(csv.reader(exporting.FORMATS["csv"]([copy]).decode("utf-8-sig").splitlines(keepends=True)))
    assert [cell for cell in rows[1] if cell == f"'{text}"] == [f"'{text}"] * 4


COPY = st.builds(
    Copy,
    st.integers(1, 10**9),
    st.text(),
    st.text(),
    st.just("email"),
    st.dictionaries(st.sampled_from(["subject", "preheader", "headline_2", "headline_10"]), st.text(), min_size=1),
    st.text(),
    st.just("2026-11-22T10:00:00+00:00"),
)


@given(st.lists(COPY, max_size=5))
def test_any_text_comes_back_from_jsonl(copies: list[Copy]) -> None:
    lines = exporting.FORMATS["jsonl"](copies).decode().split("\n")
    assert [Copy(**json.loads(line)) for line in lines[:-1]] == copies
    assert lines[-1] == ""


@given(st.lists(COPY, max_size=5))
def test_any_text_comes_back_from_csv_but_for_the_sign_before_a_formula(copies: list[Copy]) -> None:
    import io

    text = exporting.FORMATS["csv"](copies).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(copies)
    for row, copy in zip(rows, copies, strict=True):
        for key, value in copy.fields.items():
            assert row[key] == (f"'{value}" if value.startswith(exporting.FORMULA) else value)


def test_columns_follow_the_fields_and_numbers_count(database: Database, tmp_path: Path) -> None:
    approved(database, {"headline_1": "a", "headline_10": "b"}, "google_search_ad")
    approved(database, {"headline_1": "a", "headline_2": "c", "description_1": "d"}, "google_search_ad")
    export(database, Query(), "csv", "ada", tmp_path / "copy.csv")
    header = list(table(tmp_path / "copy.csv")[0])
    assert header[4:-2] == ["headline_1", "headline_2", "headline_10", "description_1"]


def test_google_ads_takes_search_ads_paused_and_exact_and_counts_the_rest(database: Database, tmp_path: Path) -> None:
    ad, email = approved(database, AD | {"headline_2": "+8 recipes"}, "google_search_ad"), approved(database)
    out = tmp_path / "ads.csv"
    assert export(database, Query(), "google_ads", "ada", out) == Exported(1, 1)
    (row,) = table(out)
    assert (row["Campaign"], row["Ad group"]) == ("Autumn boxes", "Busy parents")
    assert (row["Ad type"], row["Status"], row["Final URL"]) == ("Responsive search ad", "Paused", "")
    assert (row["Headline 2"], row["Headline 10"], row["Headline 15"]) == ("+8 recipes", "Pause any week", "")
    assert (row["Description 2"], row["Path 1"], row["Path 2"]) == ("Left at your door.", "boxes", "")
    assert exported_at(database, ad)
    assert exported_at(database, email) is None


def crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_crash_while_writing_leaves_the_old_file_and_no_mark(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant_id, out = approved(database), tmp_path / "out" / "copy.csv"
    out.parent.mkdir()
    out.write_text("before")
    monkeypatch.setattr("os.fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        export(database, Query(), "csv", "ada", out)
    assert out.read_text() == "before"
    assert list(out.parent.iterdir()) == [out]
    assert exported_at(database, variant_id) is None


def test_a_crash_after_writing_marks_nothing_that_is_not_in_the_file_and_running_again_mends_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant_id, out, replace = approved(database), tmp_path / "copy.csv", exporting._replace
    with monkeypatch.context() as patch:
        patch.setattr(exporting, "_replace", lambda out, content: crash(replace(out, content)))
        with pytest.raises(KeyboardInterrupt):
            export(database, Query(), "csv", "ada", out)
    assert [row["variant_id"] for row in table(out)] == [str(variant_id)]
    assert exported_at(database, variant_id) is None
    export(database, Query(), "csv", "ada", out)
    assert [row["variant_id"] for row in table(out)] == [str(variant_id)]
    assert exported_at(database, variant_id)


def test_exporting_again_gives_the_same_file(database: Database, tmp_path: Path) -> None:
    approved(database)
    for name in ("one.csv", "two.csv"):
        assert export(database, Query(), "csv", "ada", tmp_path / name).count == 1
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_more_than_a_page_goes_out(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)
    ids = [approved(database) for _ in range(5)]
    export(database, Query(), "jsonl", "ada", tmp_path / "copy.jsonl")
    lines = (tmp_path / "copy.jsonl").read_text().splitlines()
    assert [json.loads(line)["variant_id"] for line in lines] == ids


@pytest.mark.parametrize("format", ["csv", "jsonl", "google_ads"])
def test_nothing_approved_is_a_file_without_rows(database: Database, tmp_path: Path, format: Format) -> None:  # noqa: A002
    assert export(database, Query(), format, "ada", tmp_path / "copy") == Exported(0, 0)
    assert len((tmp_path / "copy").read_text().splitlines()) == (0 if format == "jsonl" else 1)


def test_only_approved_copy_is_exported(database: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only approved copy"):
        export(database, Query(state=State.PENDING), "csv", "ada", tmp_path / "copy.csv")


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_marked(database: Database, tmp_path: Path) -> None:
    variant_id = approved(database)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"copy\.csv: cannot be written"):
        export(database, Query(), "csv", "ada", tmp_path / "file" / "copy.csv")
    assert exported_at(database, variant_id) is None


@pytest.mark.parametrize(
    ("format", "name"), [("csv", "brief.yaml"), ("csv", "copy.jsonl"), ("jsonl", "copy.csv"), ("google_ads", "copy")]
)
def test_a_file_of_another_kind_is_not_written_over(
    database: Database,
    tmp_path: Path,
    format: Format,  # noqa: A002
    name: str,
) -> None:
    variant_id, out = approved(database), tmp_path / name
    out.write_text("precious")
    with pytest.raises(InputError, match=r"is not written over; name a file ending in \.(csv|jsonl)"):
        export(database, Query(), format, "ada", out)
    assert out.read_text() == "precious"
    assert exported_at(database, variant_id) is None
