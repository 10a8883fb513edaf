"""The tree that prompts form when they begin alike, cut into levels that can be computed one after the other."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

WORTH = 16  # tokens that prompts must share beyond their parent before a level of their own pays


@dataclass(frozen=True)
class Level:
    """One forward pass: row `i` continues row `parents[i]` of the level before with the tokens `chunks[i]`."""

    parents: list[int]
    chunks: list[list[int]]


@dataclass
class _Node:
    rows: list[int]
    """The prompts that share what stands here."""
    chunk: list[int]
    children: list["_Node"] = field(default_factory=list)


def levels(prompts: Sequence[Sequence[int]]) -> list[Level]:
    """Cut prompts (token ids, none empty) into levels; the last has one row a prompt, in their order.

    Joined along its parents, each row gives its prompt. The last level has each prompt's last token, since that is
    where its logits come from; so prompts that are the same share all but that.
    """
    nodes = [_node(prompts, list(range(len(prompts))), 0)]
    found = [Level([0], [nodes[0].chunk])]
    while any(node.children for node in nodes):
        below = [
            (place, child) for place, node in enumerate(nodes) for child in node.children or [_Node(node.rows, [])]
        ]
        found.append(Level([place for place, _ in below], [child.chunk for _, child in below]))
        nodes = [child for _, child in below]
    place = {row: index for index, node in enumerate(nodes) for row in node.rows}
    return [*found, Level([place[row] for row in range(len(prompts))], [[prompt[-1]] for prompt in prompts])]


def _node(prompts: Sequence[Sequence[int]], rows: list[int], start: int) -> _Node:
    """The node of `rows` from `start`: as far as they agree, and below it a node for each way in which they go on."""
    end = _agree(prompts, rows)
    node = _Node(rows, list(prompts[rows[0]][start:end]))
    ways: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for row in rows:
        ways[tuple(prompts[row][end : end + WORTH])].append(row)
    if any(len(prompts[row]) - 1 > end for row in rows):
        node.children = [_node(prompts, way, end) for way in ways.values()]
    return node


def _agree(prompts: Sequence[Sequence[int]], rows: list[int]) -> int:
    """How many first tokens all rows share, not counting the last token of any."""
    first, *others = (prompts[row] for row in rows)
    length = min(len(prompts[row]) for row in rows) - 1
    for other in others:
        length = next((i for i in range(length) if first[i] != other[i]), length)
    return length
