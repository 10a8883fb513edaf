"""A variant's glass label for the terminal."""

from collections.abc import Iterable

from rich.text import Text

from store.finding import Finding
from store.label import Label
from ui import tables
from ui.marks import pieces
from ui.plain import one_line, percent, score_line, visible, when

SEVERITY = {"block": "red", "warn": "yellow", "note": "dim"}


def show(label: Label, fields: dict[str, str], *, prompt: bool) -> None:
    """Print everything the label has; first `fields`, which is what would be shown, with findings at their words."""
    screen = tables.console()
    edited = fields != label.variant.fields
    for key, text in fields.items():
        screen.print(Text(f"{key}: ", style="dim") + _marked(text, () if edited else label.findings, key))
    if not fields:
        screen.print(Text(visible(label.variant.raw), style="dim"))
    screen.print()
    screen.print(tables.pairs(_origin(label) | _score(label) | _history(label)))
    for finding in label.findings:
        screen.print(_finding(finding))
    if label.prompt and prompt:
        for message in label.prompt.messages:
            screen.print(Text(f"\n{message.role}", style="bold"), Text(f"\n{visible(message.content)}"), sep="")


def _marked(text: str, findings: Iterable[Finding], key: str) -> Text:
    marked = Text()
    for piece in pieces(text, [finding for finding in findings if finding.field == key]):
        marked.append(visible(piece.text), style=f"underline {SEVERITY[piece.severity]}" if piece.severity else "")
    return marked


def _finding(finding: Finding) -> Text:
    place = f"{finding.field}: " if finding.field else ""
    return Text(f"{finding.severity} {finding.code}", style=SEVERITY[finding.severity]) + Text(
        f"  {place}{one_line(finding.message)}", style=""
    )


def _origin(label: Label) -> dict[str, object]:
    variant = label.variant
    origin: dict[str, object] = {
        "variant": f"{variant.id}, {variant.state}",
        "campaign": f"{variant.campaign_id}, {label.brief.name} (brief {label.brief.key})",
        "for": f"{variant.segment} / {variant.channel}",
        "written by": variant.author or f"{variant.checkpoint}, seed {variant.seed}, {variant.sampling}",
        "written at": when(variant.created_at),
    }
    if variant.log_probability is not None:
        mean = f"{variant.confidence:.3f} nats a character"
        origin["confidence"] = f"{mean}, log-probability {variant.log_probability:.1f} in all"
    if variant.angle:
        origin |= {"was to say": " / ".join(variant.angle.claims), "because": variant.angle.reason}
    if label.prompt:
        origin["prompt"] = f"{label.prompt.hash}, format {label.prompt.format_hash}"
    if label.parents:
        origin["edited from"] = ", ".join(f"variant {parent.id}" for parent in label.parents)
    return origin


def _score(label: Label) -> dict[str, object]:
    if label.score is None:
        return {"score": "none"}
    score = label.score
    told = (
        "cannot be told from the field's mean"
        if score.covers_mean
        else f"beats the field {score.chance_to_beat_field:.0%} of the time"
    )
    words = ", ".join(f"{word.word} {percent(word.effect)}" for word in score.words)
    line = {"score": f"{score_line(score)}, {told}, by {score.checkpoint}"}
    return {**line, "moved by": words} if words else {**line}


def _history(label: Label) -> dict[str, object]:
    """Decisions, outcomes and export, a line each, numbered where there are several."""
    lines: dict[str, object] = {}
    for number, decision in enumerate(label.decisions, start=1):
        reason = f": {decision.reason}" if decision.reason else ""
        lines[f"decision {number}"] = f"{decision.kind} by {decision.reviewer} at {when(decision.created_at)}{reason}"
    for number, outcome in enumerate(label.outcomes, start=1):
        seen = f"{outcome.clicks:,} clicks of {outcome.impressions:,} impressions"
        lines[f"outcome {number}"] = f"{seen} in test {outcome.test_id}"
    if label.exported_at:
        lines["exported at"] = when(label.exported_at)
    return lines
