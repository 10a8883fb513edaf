"""What preference training gave: held-out pairs told apart, and headlines of one's own for their stories."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inference import local_writer
from inference.checks import check
from inference.encoder import Encoder
from inference.features import features
from inference.parsing import parse
from inference.weights import Report
from store import checkpoint as meta
from store.angle import Angle
from store.checkpoint import Checkpoint
from store.errors import InputError, Problem
from store.finding import Severity
from store.settings import Settings
from store.variant import Variant
from training import headlines, preference, results, sources
from training.evaluation_intervals import Observed, mean
from training.examples import Example
from training.scorer import Task

PACK = 1_024  # tokens
STORIES = 300  # of held-out clusters, for which headlines are written

Score = Callable[[Sequence[str]], Sequence[float]]
"""Texts to predicted engagement, in log-odds."""


def preferences(
    adapter: Path, archive: Path, settings: Settings, encoder: Encoder, say: Report, *, seed: int = 0
) -> dict[str, float]:
    """Hold a writer that was trained on the pairs of the Upworthy archive's file beside what it went on from.

    On clusters that it was not trained on: `preference_pair_accuracy`, the share of pairs of which training made the
    chosen one likelier against the other; `preference_win_rate`, how often its own headline for a story is scored
    higher, by a scorer that saw none of these clusters, with ties as halves and what cannot be read as lost; and
    `preference_passed` and `preference_passed_before`, the shares without a blocking finding. With 90 % intervals by
    cluster. Raises InputError where the adapter was not trained on preferences, ModelError where it cannot be loaded.
    """
    trained = meta.read(adapter)
    parent = trained.settings.get("parent")
    if trained.settings.get("method") != "preference" or parent is None:
        message = "was not trained with --method preference on an adapter's --parent; there is nothing to hold beside"
        raise InputError(Problem("", message), source=adapter)
    pairs = [pair for pair in headlines.of_archive(archive, Counter()) if sources.is_held_out(pair.brief)]
    say(f"telling {len(pairs)} held-out pairs apart")
    seen: dict[str, Observed] = {"preference_pair_accuracy": _told_apart(adapter, trained, pairs, settings, say)}
    stories = list({pair.prompt.hash: pair for pair in pairs}.values())[:STORIES]
    say(f"writing headlines for {len(stories)} stories, before and after")
    before, after = (_headlines(folder, trained, stories, settings, seed) for folder in (Path(parent), adapter))
    say("training a scorer on the other clusters")
    score = _scorer(archive, pairs, encoder, seed)
    seen["preference_win_rate"] = _by_cluster(stories, _wins(score(after), score(before), after, before))
    seen["preference_passed"] = _by_cluster(stories, list(map(_passes, stories, after)))
    seen["preference_passed_before"] = _by_cluster(stories, list(map(_passes, stories, before)))
    flat = {"preference_pairs": float(len(pairs)), "preference_stories": float(len(stories))}
    for name, observed in seen.items():
        if estimate := mean(observed, seed):
            flat |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return {name: round(value, 4) for name, value in flat.items()}


def _told_apart(
    adapter: Path, trained: Checkpoint, pairs: Sequence[Example], settings: Settings, say: Report
) -> Observed:
    """For each pair, by cluster, 1 where the chosen one has become likelier against the rejected one."""
    from peft import PeftModel  # noqa: PLC0415 - a second of import that most runs do not need

    place = local_writer.locate(trained.base, settings.model_cache, say)
    base, tokenizer = local_writer.open_model(place, local_writer.dtype())
    model = PeftModel.from_pretrained(base, str(trained.settings["parent"]), adapter_name="before")
    choices = preference.prepare(model, tokenizer, pairs, PACK, say)
    model.load_adapter(adapter, "after")
    model.set_adapter("after")
    found: dict[str, list[float]] = defaultdict(list)
    for choice, right in preference.told_apart(model, choices, PACK, say):
        found[choice.brief].append(float(right))
    return found


def _headlines(
    adapter: Path, trained: Checkpoint, stories: Sequence[Example], settings: Settings, seed: int
) -> list[str]:
    """One headline for each story; empty where the answer could not be read."""
    worn = settings.writer.model_copy(update={"model": trained.base, "adapter": adapter})
    writer = local_writer.load(worn, settings.model_cache)
    found = [""] * len(stories)
    for draft in writer.write([story.prompt for story in stories], range(seed, seed + len(stories)), worn.sampling):
        fields = parse(draft.raw, stories[draft.index].prompt.keys)
        found[draft.index] = fields["headline"] if fields else ""
    return found


def _scorer(archive: Path, pairs: Sequence[Example], encoder: Encoder, seed: int) -> Score:
    """A scorer that saw no cluster with a headline of the held-out pairs."""
    everything = results.read([archive])
    held_out = {text for pair in pairs for text in (pair.fields["headline"], (pair.rejected or {})["headline"])}
    unseen = {group.cluster for group in everything.groups if not held_out.isdisjoint(group.texts)}
    clusters = [cluster for cluster in everything.clusters if cluster not in unseen]
    head, _ = Task(everything.within(clusters), encoder).fit(clusters, seed)
    return lambda texts: list(features(texts, encoder, head.reduction) @ head.weights)


def _wins(after: Sequence[float], before: Sequence[float], new: Sequence[str], old: Sequence[str]) -> list[float]:
    """1 for each story whose new headline scores higher, 0 where the old one does; one that is missing has lost."""
    wins = [0.5 if a == b else float(a > b) for a, b in zip(after, before, strict=True)]
    missing = [(not a, not b) for a, b in zip(new, old, strict=True)]
    return [
        0.5 if m == (True, True) else 0.0 if m[0] else 1.0 if m[1] else win
        for win, m in zip(wins, missing, strict=True)
    ]


def _passes(story: Example, headline: str) -> float:
    """1 where the checks block nothing, held against the story's lede."""
    brief = headlines.BRIEF.model_copy(update={"facts": story.claims})
    angle = Angle(claims=story.claims, relevance=0.0, reason="The story's lede.")
    variant = Variant(
        segment=headlines.READERS.name,
        channel=headlines.CHANNEL.id,
        angle=angle,
        fields={"headline": headline} if headline else {},
        checkpoint="preference",
    )
    found = check(variant, brief, headlines.CHANNEL)
    return float(not any(finding.severity is Severity.BLOCK for finding in found))


def _by_cluster(stories: Sequence[Example], values: Sequence[float]) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for story, value in zip(stories, values, strict=True):
        found[story.brief].append(value)
    return found
