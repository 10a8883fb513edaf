"""A brief in the making at the desk: opened, judged and saved while it is typed, brought in and taken out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prompts import briefs, documents, sketch
from prompts.render import LANGUAGES
from store import briefs as written
from store import campaigns, drafts
from store.channel import Channel
from store.database import Database
from store.draft import Draft
from store.drafts import Seen
from store.errors import GlasbrukError, InputError, NotFound, Problem
from store.settings import Settings
from ui import typed
from ui.page import render
from ui.typed import Typed
from ui.wanted import BOLDEST

LISTED = 50  # drafts, and briefs that were written, in the list of what can be opened
MEANWHILE = "Somebody changed this brief meanwhile. Theirs is kept, and what you typed is now a brief of its own."

Said = dict[str, Any]


@dataclass(frozen=True)
class Drafting:
    """What the form's script asks the server. Every answer is plain data, its markup escaped already."""

    database: Database
    catalogue: Mapping[str, Channel]
    settings: Settings

    def opened(self, asked: Sequence[Any]) -> Said:
        """The form for an address: `12`, a draft; `example:NAME`; `written:KEY`, the brief of a campaign; or `new`.

        An empty one opens the draft that its author changed last. What is not there is told, and a blank form opened.
        """
        address, author = str(asked[0]), self.author(asked[1])
        try:
            draft, found = self._found(address, author)
        except GlasbrukError as error:
            return self._form(None, Typed(), "new", notice(f"{error}.", "wrong"))
        return self._form(draft, found, str(draft.id) if draft else address or "new")

    def told(self, asked: Sequence[Any]) -> Said:
        """Save what was typed over the version of a draft that was seen, and say what is wrong with it.

        The draft that is given back is another one where somebody changed it meanwhile: both are kept.
        """
        seen = Seen(int(asked[0]), int(asked[1]))
        try:
            found = typed.of_text(str(asked[2]))
        except InputError as error:
            return refused(error, "Not saved.")
        draft = self._kept(found, self.author(asked[3]), seen if seen.id else None)
        another = seen.id not in {0, draft.id}
        return {**_of(draft), **self.judged(found), "notice": notice(MEANWHILE, "wrong") if another else ""}

    def imported(self, asked: Sequence[Any]) -> Said:
        """The form for a file's name and bytes (base64), as a new draft; or what is wrong with it, and where."""
        name = str(asked[0])
        try:
            found = typed.of_file(name, str(asked[1]))
        except InputError as error:
            return refused(error, f"{name} was not brought in; nothing was changed.")
        draft = self._kept(found, self.author(asked[2]))
        return self._form(draft, found, str(draft.id), notice(f"Brought in from {name}."))

    def exported(self, asked: Sequence[Any]) -> Said:
        """What was typed as a YAML file: its name and its text, or why not."""
        try:
            found = typed.of_text(str(asked[0]))
        except InputError as error:
            return refused(error, "Not taken out.")
        return {"name": found.file_name, "text": found.yaml}

    def thrown(self, asked: Sequence[Any]) -> Said:
        """Throw a draft away, and open a blank form."""
        try:
            with self.database.write() as session:
                drafts.drop(session, int(asked[0]))
        except NotFound as error:
            return self._form(None, Typed(), "new", notice(f"{error}.", "wrong"))
        return self._form(None, Typed(), "new", notice("Thrown away."))

    def judged(self, found: Typed) -> Said:
        """What is wrong with what was typed, each at its place, and what is to be said of the whole."""
        problems = [*found.sketch.problems(self.catalogue)]
        try:
            wanted = found.wanted(self.settings.writer)
        except InputError as error:
            problems += error.problems
        if problems:
            return {"problems": [[one.place, one.message] for one in problems], "verdict": faults(problems)}
        brief, many = found.sketch.brief(self.catalogue), self.settings.writer.overgenerate
        return {"problems": [], "verdict": render("brief", brief=brief, problems=(), n=wanted.n, many=many)}

    def author(self, name: Any) -> str:
        """Who is at the desk, by the name at the top or else by the settings."""
        return str(name).strip()[:120] or self.settings.reviewer

    def _kept(self, found: Typed, author: str, seen: Seen | None = None) -> Draft:
        with self.database.write() as session:
            return drafts.keep(session, found.content, author, seen)

    def _found(self, address: str, author: str) -> tuple[Draft | None, Typed]:
        """What an address names. Raises NotFound, and InputError where it cannot be shown."""
        source, _, name = address.partition(":")
        with self.database.read() as session:
            if source == "written":
                return None, typed.of_brief(campaigns.brief(session, name))
            named = drafts.get(session, int(address[:9])) if address.isdecimal() else None
            last = [named] if named else drafts.recent(session, limit=1, author=author) if not address else []
        if last:
            return last[0], typed.of_draft(last[0])
        return None, _example(name) if source == "example" else Typed()

    def _form(self, draft: Draft | None, found: Typed, address: str, said: str = "") -> Said:
        wanted = {"n": 8, "temperature": self.settings.writer.temperature, "seed": 0} | dict(found.order)
        form = render(
            "form",
            sketch=found.sketch,
            sample=sketch.read(documents.from_yaml(briefs.template())),
            channels=self.catalogue,
            languages=LANGUAGES,
            address=address,
            **self._shelf(),
        )
        order = render("order", wanted=wanted, boldest=BOLDEST)
        return {"form": form, "order": order, "address": address, **_of(draft), **self.judged(found), "notice": said}

    def _shelf(self) -> dict[str, Any]:
        """What can be opened."""
        with self.database.read() as session:
            kept, before = drafts.recent(session, limit=LISTED), written.listed(session, limit=LISTED)
        return {"drafts": kept, "written": before, "examples": briefs.examples()}


def notice(message: str, tone: str = "done") -> str:
    """A line on what was done, or was not."""
    return render("notice", message=message, tone=tone)


def refused(error: InputError, said: str) -> Said:
    """That nothing was done, and every reason."""
    return {"refused": True, "notice": notice(said, "wrong") + faults(error.problems)}


def faults(problems: Sequence[Problem]) -> str:
    """Everything that is wrong, as a list."""
    return render("brief", brief=None, problems=problems, n=0, many=0)


def _example(name: str) -> Typed:
    examples = briefs.examples()
    if name not in examples:
        raise NotFound(f'there is no example "{name}"')
    return Typed(sketch.read(documents.read(examples[name])))


def _of(draft: Draft | None) -> Said:
    if draft is None:
        return {"id": 0, "version": 0, "saved": ""}
    return {"id": draft.id, "version": draft.version, "saved": draft.changed_at.isoformat()}
