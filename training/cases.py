"""Wins and misses of a scorer on what it has not seen, and whether the words that it names are those that count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inference.scorer import Candidate
from inference.scoring import LocalScorer, without
from inference.words import WORD
from store.score import WordEffect
from training import ranking
from training.champion import Champion, Fresh
from training.likelihood import counts
from training.pooling import placed
from training.results import Group

WORDS = 2  # deleted together
TEXTS = 100  # on which deletion is tried


@dataclass(frozen=True)
class Case:
    """Two texts of one test that differ by p < 0.05, and what the scorer made of them."""

    test: str
    chosen: str
    """The text with the better score."""
    other: str
    chance: float
    """That the chosen one is seen to earn more, as predicted: over 0.5."""
    ratio: float
    """Click-through of the chosen one over the other's, as seen."""
    chosen_words: tuple[WordEffect, ...]
    other_words: tuple[WordEffect, ...]

    @property
    def right(self) -> bool:
        """Whether it did earn more."""
        return self.ratio > 1


class Deletion(NamedTuple):
    """How far a text's score moves, as a mean of absolute log-odds, when `WORDS` of its words are deleted."""

    deletion_texts: float
    deletion_top: float
    """Those that the scorer names first."""
    deletion_random: float
    """As many others, drawn by lot."""
    deletion_won: float
    """Share of the texts in which the named ones move it more."""


def find(champion: Champion, scorer: LocalScorer, fresh: Fresh, count: int) -> list[Case]:
    """The `count` wins and the `count` misses that the scorer was surest of, each of another cluster, surest first.

    `scorer` is the champion with its words.
    """
    data = counts(fresh.results, fresh.rows)
    duels = ranking.duels(champion.head, *placed(fresh.matrix, data, champion.head.deviations))
    first, second, _, _ = ranking.observed(data)
    start = np.searchsorted(data.group, duels.group)
    members = np.stack([first - start, second - start], axis=1)  # of the group, by the order of its texts
    return [
        _case(scorer, fresh.results.groups[duels.group[number]], members[number], float(duels.chance[number]))
        for number in _surest(duels, fresh, count)
    ]


def _surest(duels: ranking.Duels, fresh: Fresh, count: int) -> list[int]:
    """Which duels: of those that differ by p < 0.05."""
    left, met, found = {True: count, False: count}, set(), []
    for number in np.argsort(-np.abs(duels.chance - 0.5), kind="stable").tolist():
        right = bool(duels.right[number])
        place = right, fresh.results.groups[duels.group[number]].cluster
        if duels.significant[number] and left[right] and place not in met:
            met.add(place)
            left[right] -= 1
            found.append(number)
    return found


def _case(scorer: LocalScorer, group: Group, members: Sequence[int], chance: float) -> Case:
    """What the scorer made of these two texts of a group; `chance` is the first one's."""
    chosen, other = members if chance > 0.5 else members[::-1]
    rates = [clicks / shown for clicks, shown in zip(group.clicks, group.impressions, strict=True)]
    field = [Candidate(group.texts[one], group.segment, group.channel) for one in (chosen, other)]
    words = [score.words for score in scorer.score(field)]
    ratio = rates[chosen] / rates[other] if rates[other] else float("inf")
    return Case(group.test, field[0].text, field[1].text, max(chance, 1 - chance), ratio, words[0], words[1])


def deletion(scorer: LocalScorer, texts: Sequence[str], seed: int = 0) -> Deletion:
    """Delete the words that are named first, and as many others by lot, from `TEXTS` of the texts by lot.

    Texts with fewer than `WORDS` others are left out.
    """
    draw = np.random.default_rng(seed)
    moved = []
    for text in (texts[place] for place in draw.permutation(len(texts))[:TEXTS]):
        top = [one.word for one in scorer.score([Candidate(text)])[0].words[:WORDS]]
        rest = sorted(set(WORD.findall(text)) - set(top))
        if len(top) == WORDS and len(rest) >= WORDS:
            lot = [rest[place] for place in draw.permutation(len(rest))[:WORDS]]
            whole, *cut = scorer.values([text, _cut(text, top), _cut(text, lot)])
            moved.append([abs(whole - one) for one in cut])
    table = np.array(moved).reshape(-1, 2)
    if not len(table):
        return Deletion(0, 0, 0, 0)
    named, drawn = table.T
    return Deletion(len(table), float(named.mean()), float(drawn.mean()), float((named > drawn).mean()))


def _cut(text: str, words: Sequence[str]) -> str:
    for word in words:
        text = without(text, word)
    return text
