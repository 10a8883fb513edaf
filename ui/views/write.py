"""The Write view: a brief is made in a form, and copy for it is written while one looks on.

The page's script asks the functions of `answers`; the form and the run belong to the server, so that a refresh or a
second tab shows the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from inference.roles import Act
from store.channel import Channel
from store.errors import Conflict, InputError, Problem
from store.settings import Settings
from ui import typed
from ui.asking import answer
from ui.drafting import Drafting, faults
from ui.page import render
from ui.prompting import Prompting
from ui.writing import Workshop

LOADING = "The models are loading; you can prepare the brief meanwhile."
PATIENCE = 2.0  # seconds that a stop waits for the variant that is being written
JS_BIND = "glasbrukWrite.bind(element, server);"


@dataclass(frozen=True)
class Writing:
    """What the script asks of the run."""

    workshop: Workshop
    drafting: Drafting
    names: Mapping[str, str]

    def write(self, asked: Sequence[Any]) -> dict[str, Any]:
        """Begin to write what was typed; what is wrong with it, where it is not begun."""
        try:
            found = typed.of_text(str(asked[0]))
            judged = self.drafting.judged(found)
            if judged["problems"]:
                return judged
            settings = self.drafting.settings.writer
            brief = found.sketch.brief(self.drafting.catalogue)
            self.workshop.write(found.wanted(settings).order(brief, settings, self.drafting.author(asked[1])))
        except InputError as error:
            return {"verdict": faults(error.problems)}
        except Conflict as error:
            return {"verdict": faults([Problem("", str(error))])}
        return judged

    def stop(self, _: Sequence[Any]) -> None:
        """End the run; what it has written stays."""
        if self.workshop.run:
            self.workshop.run.stop()
            self.workshop.run.wait(PATIENCE)

    def look(self, _: Sequence[Any]) -> dict[str, Any]:
        """How far the run has come, and whether the models are there."""
        run = self.workshop.run.progress if self.workshop.run else None
        running = run is not None and run.running
        waiting = not running and not self.workshop.models.ready and not self.workshop.error
        said, tone = (LOADING, "done") if waiting else (self.workshop.error, "wrong")
        return {
            "progress": render("progress", progress=run, names=self.names),
            "models": render("notice", message=said, tone=tone),
            "running": running,
            "waiting": waiting,
        }


def build(workshop: Workshop, settings: Settings, catalogue: Mapping[str, Channel]) -> None:
    """Lay the view out. All that moves in it is the script's."""
    gr.HTML(render("writing"), js_on_load=JS_BIND, server_functions=answers(workshop, settings, catalogue))


def answers(workshop: Workshop, settings: Settings, catalogue: Mapping[str, Channel]) -> list[Callable[..., Any]]:
    """What the script may ask, each under its name."""
    drafting = Drafting(workshop.database, catalogue, settings)
    writing = Writing(workshop, drafting, {channel.id: channel.name for channel in catalogue.values()})
    prompting = Prompting(catalogue, workshop.models)
    return [
        answer(drafting.opened, named=1),
        answer(drafting.told, named=3),
        answer(drafting.imported, named=2),
        answer(writing.write, named=1, needs=Act.WRITE, refused=lambda said: {"verdict": faults([Problem("", said)])}),
        *map(answer, (drafting.exported, drafting.thrown, prompting.prompted, writing.stop, writing.look)),
    ]
