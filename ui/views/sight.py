"""What each part of the Review view shows for a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr
from sqlalchemy.orm import Session

from inference import review
from store import briefs, campaigns, claims, comments, decisions, labels, variants
from store.channel import Channel
from store.claim import Claim
from store.errors import Problem
from store.finding import Finding
from store.label import Label
from store.ranking import Ranking, ranking
from store.states import MADE_ANEW, MOVES, State
from store.sweeps import MOST
from store.variants import Row
from ui import card, place
from ui.marks import ORDER
from ui.page import render
from ui.place import Place
from ui.preview import preview
from ui.seat import WAITING, Seat
from ui.shelf import Shelf
from ui.views.sheet import STATES


@dataclass(frozen=True)
class Notice:
    """What the desk says of the last thing that was done."""

    message: str = ""
    tone: Literal["done", "wrong"] = "done"


QUIET = Notice()
MENDABLE = {State.PENDING, *MADE_ANEW}  # an edit may still be made of these


@dataclass(frozen=True)
class Refused:
    """An edit that was not saved: the texts as typed, and what is wrong with them."""

    typed: Mapping[str, str]
    problems: Sequence[Problem]


def updates(
    session: Session,
    at: Place,
    shelf: Shelf,
    catalogue: Mapping[str, Channel],
    *,
    seat: Seat,
    notice: Notice = QUIET,
    refused: Refused | None = None,
    unsent: str = "",
    pair: str = "",
    four_eyes: bool = False,
) -> list[Any]:
    """What each of `Sheet.outputs` shows for a place.

    The editor is open where an edit was refused, a comment that was not stored is `unsent`, and where two variants are
    compared `pair` is their markup.
    """
    row, label = _open(session, at) if at.view != "pairs" else (None, None)
    field = ranking(session, row.variant) if row else Ranking(())
    state = row.variant.state if row else None
    taken = _taken(session, row, seat) if row else None
    barred = review.barred(row.variant, seat.reviewer, four_eyes=four_eyes) if row else ""
    if at.variant is not None and row is None and at.view != "pairs":
        notice = Notice(f"There is no variant {at.variant} any more.", "wrong")
    return [
        place.write(at),
        seat.blind,
        *_filters(session, at, catalogue, blind=seat.blind),
        render("fold", many=at.narrowed, view=at.view),
        render("notice", message=notice.message, tone=notice.tone),
        _queue(session, at, shelf, catalogue),
        pair
        or (
            _card(
                row,
                label,
                catalogue.get(row.variant.channel),
                field=field,
                blind=seat.blind,
                refused=refused,
                taken=taken,
                barred=barred if state is State.PENDING else "",
                unsent=unsent,
            )
            if row and label
            else _nothing(shelf)
        ),
        _label(row, label, seat.blind) if row and label else "",
        gr.update(interactive=state is State.PENDING and not barred),
        gr.update(interactive=state is State.PENDING),
        gr.update(interactive=(state, "show") in MOVES),
        gr.skip() if notice.tone == "wrong" else "",
    ]


def _open(session: Session, at: Place) -> tuple[Row, Label] | tuple[None, None]:
    """The open variant and its label, where there is one."""
    rows = variants.rows(session, [at.variant]) if at.variant is not None else []
    return (rows[0], labels.label(session, rows[0].variant.id or 0)) if rows else (None, None)


def _taken(session: Session, row: Row, seat: Seat) -> Claim | None:
    """The claim of somebody else on a variant that still waits for a word."""
    if row.variant.state not in WAITING:
        return None
    claim = claims.standing(session, [row.variant.id or 0]).get(row.variant.id or 0)
    return claim if claim and claim.reviewer != seat.reviewer else None


def _filters(session: Session, at: Place, catalogue: Mapping[str, Channel], *, blind: bool) -> list[Any]:
    runs = campaigns.named(session)
    written_for = briefs.of_keys(session, {run.brief_key for run in runs if at.campaign in {None, run.id}})
    segments = sorted({segment.name for brief in written_for for segment in brief.segments})
    channels = sorted({channel for brief in written_for for channel in brief.channels})
    codes = variants.codes(session, at.query.model_copy(update={"code": None}))
    return [
        _choice([(f"{run.name} #{run.id}", run.id) for run in runs], at.campaign),
        _choice([(name, name) for name in segments], at.segment),
        _choice([(catalogue[name].name if name in catalogue else name, name) for name in channels], at.channel),
        gr.update(value=at.state.value if at.state else ""),
        _choice([(code, code) for code in codes], at.code),
        _choice([(name, name) for name in decisions.reviewers(session)], at.who),
        gr.update(value=at.score, interactive=not blind),
        at.text,
    ]


def _choice(choices: list[tuple[str, Any]], value: Any) -> Any:
    known = [*choices] if not value or value in [held for _, held in choices] else [(str(value), value), *choices]
    return gr.update(choices=[("All", ""), *known], value=value or "")


def _queue(session: Session, at: Place, shelf: Shelf, catalogue: Mapping[str, Channel]) -> str:
    return render(
        "queue",
        view=at.view,
        comments=comments.counts(session, shelf.ids),
        rows=[row._replace(findings=card.found(row)) for row in shelf.rows],
        counts=[(state, shelf.counts[state]) for state in STATES if shelf.counts.get(state)],
        open=at.variant,
        taken=shelf.taken,
        page=at.page,
        pages=shelf.pages,
        pending=shelf.counts.get(State.PENDING, 0),
        most=MOST,
        names={channel.id: channel.name for channel in catalogue.values()},
        gravest=_gravest,
    )


def _gravest(findings: Sequence[Finding]) -> str:
    return max((finding.severity for finding in findings), key=ORDER.index).value


def _card(
    row: Row,
    label: Label,
    channel: Channel | None,
    *,
    field: Ranking,
    blind: bool,
    refused: Refused | None,
    taken: Claim | None = None,
    barred: str = "",
    unsent: str = "",
) -> str:
    texts = refused.typed if refused else row.fields
    problems = refused.problems if refused else ()
    editable = card.editable(texts, channel, problems)
    usual = [field for field in editable if field.key in texts or (channel and field.key in channel.written)]
    return render(
        "card",
        row=row,
        channel_name=channel.name if channel else row.variant.channel,
        segment=next((each for each in label.brief.segments if each.name == row.variant.segment), None),
        mock=preview(texts, channel, label.brief) if channel else "",
        fields=card.fields(row, channel),
        general=card.general(row, blind),
        editing=refused is not None,
        taken=taken,
        barred=barred,
        comments=label.comments,
        unsent=unsent,
        mendable=row.variant.state in MENDABLE,
        editable=editable,
        shown_first=len(usual),
        placeless=card.placeless(problems, [field.key for field in editable]),
        score=card.score(row, blind),
        ranking=field,
        percent=card.percent,
    )


def _label(row: Row, label: Label, blind: bool) -> str:
    shown = label.model_copy(update={"score": card.score(row, blind), "findings": card.findings(row, blind)})
    return render("label", label=shown, hidden=shown.score is not label.score, percent=card.percent)


def _nothing(shelf: Shelf) -> str:
    if sum(shelf.counts.values()):
        return render("empty", title="Nothing here", message="No variant matches these filters, or all are decided.")
    return render("empty", title="Nothing written yet", message="Write a campaign first: open Write, choose a brief.")
