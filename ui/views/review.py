"""The Review view: a queue, one variant open at a time, and what a person says of it."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr

from inference import review
from store import claims, variants
from store.channel import Channel
from store.database import Database
from store.decision import Decision, Kind
from store.errors import Conflict, Forbidden, GlasbrukError, InputError, NotFound
from store.settings import Settings
from store.states import State
from ui import shelf
from ui.following import Following
from ui.page import render
from ui.place import Place, read
from ui.seat import WAITING, Seat, seated
from ui.views import pairs, remarks, sheet, sight
from ui.views.notices import NAMELESS, SAID, many, nameless
from ui.views.sight import QUIET, Notice, Refused
from ui.writing import Workshop

FILTERS = ("campaign", "segment", "channel", "state", "code", "who", "score", "text")
LEFT = "decided first by somebody else, or your own edit"


@dataclass(frozen=True)
class Reviewing:
    """What the handlers work with."""

    database: Database
    catalogue: Mapping[str, Channel]
    four_eyes: bool = False

    def show(
        self,
        place: Place,
        seat: Seat,
        notice: Notice = QUIET,
        refused: Refused | None = None,
        unsaid: str = "",
        **more: str,
    ) -> list[Any]:
        """Updates for every output of the view, in the order of `sheet.Sheet.outputs`; `unsaid` goes to the reason."""
        comparing = place.view == "pairs"
        with self.database.read() as session:
            place = pairs.settle(session, place, seat) if comparing else place
            place, page = shelf.settle(session, place, seat)
        self._claim(place, seat)
        with self.database.read() as session:
            more["pair"] = pairs.markup(session, place, self.catalogue, seat) if comparing else ""
            seen = sight.updates(
                session,
                place,
                page,
                self.catalogue,
                seat=seat,
                notice=notice,
                refused=refused,
                four_eyes=self.four_eyes,
                **more,
            )
        return [*seen, render("notice", message=unsaid, tone="wrong")]

    def _claim(self, place: Place, seat: Seat) -> None:
        """Let others see that this reviewer has the open variant, where it still waits for a word."""
        if place.variant is None or not seat.reviewer or place.view == "pairs":
            return
        with self.database.write() as session:
            rows = variants.rows(session, [place.variant])
            if rows and rows[0].variant.state in WAITING:
                claims.take(session, place.variant, seat.reviewer)

    def filtered(self, address: str, seat: Seat, *filters: Any) -> list[Any]:
        """The first page under other filters."""
        chosen = dict(zip(FILTERS, filters, strict=True))
        if chosen["who"] and chosen["state"] == State.PENDING:
            chosen["state"] = None  # nothing that waits has been decided by anybody
        none = {key: chosen[key] or None for key in ("campaign", "state")}
        here = read(address)
        return self.show(Place.model_validate({**chosen, **none, "done": here.done, "view": here.view}), seat)

    def opened(self, address: str, seat: Seat, clicked: dict[str, Any]) -> list[Any]:
        """The variant, the page or another look at the queue, as it was clicked."""
        here = read(address)
        kept = here.variant if {here.view, clicked.get("view")} == {"list", "grid"} else None
        there = here.model_dump() | {"variant": kept, "other": None} | clicked
        return self.show(Place.model_validate(there), seat)

    def carded(self, address: str, seat: Seat, clicked: dict[str, Any]) -> list[Any]:
        """Which of two is better, or another look at the queue, as it was clicked beside the queue."""
        if "better" not in clicked:
            return self.opened(address, seat, clicked)
        place, notice = pairs.say(self.database, read(address), seat, str(clicked["better"]))
        return self.show(place, seat, notice)

    def remarked(self, address: str, seat: Seat, said: dict[str, Any]) -> list[Any]:
        """A comment on the open variant."""
        place = read(address)
        notice, unsent = remarks.say(self.database, place, seat, str(said["comment"]))
        return self.show(place, seat, notice, unsent=unsent)

    def stepped(self, address: str, seat: Seat, by: Literal[1, -1]) -> list[Any]:
        """The next variant, or the one before."""
        with self.database.read() as session:
            place = shelf.step(session, read(address), by, seat)
        return self.show(place, seat)

    def approve(self, address: str, seat: Seat) -> list[Any]:
        """Approve the open variant and open the next."""
        return self._decide(read(address), seat, Kind.APPROVE)

    def reject(self, address: str, seat: Seat, reason: str) -> list[Any]:
        """Reject the open variant, saying why, and open the next."""
        return self._decide(read(address), seat, Kind.REJECT, reason=reason.strip())

    def save(self, address: str, seat: Seat, edited: str) -> list[Any]:
        """Approve the open variant with the text of `edited`, a JSON object of field to text."""
        return self._decide(read(address), seat, Kind.EDIT, fields=json.loads(edited or "{}"))

    def bring_back(self, address: str, seat: Seat) -> list[Any]:
        """Put the open variant, which was held back, up for review, and keep it open."""
        place = read(address)
        if place.variant is None or not seat.reviewer:
            return self.show(place, seat, nameless(place))
        try:
            review.bring_back(self.database, place.variant, seat.reviewer, role=seat.role)
        except GlasbrukError as error:
            return self.show(place, seat, Notice(str(error), "wrong"))
        return self.show(place, seat, Notice(f"Up for review: #{place.variant}"))

    def sweep(self, address: str, seat: Seat, asked: dict[str, Any]) -> list[Any]:
        """Approve or reject all pending variants that match, with the kind, count and reason of the dialog."""
        place = read(address)
        if not seat.reviewer:
            return self.show(place, seat, NAMELESS)
        kind, count, reason = Kind(asked["kind"]), int(asked["count"]), str(asked["reason"])
        word = Decision(variant_id=0, kind=kind, reviewer=seat.reviewer, reason=reason[:2_000])
        try:
            matching = shelf.asked(place, seat)
            swept = review.decide_all(self.database, matching, word, count, role=seat.role, four_eyes=self.four_eyes)
        except GlasbrukError as error:
            return self.show(place, seat, Notice(f"Nothing was changed: {error}.", "wrong"))
        after = place.after_deciding(swept.sweep, None).model_copy(update={"page": 1})
        return self.show(after, seat, Notice(f"{SAID[kind]}: {many(swept, LEFT)}"))

    def undo(self, address: str, seat: Seat) -> list[Any]:
        """Take back the last decision made from here, or the one on the open variant, and open it again."""
        place = read(address)
        variant = self._last_decided(place)
        if variant is None:
            return self.show(place, seat, Notice("There is nothing to take back.", "wrong"))
        if isinstance(variant, str) and variant.startswith("c"):
            place, notice = pairs.undo(self.database, place, seat, variant)
            return self.show(place, seat, notice)
        if isinstance(variant, str):
            return self._undo_all(place, seat, variant)
        back = place.model_copy(update={"variant": variant, "done": tuple(i for i in place.done if i != variant)})
        try:
            review.undo(self.database, variant, seat.reviewer, role=seat.role)
        except GlasbrukError as error:
            return self.show(back, seat, Notice(str(error), "wrong"))
        return self.show(back, seat, Notice(f"{SAID[Kind.UNDO]}: #{variant}"))

    def _undo_all(self, place: Place, seat: Seat, sweep: str) -> list[Any]:
        back = place.model_copy(update={"done": tuple(one for one in place.done if one != sweep)})
        try:
            swept = review.undo_all(self.database, sweep, seat.reviewer, role=seat.role)
        except GlasbrukError as error:
            return self.show(back, seat, Notice(f"{error}.", "wrong"))
        back = back.model_copy(update={"variant": None, "page": 1})
        return self.show(back, seat, Notice(f"{SAID[Kind.UNDO]}: {many(swept, 'exported, or decided anew')}"))

    def _last_decided(self, place: Place) -> int | str | None:
        """The open variant where it is decided, else the last, or the last sweep, that was decided from here."""
        if place.variant is not None and place.view != "pairs":
            with self.database.read() as session, suppress(NotFound):
                if variants.get(session, place.variant).state in {State.APPROVED, State.REJECTED}:
                    return place.variant
        return place.done[0] if place.done else None

    def _decide(self, place: Place, seat: Seat, kind: Kind, **said: Any) -> list[Any]:
        if place.variant is None or not seat.reviewer:
            typed = said.get("fields")
            return self.show(place, seat, nameless(place), Refused(typed, ()) if typed else None)
        with self.database.read() as session:
            here = shelf.read(session, place, seat, counted=False)
        following = shelf.following(here, place.variant)
        decision = Decision(variant_id=place.variant, kind=kind, reviewer=seat.reviewer, **said)
        try:
            stored = review.decide(self.database, decision, self.catalogue, role=seat.role, four_eyes=self.four_eyes)
        except InputError as error:
            if kind is Kind.REJECT:
                return self.show(place, seat, Notice("Not rejected.", "wrong"), unsaid=f"The {error}.")
            notice = Notice("Not saved: see what is marked.", "wrong")
            return self.show(place, seat, notice, Refused(decision.fields or {}, error.problems))
        except (Forbidden, Conflict) as error:
            why = "Nothing was" if isinstance(error, Forbidden) else "Somebody was here before you, so nothing was"
            return self.show(place, seat, Notice(f"{why} changed: {error}.", "wrong"))
        except NotFound as error:
            return self.show(place.model_copy(update={"variant": None}), seat, Notice(str(error), "wrong"))
        return self._done(place, seat, stored, following, over=following is not None and following == here.beyond)

    def _done(self, place: Place, seat: Seat, stored: Decision, following: int | None, *, over: bool) -> list[Any]:
        if stored.child_id is not None:
            opened = place.model_copy(update={"variant": stored.child_id})
            return self.show(opened, seat, Notice(f"Saved as a new variant, #{stored.child_id}, for review."))
        notice = Notice(f"{SAID[stored.kind]}: #{stored.variant_id}")
        after = place.after_deciding(stored.variant_id, following)
        return self.show(self._turned(after, seat) if over else after, seat, notice)

    def _turned(self, place: Place, seat: Seat) -> Place:
        """The page on which the open variant now stands: this one, or the next."""
        with self.database.read() as session:
            here = shelf.read(session, place, seat, counted=False)
        later = place.variant is not None and place.variant == here.beyond
        return place.model_copy(update={"page": place.page + 1}) if later else place


def build(
    blocks: gr.Blocks, workshop: Workshop, settings: Settings, catalogue: Mapping[str, Channel], reviewer: gr.Textbox
) -> Callable[..., Any]:
    """Lay the view out and tie it up; gives back a function that ties a further event to a fresh look at the store."""
    desk = Reviewing(workshop.database, catalogue, settings.review.four_eyes)
    parts = sheet.lay_out(Following(workshop.database, catalogue, workshop.models).told)
    where = [parts.place, parts.blind, reviewer]
    quiet = {"outputs": parts.outputs, "show_progress": "hidden", "api_visibility": "private"}
    refresh = _seated(lambda address, seat: desk.show(read(address), seat))

    blocks.load(refresh, where, js=sheet.JS_PLACE, **quiet)
    filtering = [*(part.input for part in parts.filters[:-1]), parts.text.submit]
    gr.on(filtering, _seated(desk.filtered), [*where, *parts.filters], **quiet)
    parts.blind.input(refresh, where, js=sheet.JS_BLIND, **quiet)
    parts.queue.click(_clicked(desk.opened), where, **quiet)
    parts.queue.submit(_clicked(desk.sweep), where, **quiet)
    parts.card.click(_clicked(desk.carded), where, **quiet)
    parts.card.submit(_clicked(desk.remarked), where, **quiet)
    parts.forward.click(_seated(lambda address, seat: desk.stepped(address, seat, 1)), where, **quiet)
    parts.back.click(_seated(lambda address, seat: desk.stepped(address, seat, -1)), where, **quiet)
    parts.approve.click(_seated(desk.approve), where, **quiet)
    gr.on([parts.reject.click, parts.reason.submit], _seated(desk.reject), [*where, parts.reason], **quiet)
    parts.save.click(_seated(desk.save), [*where, parts.edited], js=sheet.JS_EDITED, **quiet)
    parts.bring.click(_seated(desk.bring_back), where, **quiet)
    parts.undo.click(_seated(desk.undo), where, **quiet)
    parts.place.change(None, parts.place, None, js=sheet.JS_ADDRESS)

    def again(address: str, blind: bool, name: str, request: gr.Request) -> list[Any]:
        return [gr.skip()] * len(parts.outputs) if address == sheet.UNREAD else refresh(address, blind, name, request)

    return lambda event: event(again, where, **quiet)


def _seated(act: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """`act` as Gradio calls it, with the parts of `where` and what else it asks for."""

    def handler(address: str, blind: bool, name: str, request: gr.Request, *rest: Any) -> list[Any]:
        return act(address, seated(blind, name, request), *rest)

    return handler


def _clicked(act: Callable[[str, Seat, dict[str, Any]], list[Any]]) -> Callable[..., list[Any]]:
    """As `_seated`, for what the queue's script says of a click."""

    def handler(address: str, blind: bool, name: str, request: gr.Request, event: gr.EventData) -> list[Any]:
        return act(address, seated(blind, name, request), event._data)

    return handler
