"""People: personal data, links, and copy that tells readers what they are."""

import re
from collections.abc import Iterator
from functools import lru_cache

from inference.checks.contacts import Contact, contacts, digits
from inference.checks.findings import block, quoted, warn
from inference.checks.terms import ENDINGS, listed
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant


def personal_data(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Addresses, numbers and links that the brief does not have."""
    for key, text in variant.fields.items():
        for contact in contacts(text):
            if not _given(contact, brief.claims):
                code = "unknown_url" if contact.kind == "link" else "personal_data"
                article = "an" if contact.kind[0] in "eI" else "a"
                message = (
                    f"{quoted(contact.text)} is {article} {contact.kind} that the brief does not have; leave it out"
                )
                yield block(code, key, (contact.start, contact.end), message)


def _given(contact: Contact, claims: tuple[str, ...]) -> bool:
    if contact.kind == "link":
        return any(_leads(contact.text, theirs.text) for claim in claims for theirs in contacts(claim))
    if contact.kind == "e-mail address":
        return any(contact.text.casefold() in claim.casefold() for claim in claims)
    number = digits(contact.text)
    # a number may be written with or without its country's code: the last seven digits tell
    return any(number[-7:] in digits(claim) for claim in claims)


def _leads(link: str, theirs: str) -> bool:
    """Whether a link is the brief's, or its front page."""
    mine, given = (re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", address.casefold()) for address in (link, theirs))
    return mine == given or ("/" not in mine and given.split("/")[0] == mine)


def sensitive_targeting(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Copy that speaks to readers of their health, faith, ethnicity, politics or sexual orientation.

    Only where it says what the reader is or has ("as a diabetic", "your depression", "Muslim families"), not where such
    a word merely stands ("Asian noodles"); a warning where the brief's own claims have the same word.
    """
    pattern = _addressing(brief.language)
    for key, text in variant.fields.items():
        for match in pattern.finditer(text) if pattern else ():
            term = next(value for name, value in match.groupdict().items() if value and name.startswith("term"))
            given = re.compile(rf"(?<!\w){re.escape(term.rstrip('s'))}", re.IGNORECASE)
            say = warn if any(given.search(claim) for claim in brief.claims) else block
            message = f"{quoted(match.group())} tells readers what they are; say what the product does instead"
            yield say("sensitive_targeting", key, match.span(), message)


# How a language speaks to somebody of what they are (a group) or have (a condition). {plain}: groups less those that
# are plain words too; {group}: all of them, which the words for people after them tell.
_FRAMES = {
    "en": (
        r"\bas an? (?:\w+ )?(?P<term1>{plain})\b(?! drink| beverage)",
        r"\b(?:fellow|dear|attention|hey|calling all|for all) (?P<term2>{plain}|{group}(?= (?:{people})\b))",
        r"\b(?:you're|you are|are you|if you're|being) (?:an? )?(?:\w+ly )?(?P<term3>{plain})\b",
        r"\b(?P<term4>{group}) (?:{people})\b(?!['’]s| (?:recipe|table|meal|kitchen|restaurant|cooking|dish|dinner))",
        r"\b(?P<term5>{plain}) (?:\w+ )?like you\b",
        r"\byour (?:\w+ )?(?P<term6>{condition})\b(?!-| in\b| to\b)",
        r"\b(?:living|live|struggling|struggle|dealing|diagnosed) with (?:your )?(?P<term7>{condition})\b",
        r"\b(?:suffer|suffering|suffers|recovering) from (?:your )?(?P<term8>{condition})\b",
        r"\b(?:do|if) you have (?P<term9>{condition})\b",
    ),
    "sv": (
        r"\b(?:du )?som (?:är )?(?P<term1>{plain})\b(?! (?:{people})\b)",
        r"\b(?:kära|hej|till alla|för alla) (?P<term2>{plain})\b",
        r"\b(?:du är|är du|ni är|är ni) (?:en )?(?P<term3>{plain})\b",
        r"\b(?P<term4>{group}) (?:{people})\b",
        r"\b(?:din|ditt|dina|er|ert) (?:\w+ )?(?P<term6>{condition})\b(?!-)",
        r"\b(?:lever|lider|dras|kämpar) (?:du )?(?:med|av) (?:din |ditt )?(?P<term7>{condition})\b",
        r"\b(?:du|har du|du som) (?:har )?(?P<term9>{condition})\b",
    ),
}


@lru_cache(maxsize=32)
def _addressing(language: str) -> re.Pattern[str] | None:
    """All frames of a language as one pattern; None for a language without them."""
    if language not in _FRAMES:
        return None
    groups, plain_words = listed(language, "groups"), set(listed(language, "plain"))
    ending = f"(?:{'|'.join(('s', *ENDINGS['sv'])) if language == 'sv' else 's|es'})?"
    slots = {
        "group": _any(groups) + ending,
        "plain": _any([group for group in groups if group not in plain_words]) + ending,
        "condition": _any(listed(language, "conditions")) + ("(?:en|et|n)?" if language == "sv" else ""),
        "people": "|".join(listed(language, "people")),
    }
    frames = (re.sub(r"\{(\w+)\}", lambda slot: slots[slot[1]], frame) for frame in _FRAMES[language])
    return re.compile("|".join(frames), re.IGNORECASE)


def _any(phrases: list[str]) -> str:
    longest_first = sorted(phrases, key=len, reverse=True)
    return f"(?:{'|'.join('[ -]'.join(map(re.escape, phrase.split())) for phrase in longest_first)})"
