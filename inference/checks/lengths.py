"""Lengths: whether copy has the channel's fields, and whether each fits."""

from collections import Counter
from collections.abc import Iterator

from inference.checks.answers import too_many_keys
from inference.checks.findings import WHOLE, block, note, quoted, warn
from prompts.counting import length, outside_gsm, over, sms
from store.brief import Brief
from store.channel import Channel, Field
from store.errors import nearest
from store.finding import Finding
from store.variant import Variant


def structure(variant: Variant, _: Brief, channel: Channel) -> Iterator[Finding]:
    """Fields that the channel needs and copy lacks, that it does not have, or that are empty; keys too many."""
    if not variant.fields:
        yield block(
            "unparsed", "", WHOLE, f"the answer has no field of {channel.name}: {quoted(variant.raw or 'nothing')}"
        )
        yield from too_many_keys(variant.raw, channel)
        return
    allowed = channel.allowed
    for key, text in variant.fields.items():
        if key not in allowed:
            yield block("unknown_field", key, WHOLE, f"{channel.name} has no {quoted(key)}; {nearest(key, allowed)}")
        elif not text.strip():
            yield block("empty_field", key, WHOLE, f"{key} is empty; write it or leave the field out")
    has = Counter(allowed[key].name for key, text in variant.fields.items() if key in allowed and text.strip())
    for field in channel.fields:
        if has[field.name] < field.least:
            message = f"{channel.name} needs {field.least} {field.name}, and there are {has[field.name]}"
            yield block("missing_field", "", WHOLE, message)


def lengths(variant: Variant, _: Brief, channel: Channel) -> Iterator[Finding]:
    """Text beyond a field's hard maximum, or beyond the point where readers see no more of it."""
    allowed = channel.allowed
    for key, text in variant.fields.items():
        if key not in allowed:
            continue
        field = allowed[key]
        cut = over(text, field.maximum, field.unit)
        if cut is not None:
            message = f"{_counted(text, field)}, and {channel.name} takes {field.maximum}; cut {quoted(text[cut:])}"
            yield block("too_long", key, (cut, len(text)), message)
        elif field.truncation is not None:
            yield from _truncated(key, text, field)


def _truncated(key: str, text: str, field: Field) -> Iterator[Finding]:
    cut = over(text, field.truncation or field.maximum, field.unit)
    if cut is not None and field.unit == "sms_parts":
        size = sms(text)
        paid = f"{size.parts} parts of {size.per_part} in {size.encoding}, each of them paid for"
        message = f"{paid}; to send {field.truncation}, cut {quoted(text[cut:])}"
        yield warn("truncated", key, (cut, len(text)), message)
    elif cut is not None:
        message = f"{_counted(text, field)}; readers see {field.truncation}, and {quoted(text[cut:])} is cut off"
        yield warn("truncated", key, (cut, len(text)), message)


def _counted(text: str, field: Field) -> str:
    if field.unit == "sms_parts":
        size = sms(text)
        return f"{size.parts} SMS parts in {size.encoding}"
    return f"{length(text, field.unit)} characters"


def encoding(variant: Variant, _: Brief, channel: Channel) -> Iterator[Finding]:
    """Characters that halve what an SMS holds."""
    allowed = channel.allowed
    for key, text in variant.fields.items():
        if key in allowed and allowed[key].unit == "sms_parts" and (outside := outside_gsm(text)):
            start = text.index(outside[0])
            message = (
                f"{quoted(outside)} is not in GSM-7, so all is sent as UCS-2: 70 characters, or 67 a part of several"
            )
            yield note("ucs2", key, (start, start + 1), message)
