"""The Label view: where one line of copy came from, as a picture from brief to decision."""

import gradio as gr
from sqlalchemy.orm import Session

from store import labels, variants
from store.database import Database
from store.errors import GlasbrukError
from store.settings import Settings
from training import kept
from ui import card, place
from ui.lineage import lineage
from ui.page import render
from ui.picture import svg

JS_PLACE = "() => [glasbruk.place(), glasbruk.blind()]"


def build(tab: gr.Tab, database: Database, settings: Settings) -> None:
    """Lay the view out and tie it up; it shows the variant that the address names."""
    seen = gr.HTML(elem_id="lineage")
    address = gr.Textbox("", visible="hidden")  # both are filled by the page
    blind = gr.Checkbox(True, visible="hidden")

    def look(query: str, is_blind: bool) -> str:
        with database.read() as session:
            return picture(session, settings, place.read(query).variant, blind=is_blind)

    tab.select(look, [address, blind], seen, show_progress="hidden", api_visibility="private", js=JS_PLACE)


def picture(session: Session, settings: Settings, variant: int | None, *, blind: bool) -> str:
    """The markup for a variant, or what to do where there is none to show."""
    if variant is None:
        return render("empty", title="No variant is open", message="Open one in Review; this is then its glass label.")
    try:
        label = labels.label(session, variant)
    except GlasbrukError as error:
        return render("empty", title="There is no label to show", message=f"{error}.".capitalize())
    (row,) = variants.rows(session, [variant])
    score = card.score(row, blind)
    shown = label.model_copy(update={"score": score, "findings": card.findings(row, blind)})
    found = lineage(shown, kept.by_id(settings), hidden=score is not label.score)
    return render("lineage", label=label, wide=svg(found), narrow=svg(found, narrow=True))
