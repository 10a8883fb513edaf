"""What the page's scripts may ask the server, as Gradio wants it."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from inference.roles import Act
from store.errors import Forbidden
from ui import person
from ui.language import always, spoken


def answer(
    act: Callable[[Sequence[Any]], Any],
    named: int | None = None,
    needs: Act | None = None,
    refused: Callable[[str], Any] = str,
) -> Callable[..., Any]:
    """`act` under its own name, as a function: Gradio marks what it is given, which no method lets it do.

    What is asked has the asker's name at place `named`; the name of who is signed in stands there instead. Whose role
    does not allow what it `needs` is told so, in the shape that `refused` gives it. Answers are in the language that is
    spoken now.
    """

    def ask(asked: Any, request: gr.Request) -> Any:
        try:
            if needs:
                person.refuse(request, needs)
        except Forbidden as error:
            return refused(f"{error}.")
        told = list(asked)
        if named is not None:
            told[named] = person.named(request, str(told[named]))
        return act(told)

    ask.__name__ = act.__name__
    return always(spoken(), ask)
