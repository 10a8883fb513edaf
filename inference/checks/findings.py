"""How a check says what it found."""

from collections.abc import Callable, Iterable

from store.brief import Brief
from store.channel import Channel
from store.finding import Finding, Severity
from store.variant import Variant

Check = Callable[[Variant, Brief, Channel], Iterable[Finding]]

Span = tuple[int, int]
"""Start and end in a field's text, in code points, half open; (0, 0) means the whole field."""

WHOLE: Span = (0, 0)

SHOWN = 40  # characters of the offending words that a message repeats


def block(code: str, field: str, span: Span, message: str, *, mend: str | None = None) -> Finding:
    """A finding that keeps the variant from review."""
    return _finding(Severity.BLOCK, code, field, span, message, mend=mend)


def warn(code: str, field: str, span: Span, message: str, *, mend: str | None = None) -> Finding:
    """A finding that the reviewer sees."""
    return _finding(Severity.WARN, code, field, span, message, mend=mend)


def note(code: str, field: str, span: Span, message: str) -> Finding:
    """A finding that informs."""
    return _finding(Severity.NOTE, code, field, span, message, mend=None)


def quoted(text: str) -> str:
    """`text` in quotation marks and on one line, shortened where it is long."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= SHOWN else f'"{line[: SHOWN - 1]}…"'


def _finding(severity: Severity, code: str, field: str, span: Span, message: str, *, mend: str | None) -> Finding:
    return Finding(code=code, severity=severity, field=field, start=span[0], end=span[1], message=message, mend=mend)
