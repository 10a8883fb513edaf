"""The Results view: what copy earned and what reviewers made of it, as plots with their data."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr

from store import campaigns
from store.database import Database
from store.errors import GlasbrukError, parse
from store.settings import Settings
from training.earned import NO_WORD
from training.window import Window
from ui import figures
from ui.page import render
from ui.tallies import Tallies

TICK = 1.0  # seconds between two looks at a count
JS_PLACE = "() => [glasbruk.place()]"
JS_ADDRESS = "(query) => glasbruk.keep_address('#results', query)"
KEYS = {"campaign": "campaign_id", "since": "since", "until": "until"}  # in the address, and of a window


def read(address: str) -> dict[str, str]:
    """What of the view's filters an address names."""
    return {name: text for name, text in parse_qsl(address.removeprefix("?")) if name in KEYS}


def window(filters: dict[str, str]) -> Window:
    """The window that filters name. Raises InputError that names the one at fault."""
    return parse(Window, {KEYS[name]: text.strip() for name, text in filters.items() if text.strip()})


def build(tab: gr.Tab, database: Database, settings: Settings) -> None:
    """Lay the view out and tie it up."""
    tallies = Tallies(database, settings)
    address, query = gr.Textbox("", visible="hidden"), gr.Textbox("", visible="hidden", elem_id="results-query")
    with gr.Row(elem_classes="filters"):
        campaign = gr.Dropdown([("All", "")], value="", label="Campaign", elem_id="results-campaign", min_width=160)
        since = gr.Textbox(label="From", placeholder="2026-11-01", elem_id="since", max_length=10, min_width=120)
        until = gr.Textbox(label="To", placeholder="2026-11-30", elem_id="until", max_length=10, min_width=120)
    seen = gr.HTML(elem_id="results")
    clock = gr.Timer(TICK, active=False)
    filters = [campaign, since, until]

    def look(*chosen: Any) -> list[Any]:
        named = {name: str(value or "") for name, value in zip(KEYS, chosen, strict=True)}
        markup, waiting = shown(tallies, named)
        return [markup, urlencode({name: text for name, text in named.items() if text}), gr.Timer(active=waiting)]

    def arrive(where: str) -> list[Any]:
        named = {**dict.fromkeys(KEYS, ""), **read(where)}
        with database.read() as session:
            runs = [(f"{run.name} #{run.id}", str(run.id)) for run in campaigns.recent(session)]
        known = runs if named["campaign"] in {"", *(value for _, value in runs)} else [
            (f"#{named['campaign']}", named["campaign"]), *runs]  # fmt: skip
        choices = gr.update(choices=[("All", ""), *known], value=named["campaign"])
        return [choices, named["since"], named["until"], *look(*named.values())]

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    tab.select(arrive, address, [*filters, seen, query, clock], js=JS_PLACE, **quiet)
    gr.on([campaign.input, since.submit, until.submit], look, filters, [seen, query, clock], **quiet)
    clock.tick(look, filters, [seen, query, clock], **quiet)
    query.change(None, query, None, js=JS_ADDRESS)


def shown(tallies: Tallies, named: dict[str, str]) -> tuple[str, bool]:
    """The markup, and whether it is still being counted."""
    empty: dict[str, Any] = {"refused": "", "waiting": False, "aside": "", "outcomes": (), "decisions": (), "at": None}
    try:
        tally = tallies.ask(window(named))
    except GlasbrukError as error:
        return render("results", **{**empty, "refused": f"{error}"}), False
    if tally is None:
        return render("results", **{**empty, "waiting": True}), True
    left = {reason: count for reason, count in tally.earned.left_out.items() if reason != NO_WORD and count}
    aside = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in sorted(left.items()))
    drawn = {"outcomes": figures.outcomes(tally.earned), "decisions": figures.decisions(tally.reviewed), "at": tally.at}
    return render("results", **{**empty, "aside": aside, **drawn}), False
