"""Markup of the desk: templates with every value escaped."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ui.language import say

TEMPLATES = Path(__file__).parent / "templates"

# Gradio reads what it is given as a template of two kinds (`${...}` and Handlebars' `{{...}}`), so these characters,
# which none of our markup needs, leave as entities: copy with template syntax comes out as text.
TEMPLATE_SYNTAX = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})

# Characters that one does not see and that turn the text around them: shown by their number, so that nothing hides.
UNSEEN = {
    code: f"[U+{code:04X}]"
    for code in (*range(0x09), *range(0x0B, 0x20), 0x7F, *range(0x80, 0xA0), 0x061C, 0x200B, 0x200E, 0x200F,
                 *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
}  # fmt: skip


def visible(text: str) -> str:
    """`text` with control characters and direction marks shown by number: `[U+202E]`."""
    return text.translate(UNSEEN)


def environment() -> Environment:
    """Where templates of `ui/templates` are filled: every value escaped, a missing one an error, texts by `say`."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["say"] = say
    return made


@cache
def _environment() -> Environment:
    made = environment()
    made.filters["visible"] = visible
    return made


def render(template: str, **values: Any) -> str:
    """The markup of `ui/templates/<template>.html` with `values`, escaped for HTML and for Gradio's own templates."""
    return _environment().get_template(f"{template}.html").render(**values).translate(TEMPLATE_SYNTAX)
