"""The noun `Judged`: a variant of a brief that is good as it stands or is not, and where such variants come from."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from store import campaigns, forgotten, variants
from store.angle import Angle
from store.brief import Brief
from store.errors import InputError, Problem, parse
from store.noun import Noun
from store.variant import Variant
from training import corpus, decided
from training.corpus import CorpusBrief, CorpusRow, CorpusVerdict, Split
from training.files import replace_together

CORPUS = "corpus"  # the checkpoint of a variant that is a row of the house corpus
SPOILED = "spoiled"  # what the checkpoint of a good variant that was spoiled begins with: `spoiled-cut` and so on


class Judged(Noun):
    """One variant with what was thought of it."""

    brief: Brief
    variant: Variant
    good: bool
    """Whether it could go out as it stands."""

    @property
    def group(self) -> str:
        """What is held out together when a model is measured: the brand."""
        return self.brief.brand.casefold()

    @property
    def read(self) -> bool:
        """Whether a reader judged it, and it was not good or bad by the way it was made."""
        return self.variant.checkpoint != CORPUS and not self.variant.checkpoint.startswith(f"{SPOILED}-")

    @property
    def line(self) -> str:
        """As a line of JSONL."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False)


def examples_from_corpus(split: Split | None = None, gone: Collection[str] = ()) -> list[Judged]:
    """Every row of the house corpus, plain ones too, or of one side of its split, as good copy; those in `gone` not."""
    briefs = corpus.briefs()
    rows = (*corpus.rows(split), *corpus.plain(split))
    return [_of_row(briefs, row, CORPUS, good=True) for row in rows if row.id not in gone]


def examples_from_verdicts(gone: Collection[str] = ()) -> list[Judged]:
    """Writers' copy for the corpus' brands that was read and judged; pieces with an id in `gone` are left out."""
    briefs = corpus.briefs()
    return [_of_verdict(briefs, one) for one in corpus.verdicts() if one.id not in gone]


def _of_verdict(briefs: Mapping[str, CorpusBrief], verdict: CorpusVerdict) -> Judged:
    found = _of_row(briefs, verdict, verdict.writer, good=verdict.good)
    variant = found.variant.model_copy(update={"log_probability": verdict.log_probability})
    return found.model_copy(update={"variant": variant})


def _of_row(briefs: Mapping[str, CorpusBrief], row: CorpusRow, checkpoint: str, *, good: bool) -> Judged:
    angle = Angle(claims=row.angle, relevance=0.0, reason="The corpus says so.")
    variant = Variant(segment=row.segment, channel=row.channel, angle=angle, fields=row.fields, checkpoint=checkpoint)
    return Judged(brief=briefs[row.brief].brief, variant=variant, good=good)


def examples_from_store(session: Session) -> list[Judged]:
    """What people thought of the store's variants.

    An approved variant is good, as is the text that a person edited one into; its original is not, and neither is a
    rejected one. Only decisions that stand count. Variants of no campaign have no brief, and are left out, as is what
    was forgotten.
    """
    briefs: dict[str, Brief] = {}
    found: list[Judged] = []
    gone = forgotten.ids(session)
    for text in decided.stream(session):
        if text.brief_key and text.fields and f"variant:{text.id}" not in gone:
            brief = briefs.setdefault(text.brief_key, campaigns.brief(session, text.brief_key))
            found += _judged(session, text, brief)
    return [one for one in found if f"variant:{one.variant.id}" not in gone]


def _judged(session: Session, text: decided.Decided, brief: Brief) -> Iterator[Judged]:
    """The text that was decided on, and the one it was edited from."""
    own = variants.get(session, text.id)
    source = variants.get(session, text.original_id) if text.original_id is not None else own
    angle = own.angle or source.angle
    said = own.log_probability if dict(text.fields) == own.fields else None
    shown = own.model_copy(update={"fields": dict(text.fields), "angle": angle, "log_probability": said})
    yield Judged(brief=brief, variant=shown, good=text.approved)
    if text.approved and source.fields and source.fields != shown.fields:
        yield Judged(brief=brief, variant=source, good=False)


def read(path: Path) -> list[Judged]:
    """The lines of a JSONL file, `{"brief": ..., "variant": ..., "good": ...}`.

    Raises InputError with file and line where one is not that, or where the file is missing or holds none.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # other breaks may stand in a text
    except OSError as error:
        raise InputError(Problem("", f"cannot be read: {error.strerror or error}"), source=path) from None
    except UnicodeDecodeError:
        raise InputError(Problem("", "is not UTF-8; save it as UTF-8"), source=path) from None
    found = [_read(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise InputError(Problem("", "holds no line; write one variant a line"), source=path)
    return found


def _read(line: str, place: str) -> Judged:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise InputError(Problem("", f"is not JSON: {error}"), source=place) from None
    return parse(Judged, data, source=place)


def write(path: Path, examples: Iterable[Judged]) -> int:
    """Write a JSONL file that `read` reads, whole or not at all, and return how many lines it has."""
    with replace_together(path.parent) as files:
        return files.write_lines(path.name, (example.line for example in examples))
