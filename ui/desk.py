"""The main path of the desk: one page with three views, mounted beside the API."""

import os
from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from prompts import channels
from store.settings import Settings
from ui.page import render
from ui.views import export, review, write
from ui.writing import Workshop

# For whatever of Gradio reads it; our page is told so as well.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# Gradio sums up its last 10,000 events after every click, for a page that is off here.
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000"
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "100"

HERE = Path(__file__).parent
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]  # the reader's own: nothing is fetched
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
JS_NAME = "() => [glasbruk.recall('reviewer')]"


def desk(settings: Settings, workshop: Workshop) -> gr.Blocks:
    """The desk's page: what it shows comes from the store, what it does goes through `inference`."""
    catalogue = channels.catalogue(settings)
    with gr.Blocks(title="Glasbruk", analytics_enabled=False, fill_width=True) as blocks:
        with gr.Row(elem_classes="masthead"):
            gr.HTML(render("masthead"))
            reviewer = gr.Textbox(
                settings.reviewer, label="You are", elem_id="reviewer", max_length=120, max_lines=1, min_width=120
            )
        with gr.Tabs(elem_id="views"):
            with gr.Tab("Review", id="review") as reviewing:
                refreshed_by = review.build(blocks, workshop, settings, catalogue, reviewer)
            with gr.Tab("Write", id="write"):
                write.build(blocks, workshop, settings, catalogue, reviewer)
            with gr.Tab("Export", id="export") as exporting:
                export.build(blocks, exporting, workshop.database, settings.workspace / "exports", reviewer)
        refreshed_by(reviewing.select)
        gr.HTML(render("help"))
        blocks.load(lambda name: name or settings.reviewer, reviewer, reviewer, js=JS_NAME, api_visibility="private")
        reviewer.blur(None, reviewer, None, js="(name) => glasbruk.keep('reviewer', name)")
    return blocks.queue(default_concurrency_limit=8)


def mount(app: FastAPI, blocks: gr.Blocks, settings: Settings) -> FastAPI:
    """Put the desk at the root of `app`, behind the routes that `app` has already."""
    return gr.mount_gradio_app(  # type: ignore[no-any-return]
        app,
        blocks,
        path="/",
        theme=gr.themes.Base(font=FONTS, font_mono=MONO),
        css_paths=[HERE / "desk.css"],
        head=f"<script>{(HERE / 'desk.js').read_text(encoding='utf-8')}</script>",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        allowed_paths=[str((settings.workspace / "exports").resolve())],
        max_file_size="2mb",
    )
