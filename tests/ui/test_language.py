"""The texts: each language has the same, all of them are used, and none stands outside."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import language
from ui.language import LANGUAGES, always, say, speaking, spoken, values, wanted

UI = Path(language.__file__).parent
PROSE = re.compile(r"[^\W\d_]{2,}")  # what somebody reads has a word in it
USED = re.compile(r"""\bsay\(\s*f?["']([\w{}.-]+)["']""")
READ = frozenset({"alt", "aria-label", "aria-description", "aria-roledescription", "placeholder", "title"})


def sources() -> list[Path]:
    """What the desk is made of; the commands speak English."""
    found = [*UI.glob("*.py"), *UI.glob("views/*.py"), *UI.glob("templates/**/*.html"), *UI.glob("*.js")]
    return sorted(path for path in found if path.name not in COMMANDS)


COMMANDS = {"cli.py", "demo.py", "doctor.py", "report.py", "app.py", "machine.py", "language.py"}


def test_all_languages_have_the_same_texts_with_the_same_values() -> None:
    english, *others = (values(code) for code in LANGUAGES)
    assert english
    for other in others:
        assert other == english


def test_every_text_says_something_in_every_language() -> None:
    for code in LANGUAGES:
        with speaking(code):
            for key, names in values(code).items():
                assert say(key, **dict.fromkeys(names, 2)).strip(), (code, key)


def test_every_key_that_is_used_exists_and_every_one_that_exists_is_used() -> None:
    used: set[str] = set()
    for path in sources():
        prefix = language.SCRIPTS if path.suffix == ".js" else ""
        used |= {prefix + key for key in USED.findall(path.read_text(encoding="utf-8"))}
    patterns = [re.compile(re.sub(r"\{[^}]*\}", "[\\\\w-]+", key)) for key in used]
    known = values("en")
    assert [key for key in used if "{" not in key and key not in known] == []
    assert [key for key in known if not any(pattern.fullmatch(key) for pattern in patterns)] == []


def test_it_speaks_english_unless_told_otherwise_and_whoever_calls() -> None:
    assert (spoken(), say("view-review")) == ("en", "Review")
    with speaking("sv"):
        assert say("view-review") == "Granska"
        assert always("en", lambda: say("view-review"))() == "Review"
    assert spoken() == "en"


def test_a_key_or_a_value_that_is_missing_is_named() -> None:
    with pytest.raises(LookupError, match=r'en\.ftl has no text "nothing"'):
        say("nothing")


@pytest.mark.parametrize(
    ("chosen", "accepted", "spoken"),
    [
        (None, "", "en"),
        (None, "sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        (None, "fi;q=0.9, sv;q=0.3, en;q=0.2", "sv"),
        (None, "en, sv", "en"),
        (None, "sv;q=0, de", "en"),
        (None, "sv;q=much", "en"),
        ("sv", "en", "sv"),
        ("en", "sv", "en"),
        ("klingon", "sv", "sv"),
    ],
)
def test_the_language_is_the_one_chosen_or_else_the_one_the_browser_likes_best(
    chosen: str | None, accepted: str, spoken: str
) -> None:
    assert wanted(chosen, accepted) == spoken


@given(st.text())
def test_any_header_gets_some_language(accepted: str) -> None:
    assert wanted(None, accepted) in LANGUAGES
