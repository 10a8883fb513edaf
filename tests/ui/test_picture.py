"""The picture: valid SVG whatever the words are, boxes that stand apart, every node in reach of the keyboard."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import nouns
from tests.ui.test_lineage import KNOWN, label, person
from ui.lineage import lineage
from ui.picture import MARGIN, svg

SVG = "{http://www.w3.org/2000/svg}"
BOTH = pytest.mark.parametrize("narrow", [True, False])
words = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=400)


def boxes(root: ET.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each node's box."""
    found = [[float(rect.get(name, "")) for name in ("x", "y", "width", "height")] for rect in root.iter(f"{SVG}rect")]
    return [(x, y, x + width, y + height) for x, y, width, height in found]


@BOTH
@given(text=words, reason=words)
def test_any_words_make_valid_svg_with_no_element_of_theirs(narrow: bool, text: str, reason: str) -> None:
    told = label(variant=nouns.variant(id=12, fields={"subject": text}), decisions=(nouns.word(12, reason=reason),))
    drawn = svg(lineage(told, {}), narrow=narrow)
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(drawn).iter()}
    assert tags == {"svg", "g", "a", "path", "rect", "text"} - {"a"}


@BOTH
def test_no_two_boxes_overlap_and_all_lie_within(narrow: bool) -> None:
    for told in (label(), person()):
        root = ET.fromstring(svg(lineage(told, {KNOWN.id: KNOWN}), narrow=narrow))
        _, _, width, height = map(float, root.get("viewBox", "").split())
        found = boxes(root)
        for number, (left, top, right, bottom) in enumerate(found):
            assert MARGIN <= left < right <= width - MARGIN + 0.5
            assert 0 < top < bottom < height
            for other in found[number + 1 :]:
                assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_each_node_is_reached_by_keyboard_and_named_with_all_its_facts() -> None:
    found = lineage(person(), {})
    root = ET.fromstring(svg(found))
    named = {element.get("data-key"): element for element in root.iter() if element.get("data-key")}
    assert set(named) == {node.key for node in found.nodes}
    for node in found.nodes:
        assert named[node.key].get("aria-label") == node.spoken
        assert named[node.key].get("tabindex") == "0" or named[node.key].get("href") == "?variant=12#label"


def test_alone_it_brings_its_looks_and_has_no_links() -> None:
    drawn = svg(lineage(person(), {}), alone=True)
    assert "<style>" in drawn
    assert "href" not in drawn
    assert "<style>" not in svg(lineage(person(), {}))
    assert drawn == svg(lineage(person(), {}), alone=True)
