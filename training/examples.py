"""The noun `Example`: a prompt and the answer to be learnt, or to be preferred; from corpus, store and files."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import NormalDist
from typing import Any

from inference.parsing import parse
from prompts import channels
from prompts.render import format_hash, render, without_shots
from store.angle import Angle
from store.errors import InputError, Problem
from store.prompt import Message, Prompt
from training import corpus
from training.corpus import CorpusRow, Split

PARCEL = 4  # channels of one brief that are drawn together
CARRIED = "Carried by the corpus row."


@dataclass(frozen=True)
class Example:
    """One prompt of the trained format and its answer."""

    id: str
    """A corpus row's id, or `variant:12`."""
    prompt: Prompt
    fields: Mapping[str, str]
    brief: str
    """Names the brief: examples of one brief share the beginning of their prompt, and more within a channel."""
    channel: str
    rejected: Mapping[str, str] | None = None
    """The answer that `fields` is preferred to, in preference training."""
    weight: float = 1.0
    """How sure that is, 0 to 1."""
    claims: tuple[str, ...] = ()
    """What the answer is to say, where it is known."""


def of_corpus(split: Split, languages: Sequence[str] = ()) -> list[Example]:
    """The house corpus' rows of one side of the split, and of these languages where any is named."""
    return _of_corpus(corpus.rows(split), languages)


def of_plain(split: Split, languages: Sequence[str] = ()) -> list[Example]:
    """The corpus' plain rows, in the same way."""
    return _of_corpus(corpus.plain(split), languages)


def of_verdicts(split: Split, languages: Sequence[str] = ()) -> list[Example]:
    """Writers' own failures for the corpus' brands, each with what an editor made of it preferred to it."""
    mended = {row.id: row.mended for row in corpus.verdicts(split) if row.mended}
    failures = _of_corpus([row for row in corpus.verdicts(split) if row.id in mended], languages)
    return [replace(one, fields=_in_order(mended[one.id], one.prompt), rejected=one.fields) for one in failures]


def _of_corpus(rows: Iterable[CorpusRow], languages: Sequence[str]) -> list[Example]:
    catalogue, briefs = channels.catalogue(), corpus.briefs()
    found = []
    for row in rows:
        brief, channel = briefs[row.brief].brief, catalogue[row.channel]
        if not languages or brief.language in languages:
            angle = Angle(claims=row.angle, relevance=0.0, reason=CARRIED)
            prompt = render(brief, channel, brief.segment(row.segment), angle, shots=False)
            fields = _in_order(row.fields, prompt)
            found.append(Example(row.id, prompt, fields, row.brief, row.channel, claims=row.angle))
    return found


def _in_order(fields: Mapping[str, str], prompt: Prompt) -> dict[str, str]:
    """What the prompt asks for, in its order."""
    return {key: fields[key] for key in prompt.keys}


def of_rows(rows: Iterable[Mapping[str, Any]], left_out: Counter[str]) -> Iterator[Example]:
    """Fine-tuning rows (see `training.dataset`) as examples. `left_out` counts those that cannot be learnt from."""
    for row in rows:
        prompt, fields = _asked(row, row["completion"])
        if _usable(prompt, [fields], left_out):
            yield Example(f"variant:{row['variant_id']}", prompt, fields or {}, row["brief"], row["channel"])


def of_pairs(rows: Iterable[Mapping[str, Any]], left_out: Counter[str]) -> Iterator[Example]:
    """Preference rows (see `training.dataset`) as examples; a test's pair weighs by how sure its difference is."""
    for row in rows:
        prompt, fields = _asked(row, row["chosen"])
        rejected = parse(row["rejected"], prompt.keys)
        if _usable(prompt, [fields, rejected], left_out):
            place = (row["brief"], row["channel"])
            name = f"variant:{row['chosen_id']}"
            yield Example(name, prompt, fields or {}, *place, rejected=rejected, weight=_sureness(row))


def _asked(row: Mapping[str, Any], answer: str) -> tuple[Prompt, dict[str, str] | None]:
    """The prompt in the trained format, and the fields of its answer; None where they cannot be read."""
    messages = tuple(Message(role=m["role"], content=m["content"]) for m in row["prompt"])
    keys = tuple(dict.fromkeys(line.partition(":")[0] for line in answer.splitlines()))
    prompt = Prompt(messages=messages, keys=keys, aims=(0,) * len(keys), format_hash=row["format_hash"])
    return without_shots(prompt), parse(answer, keys)


def _usable(prompt: Prompt, answers: Sequence[Mapping[str, str] | None], left_out: Counter[str]) -> bool:
    readable, ours = all(answers), prompt.format_hash == format_hash(shots=False)
    left_out["unreadable"] += not readable
    left_out["other_prompt_format"] += readable and not ours
    return readable and ours


def _sureness(row: Mapping[str, Any]) -> float:
    """For a test, the chance that the chosen text is the better one, from even (0) to certain (1); else the margin."""
    margin = float(row["margin"])
    return 2 * NormalDist().cdf(margin) - 1 if row["source"] == "test" else min(1.0, margin)


def of_file(path: Path, left_out: Counter[str]) -> list[Example]:
    """The examples in a `finetuning.jsonl` or `preference.jsonl` of `glasbruk export training`.

    Raises InputError naming file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8"
        raise InputError(Problem("", f"cannot be read: {reason}"), source=path) from None
    found: list[Example] = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line) if line.strip() else None
            if row:
                found += of_pairs([row], left_out) if "chosen" in row else of_rows([row], left_out)
        except (ValueError, KeyError, TypeError) as error:
            message = f"is no training row ({error}); `glasbruk export training` writes such files"
            raise InputError(Problem(f"line {number}", message), source=path) from None
    return found


def some(examples: Sequence[Example], count: int | None, seed: int) -> list[Example]:
    """About `count` examples, by parcels of one brief and four of its channels drawn at random; None takes all.

    So what a parcel's prompts share stays shared, and many briefs come in.
    """
    if count is None or count >= len(examples):
        return list(examples)
    draw = Random(seed)  # noqa: S311 - data, not secrets
    channels_of: dict[str, list[str]] = {}
    for brief, channel in sorted({(example.brief, example.channel) for example in examples}):
        channels_of.setdefault(brief, []).append(channel)
    parcels = []
    for brief, names in channels_of.items():
        draw.shuffle(names)
        parcels += [{(brief, name) for name in names[start : start + PARCEL]} for start in range(0, len(names), PARCEL)]
    draw.shuffle(parcels)
    chosen: list[Example] = []
    for parcel in parcels:
        if len(chosen) >= count:
            break
        chosen += [example for example in examples if (example.brief, example.channel) in parcel]
    return chosen


def data_hash(examples: Iterable[Example]) -> str:
    """The sha256 of all examples, whatever their order: other data has another hash."""
    return hashlib.sha256("".join(sorted(map(_line, examples))).encode()).hexdigest()


def _line(example: Example) -> str:
    texts = [json.dumps(dict(fields), ensure_ascii=False) for fields in (example.fields, example.rejected) if fields]
    weight = [] if example.rejected is None else [str(example.weight)]
    return f"{' '.join([example.id, example.prompt.hash, *texts, *weight])}\n"
