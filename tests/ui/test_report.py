"""The report and the tables: whole, self-contained, and with every text in them as text."""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from store import campaigns, variants
from store.angle import Angle
from store.brief import Brief
from store.campaign import Campaign
from store.database import Database, open_database
from store.finding import APPROVAL, HELD_BACK, Finding, Severity
from store.score import Score, WordEffect
from store.segment import Segment
from store.settings import Settings
from store.states import State
from store.variant import Variant
from store.variants import Row
from ui import plots, report, tables
from ui.plain import one_line, percent, score_line, visible

NASTY = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %} ${x}",
    "[bold]loud[/bold] [Name] [/]",
    "</style></title><img src=x onerror=alert(1)> & &amp;",
    'a" onmouseover="alert(1)',
    "שלום עולם",
]
ACTED_ON = ["\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "left\u202eright", "a\x00b", "a\rb", "\u2066x\u2069", "\x9b2J"]
BRIEF = Brief(
    name="Winter rounds",
    brand="Chapter Round",
    product="Books brought home",
    facts=("Four readers a month", "Training is one evening"),
    offer="The fund doubles gifts",
    call_to_action="Choose how to help",
    segments=(Segment(name="Readers", cares_about="Books"), Segment(name="Givers", cares_about="Money")),
    channels=("email", "web_headline"),
)
CAMPAIGN = Campaign(
    id=3, brief_key=BRIEF.key, name="x", seed=0, writer="w", scorer="s", asked=9, written=8, parsed=7, author="me"
)


def a_score(log_odds: float = 0.1, width: float = 0.3) -> Score:
    """A score with its interval."""
    words = (WordEffect(word="books", effect=0.05),)
    low, high = log_odds - width, log_odds + width
    return Score(log_odds=log_odds, low=low, high=high, chance_to_beat_field=0.6, words=words, checkpoint="s")


def a_row(id: int = 1, *, text: str = "Fresh books", findings: tuple[Finding, ...] = (), **changes: object) -> Row:  # noqa: A002
    """A variant of the first segment for email, pending and scored."""
    angle = Angle(claims=(BRIEF.facts[0],), relevance=0.5, reason="It is near.")
    values = {
        "id": id,
        "segment": "Readers",
        "channel": "email",
        "angle": angle,
        "checkpoint": "w",
        "state": State.PENDING,
    }
    variant = Variant.model_validate({**values, "fields": {"subject": text}, **changes})
    score = a_score() if variant.state is State.PENDING else None
    return Row(variant=variant, findings=findings, score=score, decision=None, fields=variant.fields)


class Page(HTMLParser):
    """What a browser would make of a page: its text, and each element's name and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def page(*rows: Row, brief: Brief = BRIEF) -> Page:
    """The report of these rows, as a browser reads it."""
    return Page(report.render(CAMPAIGN, brief, rows, {}))


def printed(*rows: Row) -> str:
    """The ranked table of these rows, as a wide terminal shows it."""
    out = io.StringIO()
    console = Console(
        file=out, width=400, markup=False, emoji=False, highlight=False, force_terminal=True, color_system=None
    )
    console.print(tables.ranked("Readers", "email", rows))
    return out.getvalue()


def printed_list(*rows: Row) -> str:
    """The list of these rows, as a wide terminal shows it."""
    out = io.StringIO()
    Console(file=out, width=400, markup=False, emoji=False, highlight=False).print(tables.variants(rows))
    return out.getvalue()


def everywhere(text: str) -> Page:
    """A report that has `text` in every place that a text can stand in."""
    finding = Finding(code="odd", severity=Severity.BLOCK, field="subject", start=0, end=2, message=f"Why: {text}")
    blocked = a_row(1, text=text, findings=(finding,), state=State.BLOCKED, segment=text)
    changed = {"name": text, "product": text, "facts": (text,), "segments": (Segment(name=text, cares_about="x"),)}
    unread = a_row(2, fields={}, raw=text, state=State.BLOCKED, segment=text)
    shown = a_row(3, text=text, segment=text, angle=Angle(claims=(text,), relevance=0, reason=text))
    return page(blocked, unread, shown, brief=BRIEF.model_copy(update=changed))


@pytest.mark.parametrize("text", NASTY)
def test_markup_of_any_kind_comes_out_as_text(text: str) -> None:
    plain, shown = everywhere("Fresh books"), everywhere(text)
    assert shown.text.count(text) == plain.text.count("Fresh books") > 10
    assert [(tag, sorted(names)) for tag, names in shown.elements] == [
        (tag, sorted(names)) for tag, names in plain.elements
    ]
    assert text in printed(a_row(text=text))


@pytest.mark.parametrize("text", ACTED_ON)
def test_what_a_terminal_acts_on_is_spelt_out(text: str) -> None:
    row = a_row(text=text)
    bad = set(text) - set("ableftrighd[]31m0;tiJ2x \n")
    for shown in (printed(row), page(row).text, report.render(CAMPAIGN, BRIEF, [row], {})):
        assert not bad & set(shown)
        shown.encode("utf-8")
    assert one_line(text) in page(row).text
    assert one_line(text) in printed(row)


@given(st.text())
@settings(max_examples=40, deadline=None)
def test_any_text_survives_the_report(text: str) -> None:
    row = a_row(text=text)
    assert visible(row.fields["subject"]) in page(row).text


@given(st.text(st.characters(exclude_categories=())))
def test_visible_leaves_nothing_to_act_on(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]", visible(text)
    )
    assert "\n" not in one_line(text)


def test_the_report_needs_nothing_else() -> None:
    html = report.render(CAMPAIGN, BRIEF, [a_row()], {})
    elements = Page(html).elements
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in elements}
    assert not any({"src", "href"} & attributes.keys() for _, attributes in elements)
    assert not re.search(r"url\(|@import|https?://", html)


def test_findings_are_marked_at_their_words() -> None:
    findings = (
        Finding(code="a", severity=Severity.WARN, field="subject", start=0, end=5, message="first"),
        Finding(code="b", severity=Severity.BLOCK, field="subject", start=3, end=999, message="second"),
        Finding(code="c", severity=Severity.NOTE, field="preheader", start=0, end=5, message="elsewhere"),
    )
    html = report.render(CAMPAIGN, BRIEF, [a_row(text="Fresh books", findings=findings)], {})
    assert re.findall(r'<mark title="([^"]*)"([^>]*)>([^<]*)</mark>', html) == [
        ("first", ' class="soft"', "Fre"),
        ("first / second", "", "sh"),
        ("second", "", " books"),
    ]


def test_what_was_blocked_is_there_with_the_reason() -> None:
    finding = Finding(code="too_long", severity=Severity.BLOCK, field="subject", message="It is too long.")
    shown = page(a_row(1), a_row(2, text="Kept back", findings=(finding,), state=State.BLOCKED))
    assert "1 blocked of 2" in shown.text
    assert "too_long 1" in shown.text
    assert "It is too long." in shown.text
    assert "Kept back" in shown.text
    table = printed(a_row(1), a_row(2, text="Kept back", findings=(finding,), state=State.BLOCKED))
    assert "+11 % (-18 % to +49 %)" in table
    assert "Kept back" not in table
    assert "1 blocked" in table
    listed = printed_list(a_row(2, findings=(finding,), state=State.BLOCKED))
    assert "too_long: It is too long." in listed


def test_what_was_held_back_is_there_with_the_reason_and_counted_apart() -> None:
    why = Finding(code=HELD_BACK, severity=Severity.NOTE, field="", message="opens with the words of variant 1")
    chance = Finding(code=APPROVAL, severity=Severity.NOTE, field="", message="61 % likely to be approved")
    held = a_row(2, text="Kept back", findings=(chance, why), state=State.RESERVE)
    shown = page(a_row(1, findings=(chance,)), held, a_row(3, state=State.BLOCKED))
    assert "1 held back of 3" in shown.text
    assert "Kept back" in shown.text
    assert "opens with the words of variant 1" in shown.text
    assert "1up for review" in shown.text
    assert "1held back" in shown.text
    assert ("details", {}) in shown.elements
    table = printed(a_row(1), held, a_row(4, state=State.DRAFT))
    assert "Kept back" not in table
    assert "1 held back, 1 not chosen from yet" in table
    assert "held_back: opens with the words of variant 1" in printed_list(held)
    assert "61 %" not in printed_list(held)


def test_what_was_chosen_is_no_finding_of_the_checks_and_only_what_is_shown_covers_a_claim() -> None:
    note = Finding(code=HELD_BACK, severity=Severity.NOTE, field="", message="x")
    held = a_row(2, findings=(note,), state=State.RESERVE)
    assert plots.bars([held]) == []
    shown = page(a_row(1), held)
    other = a_row(2, state=State.RESERVE, angle=Angle(claims=(BRIEF.facts[1],), relevance=0, reason="x"))
    carried = [attributes["class"] for tag, attributes in page(a_row(1), other).elements if tag == "td" and attributes]
    assert [words != "count none" for words in carried].count(True) == 1
    assert "Nothing." in shown.text


def test_an_answer_that_could_not_be_read_is_shown_as_it_came() -> None:
    row = a_row(fields={}, raw="Sure! <b>Here</b>", state=State.BLOCKED)
    assert "Sure! <b>Here</b>" in page(row).text
    assert "Sure! <b>Here</b>" in printed_list(row)


def test_a_campaign_without_variants_has_a_report() -> None:
    assert "Nothing." in page().text


def test_segments_stand_in_the_briefs_order() -> None:
    rows = [a_row(1, segment="Givers"), a_row(2, channel="web_headline"), a_row(3)]
    found = report.panels(BRIEF, rows)
    assert {name: [panel.channel for panel in places] for name, places in found.items()} == {
        "Readers": ["email", "web_headline"],
        "Givers": ["email"],
    }
    assert list(found) == ["Readers", "Givers"]


def test_coverage_counts_every_claim_for_every_segment() -> None:
    rows = [a_row(1), a_row(2), a_row(3, segment="Givers"), a_row(4, angle=None)]
    found = plots.coverage(BRIEF, rows)
    assert found.counts == {BRIEF.facts[0]: (2, 1), BRIEF.facts[1]: (0, 0), BRIEF.offer: (0, 0)}
    assert found.most == 2


def test_a_variant_counts_once_a_code_at_its_worst() -> None:
    def finding(severity: Severity) -> Finding:
        return Finding(code="odd", severity=severity, field="subject", message="x")

    rows = [
        a_row(1, findings=(finding(Severity.NOTE), finding(Severity.BLOCK))),
        a_row(2, findings=(finding(Severity.WARN),)),
    ]
    (bar,) = plots.bars(rows)
    assert (bar.block, bar.warn, bar.note, bar.longest) == (1, 1, 0, 2)
    assert bar.share(1) == 50


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.001, 3))))
def test_the_axis_covers_every_interval_and_its_ticks_do_not_touch(points: list[tuple[float, float]]) -> None:
    scores = [a_score(middle, width) for middle, width in points]
    axis = plots.axis(scores)
    for score in scores:
        assert 0 <= axis.at(score.low) <= axis.at(score.log_odds) <= axis.at(score.high) <= 100
    places = [place for place, _ in axis.ticks]
    assert "0" in {label for _, label in axis.ticks}
    assert all(later - earlier >= plots.APART for earlier, later in pairwise(places))


def test_log_odds_are_told_as_changes_of_the_odds() -> None:
    assert percent(0.1) == "+11 %"
    assert percent(-0.7) == "-50 %"
    assert percent(0.001) == "0 %"
    assert score_line(a_score(0, 0.1)) == "0 % (-10 % to +11 %)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Database, int]]:
    """A database with a campaign of more variants than are read at a time, half of them scored."""
    opened = open_database(Settings(workspace=tmp_path))
    with opened.write() as session:
        campaign = campaigns.start(session, BRIEF, seed=0, writer="w", scorer="s", asked=report.PAGE + 4, author="me")
        assert campaign.id is not None
        for number in range(report.PAGE + 4):
            draft = Variant(
                campaign_id=campaign.id,
                segment="Readers",
                channel="email",
                fields={"subject": f"No. {number}."},
                checkpoint="w",
            )
            stored = variants.add(session, draft, [], None)
            if number % 2:
                variants.add_scores(session, {stored.id or 0: a_score(number / 1000)})
    yield opened, campaign.id
    opened.close()


def test_the_report_has_every_variant_best_first(store: tuple[Database, int], tmp_path: Path) -> None:
    text = report.write(*store, tmp_path / "new" / "report.html", names={"email": "E-mail"}).read_text("utf-8")
    assert len(re.findall("<circle", text)) == report.PAGE // 2 + 2 + report.SHOWN
    assert text.index(f"No. {report.PAGE + 3}.") < text.index("No. 1.")
    assert "E-mail" in text


def test_a_report_that_cannot_be_written_leaves_the_old_one(
    store: tuple[Database, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "reports" / "report.html"
    out.parent.mkdir()
    out.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        report.write(*store, out)
    assert [path.name for path in out.parent.iterdir()] == ["report.html"]
    assert out.read_text("utf-8") == "old"


def test_a_tie_and_what_cannot_be_told_are_said_and_what_can_is_not_hidden() -> None:
    def scored(*estimates: float) -> list[Row]:
        return [a_row(id)._replace(score=a_score(estimate, 0.3)) for id, estimate in enumerate(estimates, start=1)]  # noqa: A001

    close, apart = scored(0.05, 0.0, -0.05), scored(0.6, 0.0, -0.6)
    assert printed(*close).count("tie") == printed(*close).count("cannot tell") == 3
    assert (printed(*apart).count("tie"), printed(*apart).count("cannot tell"), printed(*apart).count("60%")) == (
        0,
        0,
        3,
    )
    assert "a tie" in page(*close).text.split("Predicted engagement")[1].split("What the checks")[0].split("Readers")[1]
    assert page(*close).text.count("cannot tell;") == 3
    assert "cannot tell;" not in page(*apart).text
    assert ": a tie" not in page(*apart).text
