"""The noun `Finding`."""

from enum import StrEnum

from store.noun import Noun

# The codes of notes on what was chosen to be shown. They find nothing wrong with a text, so faces keep them apart from
# what the checks found; and they are not shown to a reviewer who has still to decide, whom they would anchor.
CHOICE = APPROVAL, HELD_BACK, BROUGHT_BACK = ("approval", "held_back", "brought_back")


class Severity(StrEnum):
    """`block` keeps a variant from review, `warn` is shown to the reviewer, `note` informs."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"


class Finding(Noun):
    """What a check says of a variant."""

    code: str
    """A short stable name: `too_long`, `unknown_figure`."""
    severity: Severity
    field: str
    """The key of the field it stands in; empty when it is about the whole variant."""
    start: int = 0
    end: int = 0
    """The span in the field's text, in code points, half open; 0, 0 means the whole field."""
    message: str
    """One sentence that names the words and what would be right."""
    mend: str | None = None
    """What is to stand in the span's place, where that is certain; empty where the words are to go."""
