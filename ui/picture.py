"""A lineage drawn as SVG: no script and no library, each node in reach of the keyboard with its facts as its name."""

import textwrap
from dataclasses import dataclass
from html import escape

from ui.lineage import Lineage, Node
from ui.page import visible

WIDE, NARROW = 900, 350  # units; those of the narrow one are a phone's pixels
MARGIN, GAP, PAD = 18, 34, 12
LINE = {"kind": 15, "title": 20, "fact": 16}  # heights
WIDTH = {"title": 8.0, "fact": 7.3}  # of a character, on the wide side so that no line leaves its box
MOST = 5  # lines of one title or one fact; the rest is in the node's name

STYLE = """
svg{background:#fff;font-family:system-ui,sans-serif;color:#1b1f23}
.lineage-box{fill:#fbfbfb;stroke:#c9ced3}.lineage-lacking .lineage-box{stroke-dasharray:5 4;fill:none}
.lineage-main .lineage-box{stroke:#0b6e69;stroke-width:2;fill:#e2f1f0}
.lineage-kind{font-size:11px;fill:#5d6670}.lineage-title{font-size:15px;font-weight:600;fill:#1b1f23}
.lineage-fact{font-size:12px;fill:#40546b}.lineage-edge{fill:none;stroke:#98a1a9;stroke-width:1.5}
.lineage-tip{fill:#98a1a9}
"""


@dataclass(frozen=True)
class Box:
    """Where a node stands, in the picture's units, and what is written in it."""

    node: Node
    row: int
    x: float
    y: float
    width: float
    lines: tuple[tuple[str, str], ...]
    """(kind, title or fact; text) of each line."""

    @property
    def height(self) -> float:
        """As high as its lines."""
        return 2 * PAD + sum(LINE[kind] for kind, _ in self.lines)


def svg(lineage: Lineage, *, narrow: bool = False, alone: bool = False) -> str:
    """The picture as one SVG element; two columns, or one where it is to be `narrow`.

    Its looks come from the page it stands in, or, where it is to stand `alone` in a file, from itself. The same lineage
    is the same text. Every word is escaped.
    """
    boxes, width = (_stacked(lineage), NARROW) if narrow else (_beside(lineage), WIDE)
    height = max(box.y + box.height for box in boxes.values()) + MARGIN
    name = escape(visible(f"Where {lineage.variant.kind.lower()} came from, and what came of it"))
    parts = [f"<style>{STYLE}</style>"] if alone else []
    parts += [_edge(boxes[one], boxes[other], width) for one, other in lineage.edges]
    parts += [_drawn(boxes[node.key], linked=not alone) for node in lineage.nodes]
    kind = "lineage-narrow" if narrow else "lineage-wide"
    size = f'viewBox="0 0 {width} {height:.0f}" width="{width}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="lineage {kind}" role="group" aria-label="{name}" {size}>'
    return head + "".join(parts) + "</svg>"


def _stacked(lineage: Lineage) -> dict[str, Box]:
    """One node under the other, in order of reading."""
    boxes, y = {}, float(MARGIN)
    for row, node in enumerate(lineage.nodes):
        boxes[node.key] = box = _box(node, row, MARGIN, y, NARROW - 2 * MARGIN)
        y += box.height + GAP * 0.7
    return boxes


def _beside(lineage: Lineage) -> dict[str, Box]:
    """Left and right beside each other above the variant, both ending there; what came of it below."""
    rows = max(len(lineage.left), len(lineage.right))
    columns = [[None] * (rows - len(side)) + list(side) for side in (lineage.left, lineage.right)]
    above = [tuple(zip(*columns, strict=True))[row] for row in range(rows)]
    boxes: dict[str, Box] = {}
    y = float(MARGIN)
    for number, row in enumerate((*above, (lineage.variant,), *lineage.after)):
        y = _laid(row, number, y, boxes) + GAP
    return boxes


def _laid(nodes: tuple[Node | None, ...], row: int, y: float, boxes: dict[str, Box]) -> float:
    """Put the nodes of one row into `boxes`; gives where the row ends."""
    column = (WIDE - 2 * MARGIN - GAP) / 2
    width = WIDE - 2 * MARGIN if len(nodes) == 1 else column
    end = y
    for number, node in enumerate(nodes):
        if node is not None:
            boxes[node.key] = box = _box(node, row, MARGIN + number * (column + GAP), y, width)
            end = max(end, y + box.height)
    return end


def _box(node: Node, row: int, x: float, y: float, width: float) -> Box:
    inner = width - 2 * PAD
    facts = [f"{name}: {value}" if name else value for name, value in node.facts]
    lines = [("kind", node.kind), *(("title", line) for line in _wrapped(node.title, inner / WIDTH["title"]))]
    lines += [("fact", line) for fact in facts for line in _wrapped(fact, inner / WIDTH["fact"])]
    return Box(node, row, x, y, width, tuple(lines))


def _wrapped(text: str, width: float) -> list[str]:
    return textwrap.wrap(visible(text), int(width), max_lines=MOST, placeholder=" ...") or [""]


def _drawn(box: Box, *, linked: bool) -> str:
    node = box.node
    kinds = " lineage-lacking" * node.lacking + " lineage-main" * (node.key == "variant")
    y, texts = box.y + PAD, []
    for kind, line in box.lines:
        at = f'x="{box.x + PAD:.0f}" y="{y + LINE[kind] - 4:.0f}"'
        texts.append(f'<text class="lineage-{kind}" {at}>{escape(line)}</text>')
        y += LINE[kind]
    size = f'width="{box.width:.0f}" height="{box.height:.0f}"'
    shape = f'<rect class="lineage-box" x="{box.x:.0f}" y="{box.y:.0f}" {size} rx="8"/>'
    inside = f'<g aria-hidden="true">{shape}{"".join(texts)}</g>'
    name = f'class="lineage-node{kinds}" data-key="{node.key}" aria-label="{escape(visible(node.spoken))}"'
    if linked and node.variant_id is not None:
        return f'<a {name} href="?variant={node.variant_id}#label">{inside}</a>'
    return f'<g {name} role="img" tabindex="0">{inside}</g>'


def _edge(one: Box, other: Box, width: float) -> str:
    """A line from one to the other: across, down to the next row, or along the rim past what stands between them."""
    if other.row == one.row:
        y = one.y + min(one.height, other.height) / 2
        return _line(f"M{one.x + one.width:.0f} {y:.0f}H{other.x:.0f}", (other.x, y, "right"))
    if other.row == one.row + 1:
        return _down(one, other)
    left = one.x < width / 2
    rim, step = (MARGIN / 2, 0.0) if left else (width - MARGIN / 2, 1.0)
    side, into = one.x + step * one.width, other.x + step * other.width
    high, low = one.y + one.height / 2, other.y + other.height / 2
    path = f"M{side:.0f} {high:.0f}H{rim:.0f}V{low:.0f}H{into:.0f}"
    return _line(path, (into, low, "right" if left else "left"))


def _down(one: Box, other: Box) -> str:
    """From the foot of one to the head of the other, as nearly straight down as their widths let it."""
    foot, head = one.y + one.height, other.y
    start = min(max(other.x + other.width / 2, one.x + 2 * PAD), one.x + one.width - 2 * PAD)
    if one.width < other.width:
        start = one.x + one.width / 2
    end = min(max(start, other.x + 2 * PAD), other.x + other.width - 2 * PAD)
    middle = (foot + head) / 2
    curve = f"M{start:.0f} {foot:.0f}C{start:.0f} {middle:.0f} {end:.0f} {middle:.0f} {end:.0f} {head:.0f}"
    return _line(curve, (end, head, "down"))


def _line(path: str, tip: tuple[float, float, str]) -> str:
    x, y, way = tip
    back = {"down": "-4 -7h8z", "right": "-7 -4v8z", "left": "7 -4v8z"}[way]
    point = f'<path class="lineage-tip" d="M{x:.0f} {y:.0f}l{back}"/>'
    return f'<path class="lineage-edge" d="{path}"/>{point}'
