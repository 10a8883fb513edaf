"""An evaluation from draw to figures, with the fakes: what is drawn, kept, taken up again and counted."""

import json
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from inference import checks
from inference.encoder import FakeEncoder
from inference.order import Parts
from inference.writer import Draft, FakeWriter
from store.errors import InputError
from store.prompt import Prompt
from store.states import State
from store.variant import Sampling
from tests.inference import house
from tests.training.evaluated import brief, briefs, place, row
from training import corpus, evaluation, evaluation_run
from training.evaluation import counts, evaluate, named
from training.evaluation_draw import Plan, Site, draw
from training.evaluation_run import key, read, write

PLAN = Plan(brands=2, places=3, n=2, overgenerate=2)


class CountingWriter(FakeWriter):
    """Counts what it writes, and stops where it is told to."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.wrote, self.stop_at = 0, stop_at

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        for draft in super().write(prompts, seeds, sampling):
            if self.wrote == self.stop_at:
                raise KeyboardInterrupt
            self.wrote += 1
            yield draft


def parts(writer: FakeWriter | None = None) -> Parts:
    return replace(house.parts(), writer=writer or FakeWriter())


def test_sites_are_of_the_split_and_language_and_repeat() -> None:
    english = draw(Plan(), briefs())
    assert {briefs()[site.brief].split for site in english} == {"test"}
    assert len({site.brief for site in english}) == 10
    assert (
        len(english)
        == len(set(english))
        == sum(
            len(b.brief.segments) * len(b.brief.channels)
            for b in briefs().values()
            if b.split == "test" and b.brief.language == "en"
        )
    )
    assert len({site.brief for site in draw(Plan(language="sv"), briefs())}) == 4
    assert draw(PLAN, briefs()) == draw(PLAN, briefs()) != draw(PLAN.model_copy(update={"seed": 1}), briefs())


def test_places_are_spread_over_channels_and_segments() -> None:
    sites = draw(Plan(places=3), briefs())
    assert set(Counter(site.brief for site in sites).values()) == {3}
    channels = Counter(site.channel for site in sites)
    assert len(channels) == 8
    assert max(channels.values()) - min(channels.values()) <= 1
    assert len({site.segment for site in sites}) > 15


def test_more_brands_are_the_same_and_others() -> None:
    few, more = (draw(Plan(brands=brands, places=2), briefs()) for brands in (2, 5))
    assert more[: len(few)] == few


def test_more_places_than_there_are_is_all_of_them() -> None:
    assert draw(Plan(brands=1, places=999), briefs()) == draw(Plan(brands=1), briefs())


def test_a_language_that_the_corpus_lacks_is_refused() -> None:
    with pytest.raises(InputError, match="its languages are en, sv"):
        draw(Plan(language="fi"), briefs())


def test_each_place_has_what_was_written_for_it_and_what_is_shown(tmp_path: Path) -> None:
    found = write(PLAN, parts(), tmp_path / "kept.jsonl")
    assert [one.site for one in found] == draw(PLAN, briefs())
    for one in found:
        assert len(one.written) == PLAN.n * PLAN.overgenerate
        assert {(v.segment, v.channel) for v in one.written} == {(one.site.segment, one.site.channel)}
        assert len(one.shown) <= PLAN.n
        assert all(v.state is State.PENDING for v in one.shown)
        assert all(not any(f.severity == "block" for f in r.findings) for r in one.rows if r.variant in one.shown)


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    kept, writer = tmp_path / "deep" / "kept.jsonl", CountingWriter()
    first = write(PLAN, parts(writer), kept)
    wrote, lines = writer.wrote, kept.read_text("utf-8")
    assert write(PLAN, parts(writer), kept) == first
    assert (writer.wrote, kept.read_text("utf-8")) == (wrote, lines)
    write(PLAN.model_copy(update={"brands": 3}), parts(writer), kept)
    assert writer.wrote == wrote * 3 // 2


def test_a_stopped_run_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    stopped, whole = tmp_path / "stopped.jsonl", tmp_path / "whole.jsonl"
    with pytest.raises(KeyboardInterrupt):
        write(PLAN, parts(CountingWriter(stop_at=9)), stopped)
    assert len(read(stopped)) == 2
    with stopped.open("a", encoding="utf-8") as file:
        file.write('{"key": "torn in the mid')
    writer = CountingWriter()
    on, through = write(PLAN, parts(writer), stopped), write(PLAN, parts(), whole)
    assert writer.wrote == 4 * PLAN.n * PLAN.overgenerate
    assert [[v.fields for v in one.written] for one in on] == [[v.fields for v in one.written] for one in through]
    assert len(read(stopped)) == 6


def test_a_line_of_the_file_is_a_place_whatever_ends_lines_elsewhere(tmp_path: Path) -> None:
    one = place([row({"subject": "a\u2028b\x85c", "preheader": "d"})])
    (tmp_path / "kept.jsonl").write_text(f"{one.model_dump_json()}\n", encoding="utf-8")
    assert read(tmp_path / "kept.jsonl") == {one.key: one}


def test_the_key_changes_with_all_that_matters_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    site = draw(PLAN, briefs())[0]
    first = key(PLAN, site, briefs()[site.brief], parts())
    assert key(PLAN.model_copy(update={"brands": 7, "places": 9}), site, briefs()[site.brief], parts()) == first
    writer = CountingWriter()
    writer.checkpoint = "another"
    cooler = Sampling(temperature=0.1)
    keys = {
        first,
        key(PLAN, site, briefs()[site.brief], parts(writer)),
        key(PLAN, Site(brief=site.brief, segment=site.segment, channel="sms"), briefs()[site.brief], parts()),
        key(PLAN, site, brief(), parts()),
        *(
            key(PLAN.model_copy(update=change), site, briefs()[site.brief], parts())
            for change in ({"n": 3}, {"overgenerate": 3}, {"seed": 1}, {"sampling": cooler})
        ),
    }
    monkeypatch.setattr(evaluation_run, "code", lambda: "other checks")
    keys.add(key(PLAN, site, briefs()[site.brief], parts()))
    assert len(keys) == 9


def test_the_code_that_decides_is_there() -> None:
    folder = Path(checks.__path__[0]).parent
    assert [name for name in evaluation_run.DECIDE if not [*folder.glob(name)]] == []


def test_progress_tells_how_many_and_how_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(evaluation_run, "EVERY", 0.0)
    write(PLAN, parts(), tmp_path / "kept.jsonl", said.append)
    assert said[0].startswith("1 of 24 written, ")
    assert said[-1].startswith("24 of 24 written, ")
    assert said[-1].endswith(" 0 min left")
    said.clear()
    write(PLAN, parts(), tmp_path / "kept.jsonl", said.append)
    assert said == [f"6 of 6 places were written before, and are kept in {tmp_path / 'kept.jsonl'}"]


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write(PLAN, parts(), tmp_path / "file" / "kept.jsonl")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> evaluation.Evaluation:
    with pytest.MonkeyPatch.context() as patch:
        every = corpus.rows("train")[::40]
        patch.setattr(corpus, "rows", lambda split: every if split == "train" else WHOLE(split))
        kept = tmp_path_factory.mktemp("evaluation") / "kept.jsonl"
        return evaluate(PLAN, parts(), FakeEncoder(), kept, beside={"loss_below_base": 0.375})


WHOLE = corpus.rows


def test_every_figure_that_was_asked_for_is_a_number_with_its_interval(done: evaluation.Evaluation) -> None:
    for name in evaluation.MEANINGS:
        low, value, high = (done.metrics[f"{name}{end}"] for end in ("_low", "", "_high"))
        assert 0 <= low <= high <= 1, name
        assert name == "opening_share_max" or low <= value <= high
    assert all(isinstance(value, float) for value in done.metrics.values())
    assert json.loads(json.dumps(done.metrics)) == done.metrics


def test_the_fake_writer_says_its_claim_and_the_figures_add_up(done: evaluation.Evaluation) -> None:
    figures = done.metrics
    assert figures["shown_within_limits"] == figures["shown_no_blocking"] == 1
    assert figures["loss_below_base"] == 0.375
    assert (figures["brands"], figures["places"], figures["written"]) == (2, 6, 24)
    assert figures["shown"] + figures["blocked"] + figures["held_back"] == 24
    assert figures["corpus_angle_said"] > 0.8
    assert figures["corpus_figures_right"] > 0.9


def test_counts_are_by_state() -> None:
    rows = [row({"subject": "x"}, state) for state in (State.PENDING, State.PENDING, State.BLOCKED)]
    found = counts([place(rows), place(rows, channel="sms"), place([], of="chipbright")])
    assert (found["brands"], found["places"], found["written"]) == (2, 3, 6)
    assert (found["shown"], found["blocked"], found["held_back"]) == (4, 2, 0)
    assert (found["seconds"], found["variants_per_second"]) == (6.0, 1.0)


def test_the_number_of_the_places_does_not_mind_their_order() -> None:
    one, two = place([]), place([], channel="sms")
    assert named(PLAN, [one, two]) == named(PLAN, [two, one])
    assert named(PLAN, [one])["sites"] != named(PLAN, [one, two])["sites"]
