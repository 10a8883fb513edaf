"""The Models view: checkpoints side by side, which is in force, and training runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr

from inference.roles import Act
from store.errors import GlasbrukError
from store.settings import Settings
from training import run, standing
from ui import launch, person
from ui.figure import Axis, Figure, Mark, span
from ui.page import render
from ui.sides import Side, beside, first_two, sides

TICK = 2.0  # seconds between two looks at a run
SHOWN = 5  # runs, the newest
JS_PLACE = "() => [glasbruk.place()]"
JS_ADDRESS = "(query) => glasbruk.keep_address('#models', query)"
LATER = (
    "It is in force for what is started from now on; this desk goes on with what it has loaded until it is restarted."
)


def build(tab: gr.Tab, settings: Settings, reviewer: gr.Textbox) -> None:
    """Lay the view out and tie it up."""
    address, query = gr.Textbox("", visible="hidden"), gr.Textbox("", visible="hidden")
    with gr.Row(elem_classes="filters"):
        left = gr.Dropdown([], label="First", elem_id="model-left", min_width=220)
        right = gr.Dropdown([], label="Second", elem_id="model-right", min_width=220)
    said = gr.HTML(elem_id="model-said")
    pair = gr.HTML(elem_id="models")
    with gr.Row(elem_classes="actions"):
        because = gr.Textbox(
            label="Why, where something speaks against it", elem_id="because", max_length=500, min_width=220
        )
        promote = gr.Button("Put the second in force", elem_id="promote", variant="primary", min_width=160)
        back = gr.Button("Put back what the first replaced", elem_id="roll-back", min_width=160)
    with gr.Accordion("Model cards", open=False, elem_id="cards"), gr.Row():
        cards = [gr.Markdown(elem_id=f"card-{side}") for side in ("left", "right")]
    asked, (start, stop, resume) = _of_training()
    seen = gr.HTML(elem_id="runs")
    clock = gr.Timer(TICK, active=False)
    compared, watched = [left, right, pair, *cards, query], [seen, start, stop, resume, clock]

    def compare(one: str | None, other: str | None) -> list[Any]:
        return _compared(settings, one, other)

    def arrive(where: str) -> list[Any]:
        named = dict(parse_qsl(where.removeprefix("?")))
        return [*_compared(settings, named.get("a"), named.get("b")), *watch(settings), ""]

    def put_in_force(one: str, other: str, reason: str, request: gr.Request) -> list[Any]:
        return _after(settings, one, other, _changed(settings, request, other, reason, standing.promote))

    def put_back(one: str, other: str, reason: str, request: gr.Request) -> list[Any]:
        return _after(settings, one, other, _changed(settings, request, one, reason, standing.roll_back))

    def begin(  # noqa: PLR0917 - one for each field
        what: str, on: str, rounds: float, some: float, number: float, who: str, request: gr.Request
    ) -> list[Any]:
        words = launch.words(what, base=on, seed=int(number or 0), epochs=rounds or 0, examples=int(some or 0))
        by, environment = _by(request, who, settings), launch.environment(settings)
        return _doing(settings, request, lambda: run.start(settings.workspace, what, words, by, environment))

    def end(request: gr.Request) -> list[Any]:
        return _doing(settings, request, lambda: run.stop(settings.workspace, _newest(settings)))

    def go_on(who: str, request: gr.Request) -> list[Any]:
        by, environment = _by(request, who, settings), launch.environment(settings)
        return _doing(settings, request, lambda: run.resume(settings.workspace, _newest(settings), by, environment))

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    tab.select(arrive, address, [*compared, *watched, said], js=JS_PLACE, **quiet)
    gr.on([left.input, right.input], compare, [left, right], compared, **quiet)
    query.change(None, query, None, js=JS_ADDRESS)
    chosen = [left, right, because]
    promote.click(put_in_force, chosen, [*compared, said], **quiet)
    back.click(put_back, chosen, [*compared, said], **quiet)
    start.click(begin, [*asked, reviewer], watched, **quiet)
    stop.click(end, None, watched, **quiet)
    resume.click(go_on, reviewer, watched, **quiet)
    clock.tick(lambda: watch(settings), None, watched, **quiet)


def _of_training() -> tuple[list[Any], tuple[gr.Button, gr.Button, gr.Button]]:
    """What a run is asked for by, and the buttons that start it, stop it and go on with it."""
    gr.HTML("<h2>Training</h2>")
    with gr.Row(elem_classes="filters"):
        kind = gr.Dropdown(list(launch.KINDS), value=next(iter(launch.KINDS)), label="Train", elem_id="train-kind")
        base = gr.Dropdown(list(launch.BASES), value="default", label="Base of a writer", elem_id="train-base")
        epochs = gr.Number(0, label="Epochs (0: as usual)", minimum=0, maximum=100, elem_id="train-epochs")
        examples = gr.Number(0, label="Examples (0: all)", minimum=0, precision=0, elem_id="train-examples")
        seed = gr.Number(0, label="Seed", minimum=0, maximum=2**31 - 1, precision=0, elem_id="train-seed")
    with gr.Row(elem_classes="actions"):
        start = gr.Button("Start training", elem_id="train", variant="primary", min_width=120)
        stop = gr.Button("Stop it", elem_id="train-stop", variant="stop", interactive=False, min_width=80)
        resume = gr.Button("Go on with it", elem_id="train-resume", interactive=False, min_width=100)
    return [kind, base, epochs, examples, seed], (start, stop, resume)


def _compared(settings: Settings, one: str | None, other: str | None) -> list[Any]:
    """The two dropdowns, the two checkpoints, their cards and the address."""
    found = sides(settings)
    first = first_two(list(found.values()))
    keys = [key if key in found else usual for key, usual in zip((one or "", other or ""), first, strict=True)]
    chosen = [found[key] for key in dict.fromkeys(keys)]
    metrics = beside(chosen[0].kept.checkpoint.metrics, chosen[-1].kept.checkpoint.metrics)
    choices = [(side.name, key) for key, side in found.items()]
    return [
        *(gr.update(choices=choices, value=key) for key in keys),
        render("models", sides=chosen, metrics=metrics),
        *(found[key].card for key in keys),
        urlencode(dict(zip("ab", keys, strict=True))),
    ]


def _after(settings: Settings, one: str, other: str, notice: str) -> list[Any]:
    return [*_compared(settings, one, other), notice]


def _changed(settings: Settings, request: Any, key: str, because: str, change: Callable[[Path, Path, str], Any]) -> str:
    """Do it, and what the desk says of it: the refusal as the command gives it, with where to give the reason here."""
    side: Side | None = sides(settings).get(key)
    if side is None:
        return render("notice", message="That checkpoint is not here any more; choose another.", tone="wrong")
    try:
        person.refuse(request, Act.TRAIN)
        place = change(side.kept.folder, settings.workspace, because.strip())
    except GlasbrukError as error:
        told = str(error).replace("say with --because why it should be", "say below why it should be")
        return render("notice", message=told, tone="wrong")
    return render("notice", message=f"{place.name}: changed. {LATER}", tone="done")


def _by(request: Any, who: str, settings: Settings) -> str:
    return person.named(request, who or "") or settings.reviewer


def _newest(settings: Settings) -> str:
    return next((one.name for one in run.runs(settings.workspace)), "")


def _doing(settings: Settings, request: Any, what: Callable[[], Any]) -> list[Any]:
    try:
        person.refuse(request, Act.TRAIN)
        what()
    except GlasbrukError as error:
        return watch(settings, str(error))
    return watch(settings)


def watch(settings: Settings, refused: str = "") -> list[Any]:
    """The newest runs as they stand, and what can be done with the newest."""
    found = run.runs(settings.workspace)[:SHOWN]
    newest = found[0].state if found else ""
    curves = {one.name: _curve(one) for one in found[:1] if len(one.steps) > 1}
    return [
        render("runs", runs=found, refused=refused, curves=curves),
        gr.update(interactive=newest != "running"),
        gr.update(interactive=newest == "running"),
        gr.update(interactive=bool(found) and found[0].resumable),
        gr.Timer(active=newest == "running"),
    ]


def _curve(one: run.Run) -> Figure:
    steps = one.steps
    low, high = span([step.loss for step in steps], least=0.1)
    return Figure(
        key=f"loss-of-run-{one.name}",
        title="Loss as told so far",
        about="A mean of twenty steps each time, from the end of the log.",
        kind="course",
        columns=("step", "of", "loss"),
        rows=tuple((step.number, step.of, step.loss) for step in steps),
        marks=tuple(
            Mark(f"step {step.number}", f"{step.loss:.3f}", step.loss, step.loss, step.loss,
                 across=place / (len(steps) - 1))
            for place, step in enumerate(steps)
        ),
        axis=Axis(min(low, 0.0), high),
    )  # fmt: skip
