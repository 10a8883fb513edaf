"""Good copy spoiled in known ways: failures in the corpus's own style, so that a model must learn what is wrong.

A writer's own failures differ from the corpus in style as well as in sense, and style is the easier to learn. Beside
them these say: well written is not enough, if it is not what was asked for.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from inference.checks.terms import listed
from prompts.channels import catalogue
from training.judged import SPOILED, Judged

Fields = dict[str, str]
Others = Sequence[Judged]
Spoiler = Callable[[Judged, Others, random.Random], Fields | None]


def spoil(examples: Sequence[Judged], seed: int = 0) -> list[Judged]:
    """One failure for each good example, the ways taken in turn; an example that no way fits gives none.

    The same examples and seed give the same failures. Order: the examples'.
    """
    draw = random.Random(f"spoil {seed}")  # noqa: S311 - not secrets
    by_place: Mapping[tuple[str, str], list[Judged]] = defaultdict(list)
    good = [example for example in examples if example.good and example.variant.angle]
    for example in good:
        by_place[example.group, example.variant.channel].append(example)
    ways = list(WAYS)
    found = []
    for number, example in enumerate(good):
        others = by_place[example.group, example.variant.channel]
        for turn in range(len(ways)):
            way = ways[(number + turn) % len(ways)]
            fields = WAYS[way](example, others, draw)
            if fields is not None and fields != example.variant.fields:
                variant = example.variant.model_copy(update={"fields": fields, "checkpoint": f"{SPOILED}-{way}"})
                found.append(Judged(brief=example.brief, variant=variant, good=False))
                break
    return found


def says_another(example: Judged, others: Others, draw: random.Random) -> Fields | None:
    """The copy of the same brand and channel that carries other claims."""
    other = _other(example, others, draw)
    return dict(other.variant.fields) if other else None


def ends_with_another(example: Judged, others: Others, draw: random.Random) -> Fields | None:
    """The last field says another claim, so that it does not follow."""
    other, fields = _other(example, others, draw), dict(example.variant.fields)
    last = list(fields)[-1]
    if other is None or len(fields) < 2 or last not in other.variant.fields:
        return None
    return {**fields, last: other.variant.fields[last]}


def recites(example: Judged, _: Others, __: random.Random) -> Fields | None:
    """The claim word for word in every field, as far as it has room."""
    return {key: _fitted(_claim(example), room) for key, room in _aims(example).items()}


def recites_at_the_end(example: Judged, _: Others, __: random.Random) -> Fields | None:
    """The claim word for word in the last field."""
    aims = _aims(example)
    return {**example.variant.fields, list(aims)[-1]: _fitted(_claim(example), list(aims.values())[-1])}


def is_worn(example: Judged, _: Others, draw: random.Random) -> Fields | None:
    """A worn phrase before a field's own words."""
    phrases = listed(example.brief.language, "cliches")
    key = draw.choice(list(example.variant.fields))
    text = example.variant.fields[key]
    return {**example.variant.fields, key: f"{draw.choice(phrases).capitalize()} {text[:1].lower()}{text[1:]}"}


def breaks_off(example: Judged, _: Others, draw: random.Random) -> Fields | None:
    """The longest field ends in the middle of a sentence."""
    key = max(example.variant.fields, key=lambda name: len(example.variant.fields[name]))
    said = example.variant.fields[key].split()
    return {**example.variant.fields, key: " ".join(said[: draw.randint(2, max(2, len(said) - 2))]).rstrip(",.;:")}


def recites_the_readers(example: Judged, _: Others, __: random.Random) -> Fields | None:
    """What the readers care about, recited as if it were a claim."""
    cares = example.brief.segment(example.variant.segment).cares_about
    aims = _aims(example)
    return {**example.variant.fields, list(aims)[-1]: _fitted(cares, list(aims.values())[-1])}


def misbinds(example: Judged, _: Others, draw: random.Random) -> Fields | None:
    """A figure of the text replaced by another figure of the brief."""
    text = "\n".join(example.variant.fields.values())
    said = sorted(set(_FIGURE.findall(text)))
    others = sorted(set(_FIGURE.findall(" ".join(example.brief.claims))) - set(said))
    if not said or not others:
        return None
    old, new = draw.choice(said), draw.choice(others)
    whole = re.compile(rf"(?<![\d.,:]){re.escape(old)}(?!\d|[.,:]\d)")
    return {key: whole.sub(new, value) for key, value in example.variant.fields.items()}


WAYS: dict[str, Spoiler] = {
    "says_another": says_another,
    "ends_with_another": ends_with_another,
    "recites": recites,
    "recites_at_the_end": recites_at_the_end,
    "is_worn": is_worn,
    "breaks_off": breaks_off,
    "recites_the_readers": recites_the_readers,
    "misbinds": misbinds,
}

_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")


def _claims(example: Judged) -> tuple[str, ...]:
    return example.variant.angle.claims if example.variant.angle else ()


def _claim(example: Judged) -> str:
    return ". ".join(_claims(example))


def _other(example: Judged, others: Others, draw: random.Random) -> Judged | None:
    """A random one that shares no claim."""
    fit = [other for other in others if not set(_claims(other)) & set(_claims(example))]
    return draw.choice(fit) if fit else None


def _aims(example: Judged) -> dict[str, int]:
    """The length asked for of each field; its own length where the channel is not a built-in one."""
    channel = catalogue().get(example.variant.channel)
    allowed = channel.allowed if channel else {}
    return {key: allowed[key].aim if key in allowed else len(text) for key, text in example.variant.fields.items()}


def _fitted(text: str, room: int) -> str:
    """As many whole words as fit."""
    said = ""
    for word in text.split():
        if said and len(said) + 1 + len(word) > room:
            break
        said = f"{said} {word}".strip()
    return said[:1].upper() + said[1:]
