"""Passwords: what one must be, and Argon2id over it (RFC 9106), as slow for a name that is none."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from store.errors import InputError, Problem

SHORTEST = 12  # characters; nothing else is asked, since rules on kinds of characters make passwords no harder to guess
LONGEST = 1_000

# RFC 9106's second recommended option (section 4): 64 MiB, three passes, four lanes. Two at a time, so that many who
# try at once wait for each other and do not fill the memory.
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
# What a password is compared with where there is nobody by that name: the hash of one that nobody knows.
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$STbQjHc3QheXIwFmmuaV7Q$297Bq+OwmUXVtE7ku/lTKihEHzIQJ3apXNhKAGtHF00"
AT_ONCE = threading.BoundedSemaphore(2)


def checked(password: str) -> str:
    """The password, where it can be one. Raises InputError that says how long it must be, and never what it is."""
    if not password.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in password):
        raise InputError(Problem("password", "is no text in UTF-8; type it anew"))
    length = len(password)
    if not SHORTEST <= length <= LONGEST:
        raise InputError(Problem("password", f"has {length} characters; use {SHORTEST} to {LONGEST:,}"))
    return password


def hashed(password: str) -> str:
    """Argon2id of the password, with a salt of its own and the parameters in it."""
    with AT_ONCE:
        return HASHER.hash(folded(password))


def same(stored: str | None, password: str) -> bool:
    """Whether this is the password that was hashed. Without a hash it takes as long, and is false."""
    if len(password) > LONGEST:  # none that long was ever stored, which everybody may know
        return False
    with AT_ONCE:
        try:
            return HASHER.verify(stored or NOBODYS, folded(password)) and stored is not None
        except VerifyMismatchError:
            return False


def is_stale(stored: str) -> bool:
    """Whether it was hashed with other parameters than are in force, so that it should be hashed anew."""
    return HASHER.check_needs_rehash(stored)


def folded(words: str) -> str:
    """The same words however a keyboard composes them (NIST SP 800-63B-4, section 3.1.1.2)."""
    return unicodedata.normalize("NFKC", words)
