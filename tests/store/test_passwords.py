"""Passwords: long enough, whatever else is in them, and hashed so that guessing is slow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import passwords
from store.errors import InputError


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1_001, "\udc80" * 12])
def test_what_cannot_be_one_is_told_without_repeating_it(password: str) -> None:
    with pytest.raises(InputError, match=r"^password: ") as caught:
        passwords.checked(password)
    assert not password or password not in str(caught.value)


@given(st.text(st.characters(codec="utf-8"), min_size=12, max_size=100))
def test_nothing_is_asked_of_one_but_its_length(password: str) -> None:
    assert passwords.checked(password) == password


def test_a_hash_is_salted_argon2id_and_fits_only_its_password() -> None:
    first, second = passwords.hashed("correct horse battery"), passwords.hashed("correct horse battery")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.same(first, "correct horse battery")
    assert not passwords.same(first, "correct horse batteries")
    assert not passwords.is_stale(first)
    assert passwords.is_stale(first.replace("t=3", "t=2"))


def test_the_same_letters_typed_in_another_way_are_the_same_password() -> None:
    assert passwords.same(passwords.hashed("blåbärspaj med glass"), "bla\u030aba\u0308rspaj med glass")


@settings(max_examples=3)
@given(st.text(max_size=40))
def test_without_a_hash_nothing_fits_and_the_same_is_computed(password: str) -> None:
    assert not passwords.same(None, password)
    assert not passwords.is_stale(passwords.NOBODYS)  # the parameters in force, so that it takes as long


def test_what_is_too_long_to_be_one_is_not_hashed() -> None:
    assert not passwords.same(passwords.NOBODYS, "x" * 10_000_000)
