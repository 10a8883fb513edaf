"""The Export view: approved copy leaves as a file."""

from datetime import datetime
from pathlib import Path
from typing import Any

import gradio as gr

from inference.export import Format, export
from store import campaigns, variants
from store.database import Database
from store.errors import GlasbrukError
from store.states import State
from ui import person
from ui.page import render

FORMATS: dict[str, Format] = {"CSV": "csv", "JSONL": "jsonl", "Google Ads Editor": "google_ads"}


def build(blocks: gr.Blocks, tab: gr.Tab, database: Database, folder: Path, reviewer: gr.Textbox) -> None:
    """Lay the view out and tie it up; files go into `folder`."""
    with gr.Column(elem_classes="narrow"):
        campaign = gr.Dropdown([("All", "")], value="", label="Campaign", elem_id="export-campaign")
        kind = gr.Radio(list(FORMATS), value="CSV", label="Format", elem_id="format")
        ready = gr.HTML(elem_id="ready")
        start = gr.Button("Export", elem_id="export", variant="primary")
        said = gr.HTML(elem_id="exported")
        file = gr.File(show_label=False, interactive=False, visible=False, elem_id="file")

    def query(chosen: Any) -> variants.Query:
        return variants.Query(campaign_id=chosen or None, state=State.APPROVED)

    def count(chosen: Any) -> str:
        with database.read() as session:
            number = variants.count(session, query(chosen)).get(State.APPROVED, 0)
        message = (
            f"{number} approved. What is exported can no longer be undone." if number else "Nothing is approved yet."
        )
        return render("notice", message=message, tone="done")

    def look() -> list[Any]:
        with database.read() as session:
            runs = [(f"{run.name} #{run.id}", run.id) for run in campaigns.recent(session)]
        return [gr.update(choices=[("All", ""), *runs], value=""), count("")]

    def send(chosen: Any, name: str, who: str, request: gr.Request) -> list[Any]:
        ending = "jsonl" if FORMATS[name] == "jsonl" else "csv"
        out = folder / f"{FORMATS[name]}-{datetime.now():%Y%m%d-%H%M%S}.{ending}"
        try:
            written = export(database, query(chosen), FORMATS[name], person.named(request, who) or "desk", out)
        except GlasbrukError as error:
            return [render("notice", message=str(error), tone="wrong"), gr.update(visible=False)]
        left = f" {written.left_out} are for other channels and were left out." if written.left_out else ""
        message = f"{written.count} exported.{left}"
        return [render("notice", message=message, tone="done"), gr.update(value=str(out), visible=True)]

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    blocks.load(look, None, [campaign, ready], **quiet)
    tab.select(look, None, [campaign, ready], **quiet)
    campaign.input(count, campaign, ready, **quiet)
    start.click(send, [campaign, kind, reviewer], [said, file], **quiet)
