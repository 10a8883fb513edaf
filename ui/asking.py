"""What the page's scripts may ask the server, as Gradio wants it."""

from collections.abc import Callable, Sequence
from typing import Any


def answer(act: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    """`act` under its own name, as a function: Gradio marks what it is given, which no method lets it do."""

    def ask(asked: Any) -> Any:
        return act(asked)

    ask.__name__ = act.__name__
    return ask
