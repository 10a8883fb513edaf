"""The Review view's parts, and how they lie on the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from store.states import State
from ui.page import render

STATES = (
    State.PENDING, State.RESERVE, State.BLOCKED, State.APPROVED, State.REJECTED, State.LIVE, State.RETIRED, State.DRAFT,
)  # fmt: skip
REASONS = ("Not true", "Off brand", "Dull", "Too like another", "Wrong for them")

SCORES = {"better": "Likely better", "open": "Could be either", "worse": "Likely worse"}
UNREAD = "unread"  # the place before the page has told its address
JS_PLACE = "(place, blind, name) => [glasbruk.place(), glasbruk.blind(), glasbruk.recall('reviewer') || name]"
JS_BLIND = "(place, blind, name) => { glasbruk.keep('blind', blind); return [place, blind, name] }"
JS_ADDRESS = "(place) => glasbruk.address(place)"
JS_EDITED = "(place, blind, reviewer) => [place, blind, reviewer, glasbruk.edited()]"
JS_CLICKS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-id], button[data-page], button[data-view]');
  if (button && !button.disabled) trigger('click', glasbruk.clicked(button));
});
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-sweep]');
  if (button) trigger('submit', glasbruk.swept(button));
});
"""
JS_TYPED = """
element.addEventListener('input', (event) => glasbruk.typed(event.target, server.told));
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-better], button[data-view]');
  if (button) trigger('click', { ...button.dataset });
});
element.addEventListener('submit', (event) => {
  event.preventDefault();
  trigger('submit', { comment: event.target.elements.comment.value });
});
"""


@dataclass(frozen=True)
class Sheet:
    """The view's components."""

    place: gr.Textbox
    blind: gr.Checkbox
    campaign: gr.Dropdown
    segment: gr.Dropdown
    channel: gr.Dropdown
    state: gr.Dropdown
    code: gr.Dropdown
    who: gr.Dropdown
    score: gr.Dropdown
    text: gr.Textbox
    fold: gr.HTML
    notice: gr.HTML
    queue: gr.HTML
    card: gr.HTML
    label: gr.HTML
    approve: gr.Button
    save: gr.Button
    reject: gr.Button
    undo: gr.Button
    bring: gr.Button
    back: gr.Button
    forward: gr.Button
    reason: gr.Textbox
    unsaid: gr.HTML
    edited: gr.Textbox

    @property
    def filters(self) -> list[Any]:
        """The filters, in the order of `Reviewing.filtered`'s arguments."""
        return [self.campaign, self.segment, self.channel, self.state, self.code, self.who, self.score, self.text]

    @property
    def outputs(self) -> list[Any]:
        """What `Reviewing.show` fills, in its order."""
        return [
            self.place, self.blind, *self.filters, self.fold, self.notice, self.queue, self.card, self.label,
            self.approve, self.reject, self.bring, self.reason, self.unsaid,
        ]  # fmt: skip


def lay_out(follow: Callable[[Sequence[Any], Any], dict[str, Any]]) -> Sheet:
    """The view's components on the page; `follow` answers while an edit is typed."""

    # Gradio marks what it is given, which no method lets it do.
    def told(asked: Sequence[Any], request: gr.Request) -> dict[str, Any]:
        return follow(asked, request)

    held: dict[str, Any] = {}
    held["place"] = gr.Textbox(UNREAD, visible="hidden", elem_id="place")
    held["edited"] = gr.Textbox(visible="hidden")
    held["fold"] = gr.HTML(elem_id="fold")
    with gr.Row(elem_classes="filters", elem_id="filters"):
        for key, name in {"campaign": "Campaign", "segment": "Segment", "channel": "Channel"}.items():
            held[key] = gr.Dropdown([("All", "")], value="", label=name, elem_id=key, min_width=120)
        held["state"] = gr.Dropdown(_states(), value=State.PENDING.value, label="State", elem_id="state", min_width=110)
        held["code"] = gr.Dropdown([("All", "")], value="", label="Finding", elem_id="code", min_width=120)
        held["who"] = gr.Dropdown([("All", "")], value="", label="Decided by", elem_id="who", min_width=110)
        held["score"] = gr.Dropdown(_scores(), value="", label="Score", elem_id="score", min_width=110)
        held["text"] = gr.Textbox(
            label="Words", placeholder="then Enter", elem_id="text", max_length=200, min_width=120
        )
        held["blind"] = gr.Checkbox(
            True, label="Blind", info="score after the decision", elem_id="blind", min_width=110
        )
    with gr.Row(elem_classes="bench"):
        with gr.Column(scale=2, min_width=280, elem_classes="bench-queue"):
            held["queue"] = gr.HTML(elem_id="queue", js_on_load=JS_CLICKS)
        with gr.Column(scale=5, min_width=320, elem_classes="bench-card"):
            held["notice"] = gr.HTML(elem_id="notice")
            held["card"] = gr.HTML(elem_id="card", js_on_load=JS_TYPED, server_functions=[told])
            held |= _actions()
            with gr.Accordion("Glass label", open=False, elem_id="glass-label"):
                held["label"] = gr.HTML(elem_id="label")
    return Sheet(**held)


def _actions() -> dict[str, Any]:
    held: dict[str, Any] = {}
    with gr.Row(elem_classes="actions"):
        held["approve"] = gr.Button("Approve", elem_id="approve", variant="primary", min_width=90)
        held["bring"] = gr.Button("Bring back", elem_id="bring", variant="primary", min_width=90)
        gr.Button("Edit", elem_id="edit", min_width=70).click(None, js="() => glasbruk.edit()")
        held["save"] = gr.Button("Save edit", elem_id="save", variant="primary", min_width=90)
        gr.Button("Leave it", elem_id="leave", min_width=70).click(None, js="() => glasbruk.leave()")
        held["reason"] = gr.Textbox(
            placeholder="Why reject?",
            show_label=False,
            label="Reason",
            elem_id="reason",
            container=False,
            min_width=150,
            max_length=2_000,
        )
        held["reject"] = gr.Button("Reject", elem_id="reject", variant="stop", min_width=80)
        held["undo"] = gr.Button("Undo", elem_id="undo", min_width=70)
        held["back"] = gr.Button("Back", elem_id="back", min_width=70)
        held["forward"] = gr.Button("Next", elem_id="next", min_width=70)
    held["unsaid"] = gr.HTML(elem_id="unsaid")
    gr.HTML(render("reasons", reasons=REASONS), elem_id="reasons")
    return held


def _scores() -> list[tuple[str, str]]:
    return [("All", ""), *((name, key) for key, name in SCORES.items())]


def _states() -> list[tuple[str, str]]:
    return [("All", ""), *((state.capitalize(), state.value) for state in STATES)]
