"""Training rows from the store: what people decided and what readers did, as `datasets` rows and as files.

The loop closes here, through rows only: approved copy becomes fine-tuning rows, edits, rejections and test results
become preferences, and test results become the scorer's rows. Only standing decisions count; an undone one does not.
"""

import hashlib
import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset, Features, Value
from sqlalchemy.orm import Session

from inference.parsing import unparse
from store.database import Database
from store.outcome import Reported
from training import compared, decided
from training.decided import Decided
from training.files import replace_together
from training.pair import EDITED, SAME_PLACE, SAME_PROMPT, Pair

Row = dict[str, Any]
Rows = Callable[[Session, Counter[str]], Iterator[Row]]

REJECTED_EACH = 4  # pairs an approved text makes with rejected ones, so that a long list does not grow quadratically
SIGNIFICANT = 1.96  # least standardised difference of two click-through rates: p < 0.05, two-sided

_PROMPT = [{"role": Value("string"), "content": Value("string")}]
_ORIGIN = {name: Value("string") for name in ("brief", "segment", "channel", "format_hash")}
FINETUNING = Features({"prompt": _PROMPT, "completion": Value("string"), "variant_id": Value("int64"), **_ORIGIN})
PREFERENCE = Features(
    {
        "prompt": _PROMPT,
        "chosen": Value("string"),
        "rejected": Value("string"),
        "margin": Value("float64"),
        "source": Value("string"),
        "chosen_id": Value("int64"),
        "rejected_id": Value("int64"),
        **_ORIGIN,
    }
)
SCORER = Features(
    {
        **dict.fromkeys(("test_id", "variant_id", "text", "segment", "channel", "image", "cluster"), Value("string")),
        **dict.fromkeys(("impressions", "clicks"), Value("int64")),
    }
)


def finetuning(session: Session, left_out: Counter[str] | None = None, *, cache: Path | None = None) -> Dataset:
    """One row for each approved text: the stored prompt's messages and the text as the writer should have answered.

    `left_out` gains the counts of what is not among the rows, by reason. The rows lie in an Arrow file in `cache`, the
    `datasets` library's own cache folder by default.
    """
    return _dataset(session, finetuning_rows, FINETUNING, left_out, cache)


def preference(session: Session, left_out: Counter[str] | None = None, *, cache: Path | None = None) -> Dataset:
    """Pairs of answers to a prompt, `chosen` over `rejected`, from edits, rejections, comparisons and tests (`source`).

    `margin` is 1.0 for an edit and for two answers to one prompt, 0.5 where only segment and channel are the same (of
    a comparison, times the lead among those who made it), and for tests the standardised log-odds difference.
    `left_out` and `cache` as in `finetuning`.
    """
    return _dataset(session, preference_rows, PREFERENCE, left_out, cache)


def scorer(session: Session, left_out: Counter[str] | None = None, *, cache: Path | None = None) -> Dataset:
    """One row for each text of each test, its newest totals, as `results.read` reads it. Arguments as `finetuning`."""
    return _dataset(session, scorer_rows, SCORER, left_out, cache)


def write(database: Database, out: Path) -> dict[str, int]:
    """Write `finetuning.jsonl`, `preference.jsonl`, `scorer.jsonl` and `manifest.json` into `out`; return rows a file.

    The files appear together once all are whole, the manifest last; a failure leaves what was there. The manifest has
    counts, what was left out and why, and sha256 hashes. Raises InputError where `out` cannot be written.
    """
    with replace_together(out) as files, database.read() as session:
        counts, left_out = {}, {}
        for name, rows in _FILES.items():
            reasons: Counter[str] = Counter()
            counts[name] = files.write_lines(f"{name}.jsonl", map(_line, rows(session, reasons)))
            left_out[name] = dict(sorted(reasons.items()))
        manifest = {"counts": counts, "left_out": left_out, "sha256": files.hashes, "data_hash": files.hash}
        files.write_lines("manifest.json", [json.dumps(manifest, indent=2)])
    return counts


def finetuning_rows(session: Session, left_out: Counter[str]) -> Iterator[Row]:
    """Yield the rows of `finetuning`, by campaign, segment, channel and variant."""
    for text in decided.stream(session):
        if text.approved and (prompt := _prompt(text, left_out)):
            completion = answer(text.fields, text.keys)
            if completion is None:
                left_out["incomplete"] += 1
            else:
                yield {**prompt, "completion": completion, "variant_id": text.id}


def preference_rows(session: Session, left_out: Counter[str]) -> Iterator[Row]:
    """Yield the rows of `preference`: by campaign, segment and channel, then by test. None has two equal texts."""
    groups = decided.by_place(decided.stream(session))
    pairs = itertools.chain.from_iterable((*_edits(group), *_approvals(group)) for group in groups)
    for pair in itertools.chain(pairs, compared.pairs(session, left_out), _tests(session, left_out)):
        row = _row_of(pair, left_out)
        if row:
            yield row


def scorer_rows(session: Session, left_out: Counter[str]) -> Iterator[Row]:
    """Yield the rows of `scorer`, by test, segment and channel; what nobody saw or is set aside is left out."""
    for outcome in decided.outcomes(session, left_out):
        if outcome.impressions == 0:
            left_out["never_shown"] += 1
            continue
        yield outcome.model_dump(include=set(SCORER))


def answer(fields: Mapping[str, str], keys: Sequence[str]) -> str | None:
    """Copy as the prompt asks for it, a line `key: text` for each of `keys`; None where one of them has no text."""
    texts = {key: " ".join(fields.get(key, "").split()) for key in keys}
    return unparse(texts) if texts and all(texts.values()) else None


def standardised_difference(one: Reported, other: Reported) -> float:
    """The log-odds of a click for `one` less those for `other`, in standard errors.

    Half a click is added to each cell (Haldane 1956, Anscombe 1956), so that no clicks is not infinitely bad; the
    variance is Woolf's (1955), the sum of the cells' reciprocals.
    """
    (hit, miss), (other_hit, other_miss) = _cells(one), _cells(other)
    difference = math.log(hit / miss) - math.log(other_hit / other_miss)
    return difference / math.sqrt(1 / hit + 1 / miss + 1 / other_hit + 1 / other_miss)


def _cells(outcome: Reported) -> tuple[float, float]:
    return outcome.clicks + 0.5, outcome.impressions - outcome.clicks + 0.5


def _edits(group: Sequence[Decided]) -> Iterator[Pair]:
    """Each edited text over what it was edited from."""
    for text in group:
        if text.approved and text.original is not None and text.original_id is not None:
            yield Pair(text, text.original_id, text.original, EDITED, "edit")


def _approvals(group: Sequence[Decided]) -> Iterator[Pair]:
    """Each approved text over rejected ones: of its own prompt where there are any, else of its segment and channel."""
    approved = [text for text in group if text.approved]
    rejected = [text for text in group if not text.approved]
    for turn, chosen in enumerate(approved):
        others = [text for text in rejected if text.id != chosen.original_id]  # that pair is an edit's
        same = [text for text in others if text.prompt_hash == chosen.prompt_hash]
        for worse in _some(same or others, turn):
            yield Pair(chosen, worse.id, worse.fields, SAME_PROMPT if same else SAME_PLACE, "approval")


def _some(texts: Sequence[Decided], turn: int) -> list[Decided]:
    """At most `REJECTED_EACH` of the texts; each turn takes the next ones, so that all are used alike."""
    count = min(REJECTED_EACH, len(texts))
    return [texts[(turn * count + i) % len(texts)] for i in range(count)]


def _tests(session: Session, left_out: Counter[str]) -> Iterator[Pair]:
    """Every two texts of one test, shown to one segment in one channel with one image, that differ significantly."""
    for _, arms in itertools.groupby(decided.outcomes(session, left_out), lambda o: (o.test_id, o.segment, o.channel)):
        known = [(outcome, text) for outcome in arms if (text := decided.shown(session, outcome, left_out))]
        for (one, one_text), (other, other_text) in itertools.combinations(known, 2):
            if one.image != other.image:
                continue
            difference = standardised_difference(one, other)
            if abs(difference) < SIGNIFICANT:
                left_out["under_margin"] += 1
                continue
            better, worse = (one_text, other_text) if difference > 0 else (other_text, one_text)
            yield Pair(better, worse.id, worse.fields, abs(difference), "test")


def _row_of(pair: Pair, left_out: Counter[str]) -> Row | None:
    """The row of a pair, if both have text and differ in what the prompt asks for."""
    prompt = _prompt(pair.chosen, left_out)
    if prompt is None:
        return None
    chosen, rejected = answer(pair.chosen.fields, pair.chosen.keys), answer(pair.rejected, pair.chosen.keys)
    if chosen is None or rejected is None:
        left_out["incomplete"] += 1
        return None
    if chosen == rejected:
        left_out["identical"] += 1
        return None
    ids = {"chosen_id": pair.chosen.id, "rejected_id": pair.rejected_id}
    return {**prompt, "chosen": chosen, "rejected": rejected, "margin": pair.margin, "source": pair.source, **ids}


def _prompt(text: Decided, left_out: Counter[str]) -> Row | None:
    """The columns that say what was asked, and where; None, counted, where a person wrote without a prompt."""
    if text.prompt is None:
        left_out["no_prompt"] += 1
        return None
    return {
        "prompt": [message.model_dump() for message in text.prompt.messages],
        "brief": text.brief_key,
        "segment": text.segment,
        "channel": text.channel,
        "format_hash": text.prompt.format_hash,
    }


def _dataset(
    session: Session, rows: Rows, features: Features, left_out: Counter[str] | None, cache: Path | None
) -> Dataset:
    """The rows in an Arrow file that is named by their hash, so that equal rows share it and none is stale."""
    digest, count = hashlib.sha256(repr(features).encode()), 0
    for row in rows(session, Counter() if left_out is None else left_out):
        digest.update(_line(row).encode())
        count += 1
    if not count:
        return Dataset.from_dict({name: [] for name in features}, features=features)
    return Dataset.from_generator(
        lambda: rows(session, Counter()),
        features=features,
        fingerprint=digest.hexdigest()[:16],
        cache_dir=str(cache) if cache else None,
    )


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


_FILES: dict[str, Rows] = {"finetuning": finetuning_rows, "preference": preference_rows, "scorer": scorer_rows}
