"""What the desk says, in the language of who looks: `say` gives a text of `ui/texts/<language>.ftl` by its key."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast, parse
from fluent.syntax.visitor import Visitor

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = {"en": "English", "sv": "Svenska"}  # each by its own name
SCRIPTS = "js-"  # what the keys of the scripts' texts begin with
COOKIE = "glasbruk_language"  # what somebody chose

_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def spoken() -> str:
    """The language that is spoken here and now: a key of `LANGUAGES`."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language`, a key of `LANGUAGES`, within."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def say(key: str, /, **values: Any) -> str:
    """The text of `key` with `values`, in the language spoken. Raises LookupError for a key or a value it lacks."""
    language = spoken()
    bundle = _bundle(language)
    if not bundle.has_message(key):
        raise LookupError(f'ui/texts/{language}.ftl has no text "{key}"')
    pattern = bundle.get_message(key).value
    text, faults = bundle.format_pattern(pattern, values) if pattern else ("", [])
    if faults:
        raise LookupError(f'ui/texts/{language}.ftl: "{key}": {faults[0]}')
    return str(text)


def script() -> str:
    """JavaScript that gives the scripts `say`, with their texts in the language spoken; `{name}` stands for a value."""
    texts = {
        key.removeprefix(SCRIPTS): say(key, **{name: f"{{{name}}}" for name in names})
        for key, names in values(spoken()).items()
        if key.startswith(SCRIPTS)
    }
    held = json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f"document.documentElement.lang = {json.dumps(spoken())};\n"
        f"const glasbrukTexts = {held};\n"
        "const say = (key, values = {}) => glasbrukTexts[key].replace(/\\{(\\w+)\\}/g, (_, name) => values[name]);"
    )


@cache
def values(language: str) -> dict[str, frozenset[str]]:
    """The keys of a language's texts, and the names of the values that each takes."""
    entries = parse(_written(language)).body
    return {entry.id.name: _names(entry) for entry in entries if isinstance(entry, ast.Message)}


def wanted(chosen: str | None, accepted: str) -> str:
    """The language for who has `chosen` one, or whose browser sends this Accept-Language (RFC 9110, section 12.5.4)."""
    if chosen in LANGUAGES:
        return str(chosen)
    weighed = sorted(((_weight(each), -place, each) for place, each in enumerate(accepted.split(","))), reverse=True)
    for weight, _, each in weighed:
        language = each.partition(";")[0].strip().partition("-")[0].lower()
        if weight and language in LANGUAGES:
            return language
    return "en"


def always(language: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """`act`, speaking `language` whoever calls it: Gradio calls what it was given from threads of its own."""

    @wraps(act)
    def speaking_it(*given: Any, **named: Any) -> Any:
        with speaking(language):
            return act(*given, **named)

    return speaking_it


def _weight(accepted: str) -> float:
    _, _, quality = accepted.partition(";q=")
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0


def _names(entry: ast.Message) -> frozenset[str]:
    found: set[str] = set()

    class Names(Visitor):
        def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 -- the visitor's own way
            found.add(node.id.name)

    Names().visit(entry)
    return frozenset(found)


def _written(language: str) -> str:
    return (TEXTS / f"{language}.ftl").read_text(encoding="utf-8")


@cache
def _bundle(language: str) -> FluentBundle:
    made = FluentBundle([language], use_isolating=False)  # marks around values would be in what people copy
    made.add_resource(FluentResource(_written(language)))
    return made
