"""How long a text is, in the unit that a channel counts in."""

import bisect
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from typing import Literal

from store.channel import Unit

# 3GPP TS 23.038, clause 6.2.1 and its extension table. ESC itself is no character that a text can have.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")

# Units that fit in a message of one part, and in each part of a longer one (a header takes the rest).
GSM_CAPACITY = (160, 153)
UCS2_CAPACITY = (70, 67)


Encoding = Literal["GSM-7", "UCS-2"]


@dataclass(frozen=True)
class SmsLength:
    """What a text costs as an SMS."""

    encoding: Encoding
    units: int
    """Septets for GSM-7, UTF-16 code units for UCS-2."""
    parts: int
    """Messages that are paid for; 0 for an empty text."""
    per_part: int
    """Units that fit in each of those parts."""


def length(text: str, unit: Unit) -> int:
    """The length of `text` in `unit`s.

    `characters` are code points after NFC normalisation, so that "é" counts once however it was typed. This is what ad
    platforms show for the languages a brief may have; an emoji counts by its code points, 1 or more. `sms_parts` are
    the messages that are paid for (see `sms`).
    """
    return sms(text).parts if unit == "sms_parts" else len(unicodedata.normalize("NFC", text))


def most_characters(limit: int, unit: Unit) -> int:
    """The most characters that `limit` `unit`s can hold."""
    if unit == "characters":
        return limit
    return GSM_CAPACITY[0] if limit == 1 else GSM_CAPACITY[1] * limit


def over(text: str, limit: int, unit: Unit) -> int | None:
    """Where `text` first passes `limit` `unit`s: the index of the first code point too many, or None if it fits.

    `text[:index]` fits and `text[: index + 1]` does not.
    """
    if length(text, unit) <= limit:
        return None
    return bisect.bisect_right(range(len(text) + 1), limit, key=lambda end: length(text[:end], unit)) - 1


def sms(text: str) -> SmsLength:
    """Count `text` as a phone network does, as it stands (without normalisation: that is what would be sent).

    GSM-7 where every character is in the default alphabet or its extension table (an extension character takes two
    septets), else UCS-2. An escape sequence or a surrogate pair is never split over two parts, so a part may end one
    unit short.
    """
    encoding: Encoding = "UCS-2" if outside_gsm(text) else "GSM-7"
    alone, each = UCS2_CAPACITY if encoding == "UCS-2" else GSM_CAPACITY
    costs = _costs(text, encoding)
    units = sum(costs)
    if units <= alone:
        return SmsLength(encoding, units, parts=min(units, 1), per_part=alone)
    *_, filled = _filled(costs, each)
    return SmsLength(encoding, units, parts=-(-filled // each), per_part=each)


def parts(text: str) -> list[str]:
    """`text` as the messages that are paid for: `sms(text).parts` of them, which join to it again."""
    cost = sms(text)
    if cost.parts <= 1:
        return [text] if text else []
    ends = list(_filled(_costs(text, cost.encoding), cost.per_part))
    cuts = [bisect.bisect_right(ends, number * cost.per_part) for number in range(cost.parts + 1)]
    return [text[start:end] for start, end in pairwise(cuts)]


def outside_gsm(text: str) -> str:
    """The characters that make an SMS UCS-2, each once, in the order of the text; empty for a GSM-7 text."""
    return "".join(dict.fromkeys(c for c in text if c not in GSM_BASIC and c not in GSM_EXTENSION))


def _costs(text: str, encoding: Encoding) -> list[int]:
    """The units that each character takes."""
    if encoding == "UCS-2":
        return [2 if ord(character) > 0xFFFF else 1 for character in text]
    return [2 if character in GSM_EXTENSION else 1 for character in text]


def _filled(costs: list[int], each: int) -> Iterator[int]:
    """The units used up to and with each character, the gaps at the ends of parts among them."""
    used = accumulate(costs, lambda used, cost: used + cost + (1 if _splits(used, cost, each) else 0), initial=0)
    return islice(used, 1, None)


def _splits(used: int, cost: int, each: int) -> bool:
    """Whether a character of two units would begin in one part and end in the next."""
    return cost == 2 and used % each == each - 1
