"""The language of copy."""

import subprocess
import sys

import pytest

from tests.inference.checks.sample import brief, email, found, variant

LINES = {
    "en": ("The bread is warm", "Come by on your way to the train and take it with you."),
    "sv": ("Brödet är varmt", "Kom förbi på väg till tåget och ta med dig en bulle."),
    "da": ("Brødet er varmt", "Kom forbi på vej til toget og tag en bolle med."),
    "nb": ("Brødet er varmt", "Kom innom på vei til toget og ta med deg en bolle."),
    "de": ("Das Brot ist warm", "Komm auf dem Weg zum Zug vorbei und nimm ein Brötchen mit."),
    "fr": ("Le pain est chaud", "Passez avant le train et prenez un petit pain avec vous."),
    "es": ("El pan está caliente", "Pasa de camino al tren y llévate un panecillo para ti."),
    "it": ("Il pane è caldo", "Passa prima del treno e porta con te un panino per la giornata."),
    "nl": ("Het brood is warm", "Kom langs op weg naar de trein en neem een broodje mee."),
    "fi": ("Leipä on lämmintä", "Poikkea matkalla junaan ja ota sämpylä mukaan, kun se on tuore."),
}


@pytest.mark.parametrize("spoken", LINES)
@pytest.mark.parametrize("asked", LINES)
def test_only_another_language_is_blocked(spoken: str, asked: str) -> None:
    subject, preheader = LINES[spoken]
    alike = spoken == asked or {spoken, asked} == {"da", "nb"}
    about = brief(language=asked) if asked != "sv" else brief(language="sv")
    assert bool(found(email(preheader, subject=subject), about, "wrong_language")) != alike


def test_short_copy_is_not_judged() -> None:
    assert not found(variant({"title": "Brot", "body": "Jetzt warm"}, "push"), code="wrong_language")


def test_nothing_is_loaded_on_import() -> None:
    code = "import inference.checks.language as l; assert l._detector.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", code], check=True)
