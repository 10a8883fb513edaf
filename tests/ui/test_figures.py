"""Every plot of the Results view: its numbers are those that were counted, and an empty one says what to do."""

from collections import Counter

import pytest

from training.arm import Arm
from training.duel import Duel
from training.earned import NO_WORD, Earned
from training.reviewed import Judged, Reviewed, Spread
from training.share import Share
from ui import figures
from ui.figure import Figure
from ui.page import render


def whole() -> tuple[Earned, Reviewed]:
    arm = Arm("t", "1", "", "Busy parents", "email", "=Dinner {{7*7}}", 0.3, 0.1)
    earned = Earned(
        reach={("Busy parents", "email"): Share(30, 1_000), ("Students", "sms"): Share(5, 100)},
        tests=Counter({("Busy parents", "email"): 3, ("Students", "sms"): 1}),
        verdicts={"writer-1": Counter(won=3, lost=1), "elsewhere": Counter({"cannot tell": 2})},
        wins=[arm],
        duels=[Duel(0.62, True), Duel(0.65, False), Duel(0.95, True)],
        left_out=Counter({NO_WORD: 4}),
    )
    reviewed = Reviewed(
        judged={"channel": {"email": Judged(6, 2, 2)}, "segment": {}, "checkpoint": {"writer-1": Judged(1, 0, 0)}},
        changed={"2026-W47": Spread(5, 10, 20, 9), "2026-W48": Spread(2, 4, 8, 3)},
        waited=[("under 1 min", 1), ("1 to 10 min", 3)],
    )
    return earned, reviewed


def drawn() -> dict[str, Figure]:
    earned, reviewed = whole()
    return {one.key: one for one in (*figures.outcomes(earned), *figures.decisions(reviewed))}


def test_click_through_has_the_interval_of_its_share() -> None:
    one = drawn()["click-through"]
    low, high = Share(30, 1_000).interval
    assert one.rows[0] == ("email", "Busy parents", 3, 30, 1_000, 0.03, low, high)
    assert (one.marks[0].at, one.marks[0].low, one.marks[0].high) == (0.03, low, high)
    assert one.marks[0].said == "3.00 % (2.23 to 4.02 %) of 1,000"
    assert one.axis.high >= max(mark.high for mark in one.marks)


def test_many_places_are_drawn_by_their_impressions_and_the_csv_has_all() -> None:
    earned = Earned(reach={(f"s{number}", "email"): Share(1, 10 + number) for number in range(60)})
    one = figures.outcomes(earned)[0]
    assert (len(one.marks), len(one.rows)) == (figures.MOST, 60)
    assert "s0" not in {mark.name for mark in one.marks}
    assert "the CSV has all" in one.about


def test_bars_of_parts_add_up_and_are_the_counts() -> None:
    for key in ("wins-and-losses", "approval-by-channel"):
        for mark, row in zip(drawn()[key].marks, drawn()[key].rows, strict=True):
            assert sum(mark.parts) == pytest.approx(100, abs=0.1)
            assert mark.name == row[0]
    assert drawn()["wins-and-losses"].rows == (("elsewhere", 0, 2, 0), ("writer-1", 3, 0, 1))
    assert drawn()["approval-by-channel"].rows[0][:5] == ("email", 6, 2, 2, 0.8)


def test_reliability_says_how_many_were_right_and_left_out() -> None:
    one = drawn()["reliability"]
    assert one.rows[0][:4] == (0.635, 2, 1, 0.5)
    assert "right 67 % (25 to 92 %) of 3 pairs" in one.about
    assert "4 shown texts are left out" in one.about


def test_weeks_run_from_left_to_right() -> None:
    assert [(mark.name, mark.across, mark.at) for mark in drawn()["edit-distance"].marks] == [
        ("2026-W47", 0.0, 10), ("2026-W48", 1.0, 4)
    ]  # fmt: skip


@pytest.mark.parametrize("key", sorted(drawn()))
def test_each_is_drawn_with_its_words_and_no_template_syntax_is_left(key: str) -> None:
    one = drawn()[key]
    markup = render("figure", figure=one)
    assert one.title in markup
    assert not set("{}$`") & set(markup)
    assert (f'download="{key}.csv"' in markup) == bool(one.rows)


def test_an_empty_one_says_what_to_do_and_has_no_file() -> None:
    for one in (*figures.outcomes(Earned()), *figures.decisions(Reviewed())):
        markup = render("figure", figure=one)
        assert one.empty
        assert "plot-empty" in markup
        assert "download" not in markup
