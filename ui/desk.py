"""The main path of the desk: one page, a view a tab, mounted beside the API."""

import os
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from inference.roles import Act, may
from prompts import channels
from store.account import Account
from store.settings import Settings
from ui import person
from ui.anew import Anew, refused
from ui.asking import answer
from ui.language import LANGUAGES, always, say, script, speaking, spoken
from ui.page import render
from ui.tongues import Tongues
from ui.views import export, label, models, results, review, write
from ui.writing import Workshop

# For whatever of Gradio reads it; our page is told so as well.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# Gradio sums up its last 10,000 events after every click, for a page that is off here.
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000"
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "100"

HERE = Path(__file__).parent
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]  # the reader's own: nothing is fetched
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
STYLES = ("desk.css", "write.css")
SCRIPTS = ("desk.js", "form.js", "write.js", "again.js")
JS_AGAIN = "glasbrukAgain.bind(server);"
JS_NAME = "() => [glasbruk.recall('reviewer')]"


def desk(settings: Settings, workshop: Workshop) -> gr.Blocks:
    """The desk's page: what it shows comes from the store, what it does goes through `inference`."""
    catalogue = channels.catalogue(settings)
    with gr.Blocks(title="Glasbruk", analytics_enabled=False, fill_width=True) as blocks:
        with gr.Row(elem_classes="masthead"):
            gr.HTML(render("masthead", languages=LANGUAGES, spoken=spoken(), root=settings.serve.root_path))
            who = gr.HTML(elem_id="signed-in")
            reviewer = gr.Textbox(
                settings.reviewer, label=say("you-are"), elem_id="reviewer", max_length=120, max_lines=1, min_width=120
            )
        with gr.Tabs(elem_id="views", overflow_behavior="wrap"):
            with gr.Tab(say("view-review"), id="review") as reviewing:
                refreshed_by = review.build(blocks, workshop, settings, catalogue, reviewer)
            with gr.Tab(say("view-label"), id="label") as labelling:
                label.build(labelling, workshop.database, settings)
            with gr.Tab(say("view-write"), id="write"):
                write.build(workshop, settings, catalogue)
            with gr.Tab(say("view-export"), id="export") as exporting:
                export.build(blocks, exporting, workshop.database, settings.workspace / "exports", reviewer)
            with gr.Tab(say("view-results"), id="results") as counting:
                results.build(counting, workshop.database, settings)
            with gr.Tab(say("view-models"), id="models") as comparing:
                models.build(comparing, settings, reviewer)
        refreshed_by(reviewing.select)
        anew = answer(Anew(workshop, settings).again, named=3, needs=Act.EDIT, refused=refused)
        gr.HTML(render("help"), js_on_load=JS_AGAIN, server_functions=[anew])

        def greet(typed: str, request: gr.Request) -> list[Any]:
            return _greeting(settings, typed, person.signed_in(request))

        blocks.load(greet, reviewer, [reviewer, who], js=JS_NAME, show_progress="hidden", api_visibility="private")
        reviewer.blur(None, reviewer, None, js="(name) => glasbruk.keep('reviewer', name)")
    return blocks.queue(default_concurrency_limit=8)


def _greeting(settings: Settings, typed: str, account: Account | None) -> list[Any]:
    """The name at the top: of who is signed in, with the way out; where nobody need be, the box to type one into."""
    allowed = [act.name.lower() for act in Act if account and may(account.role, act)]
    who = render("who", account=account, may=allowed, root=settings.serve.root_path)
    name = account.name if account else typed or settings.reviewer
    return [gr.update(value=name, visible=account is None), who]


def mount(app: FastAPI, settings: Settings, workshop: Workshop) -> FastAPI:
    """Put the desk at the root of `app`, once for each language, behind the routes that `app` has already."""
    Tongues({language: _hosted(language, settings, workshop) for language in LANGUAGES}).mount(app)
    return app


def _hosted(language: str, settings: Settings, workshop: Workshop) -> FastAPI:
    """The desk that speaks `language`, as an app."""
    with speaking(language):
        blocks, texts = desk(settings, workshop), script()
    for handler in blocks.fns.values():
        handler.fn = handler.fn and always(language, handler.fn)
    scripts = [texts, *((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)]
    return gr.mount_gradio_app(  # type: ignore[no-any-return]
        FastAPI(openapi_url=None),
        blocks,
        path="/",
        root_path=settings.serve.root_path or None,
        theme=gr.themes.Base(font=FONTS, font_mono=MONO),
        css_paths=[HERE / name for name in STYLES],
        head="".join(f"<script>{each}</script>" for each in scripts),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        allowed_paths=[str((settings.workspace / "exports").resolve())],
        max_file_size="2mb",
    )
