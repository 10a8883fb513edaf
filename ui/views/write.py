"""The Write view: a brief comes in, and copy for it is written while one looks on."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from inference.order import Order
from inference.roles import Act
from prompts import briefs
from store.brief import Brief
from store.channel import Channel
from store.errors import Conflict, Forbidden, InputError, Problem
from store.settings import Settings
from ui import person
from ui.page import render
from ui.writing import Workshop

TICK = 0.7  # seconds between two looks at a run
MAX_SEED = 2**31 - 1


def parse(text: str, channels: Mapping[str, Channel]) -> Brief:
    """The brief in what was typed, YAML or JSON. Raises InputError with every fault at its place."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("brief.json" if text.lstrip().startswith("{") else "brief.yaml")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return briefs.read(path, channels)


def verdict(text: str, n: float, many: int, channels: Mapping[str, Channel]) -> str:
    """What the desk says of a brief: how much is shown, of `many` times as much written, or what is wrong and where."""
    try:
        return render("brief", brief=parse(text, channels), problems=(), n=int(n), many=many)
    except InputError as error:
        return _refused(error.problems)


def _refused(problems: Sequence[Problem]) -> str:
    return render("brief", brief=None, problems=problems, n=0, many=0)


def build(
    blocks: gr.Blocks, workshop: Workshop, settings: Settings, catalogue: Mapping[str, Channel], reviewer: gr.Textbox
) -> None:
    """Lay the view out and tie it up."""
    examples = briefs.examples()
    with gr.Row(elem_classes="bench"):
        with gr.Column(scale=4, min_width=320):
            with gr.Row(elem_classes="filters"):
                example = gr.Dropdown([("Choose", ""), *examples], value="", label="Example brief", elem_id="example")
                upload = gr.UploadButton("Upload a file", file_types=[".yaml", ".yml", ".json"], elem_id="upload")
            brief = gr.Textbox(
                label="Brief", lines=20, max_lines=28, elem_id="brief", elem_classes="mono", value=briefs.template()
            )
        with gr.Column(scale=3, min_width=320):
            with gr.Row(elem_classes="filters"):
                n = gr.Number(
                    8, label="To show of each", minimum=1, maximum=64, precision=0, elem_id="n", min_width=110
                )
                temperature = gr.Number(
                    settings.writer.temperature, label="Temperature", minimum=0, maximum=2, step=0.1, min_width=110
                )
                seed = gr.Number(0, label="Seed", minimum=0, maximum=MAX_SEED, precision=0, min_width=110)
            with gr.Row(elem_classes="actions"):
                check = gr.Button("Check", elem_id="check", min_width=80)
                start = gr.Button("Write", elem_id="write", variant="primary", min_width=80)
                stop = gr.Button("Stop", elem_id="stop", variant="stop", interactive=False, min_width=80)
            said = gr.HTML(elem_id="verdict")
            models = gr.HTML(elem_id="models")
            progress = gr.HTML(elem_id="progress")
    clock = gr.Timer(TICK)
    names = {channel.id: channel.name for channel in catalogue.values()}

    def look() -> list[Any]:
        run = workshop.run.progress if workshop.run else None
        running = run is not None and run.running
        waiting = not workshop.models.ready and not workshop.error
        state = (
            "The models are loading; you can prepare the brief meanwhile."
            if waiting and not running
            else workshop.error
        )
        return [
            render("progress", progress=run, names=names),
            render("notice", message=state, tone="wrong" if workshop.error else "done"),
            gr.update(interactive=not running),
            gr.update(interactive=running),
            gr.Timer(active=running or waiting),
        ]

    def begin(  # noqa: PLR0917 - Gradio calls it by position
        text: str, many: float, warmth: float, number: float, who: str, request: gr.Request
    ) -> list[Any]:
        writer = settings.writer.model_copy(update={"temperature": warmth})
        try:
            person.refuse(request, Act.WRITE)
            order = Order(
                brief=parse(text, catalogue),
                n=int(many),
                seed=int(number),
                sampling=writer.sampling,
                author=person.named(request, who) or settings.reviewer,
                overgenerate=settings.writer.overgenerate,
            )
            workshop.write(order)
        except InputError as error:
            return [_refused(error.problems), *look()]
        except (Conflict, Forbidden) as error:
            return [_refused([Problem("", str(error))]), *look()]
        return ["", *look()]

    def end() -> list[Any]:
        if workshop.run:
            workshop.run.stop()
            workshop.run.wait(2)
        return look()

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    seen = [progress, models, start, stop, clock]
    clock.tick(look, None, seen, **quiet)
    blocks.load(look, None, seen, **quiet)
    example.input(
        lambda name: examples[name].read_text("utf-8") if name else briefs.template(), example, brief, **quiet
    )
    upload.upload(lambda file: Path(file).read_bytes()[:2_000_000].decode("utf-8", "replace"), upload, brief, **quiet)
    check.click(
        lambda text, many: verdict(text, many, settings.writer.overgenerate, catalogue), [brief, n], said, **quiet
    )
    start.click(begin, [brief, n, temperature, seed, reviewer], [said, *seen], **quiet)
    stop.click(end, None, seen, **quiet)
