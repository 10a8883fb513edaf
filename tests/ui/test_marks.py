"""Cutting a text into pieces."""

from hypothesis import given
from hypothesis import strategies as st

from store.finding import Finding, Severity
from ui.marks import Piece, pieces


def finding(start: int, end: int, severity: Severity = Severity.WARN) -> Finding:
    return Finding(code="c", severity=severity, field="subject", start=start, end=end, message=f"{start} to {end}")


findings = st.lists(st.builds(finding, st.integers(0, 40), st.integers(0, 40), st.sampled_from(Severity)), max_size=5)


@given(st.text(max_size=30), findings, st.none() | st.integers(0, 40))
def test_pieces_join_to_the_text_and_each_character_bears_its_findings(
    text: str, found: list[Finding], shown: int | None
) -> None:
    cut = pieces(text, found, shown)
    assert "".join(piece.text for piece in cut) == text
    spread = [piece for piece in cut for _ in piece.text]
    for place, piece in enumerate(spread):
        assert set(piece.messages) == {one.message for one in found if one.start <= place < one.end}
        assert piece.cut == (shown is not None and place >= shown)


def test_the_gravest_of_two_findings_at_one_place_colours_it() -> None:
    cut = pieces("Save 25% now", [finding(5, 8), finding(0, 8, Severity.BLOCK)], 9)
    assert cut == [
        Piece("Save ", Severity.BLOCK, ("0 to 8",), False),
        Piece("25%", Severity.BLOCK, ("5 to 8", "0 to 8"), False),
        Piece(" ", None, (), False),
        Piece("now", None, (), True),
    ]
