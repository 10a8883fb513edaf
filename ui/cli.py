"""The `glasbruk` command: a verb parses and prints, and the floor below does its work.

Nothing heavy is imported here, so that `glasbruk --help` answers at once. Every error that a user can mend leaves as
one line with exit status 2; anything else is a fault of ours and keeps its traceback.
"""

import contextlib
import errno
import os
import sys
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ui.commands import (
    accounts,
    batching,
    briefs,
    evaluating,
    exporting,
    importing,
    keys,
    reviewing,
    running,
    training,
    writing,
)

ORDER = (
    "demo",
    "write",
    "again",
    "batch",
    "brief",
    "channels",
    "review",
    "label",
    "export",
    "import",
    "results",
    "train",
    "data",
    "evaluate",
    "models",
    "serve",
    "keys",
    "accounts",
    "desk",
    "doctor",
)
PLAIN_WORDS = {  # for what the parser says
    "Value error, ": "",
    "Input should": "should",
    "a valid integer, unable to parse string as an integer": "a whole number",
    "a valid number, unable to parse string as a number": "a number",
}
GLOBAL = ("--workspace", "--database-url")


class Verbs(TyperGroup):
    """The verbs, behind the one place where errors become lines."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Global options may stand before or after the verb."""
        try:
            return super().parse_args(ctx, _global_first(args))
        except Exception as error:
            line = _usage(error)
            if line is None:
                raise
            _say(line)
            raise typer.Exit(2) from None

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the work."""
        return sorted(super().list_commands(ctx), key=ORDER.index)

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt as stopped:
            _say(str(stopped) or "stopped; what was stored before is kept")
            raise typer.Exit(130) from None
        except BrokenPipeError:  # whoever read our output has gone, and so has the need for it
            _discard_output()
            raise typer.Exit(1) from None
        except Exception as error:
            line = _line(error)
            if line is None:
                raise
            if isinstance(error, OSError):
                _discard_output()
            _say(line)
            raise typer.Exit(2) from None
        return result


def _discard_output() -> None:
    """Let what could not be written go, so that the interpreter does not try again at its end."""
    with contextlib.suppress(OSError, ValueError):  # in a test, standard output may be no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _global_first(args: list[str]) -> list[str]:
    """Move global options to the front; what follows `--` stays."""
    end = args.index("--") if "--" in args else len(args)
    first: list[str] = []
    rest: list[str] = []
    words = iter(args[:end])
    for word in words:
        if word in GLOBAL:
            first += [word, *([value] if (value := next(words, None)) is not None else [])]
        else:
            (first if word.startswith(tuple(f"{name}=" for name in GLOBAL)) else rest).append(word)
    return [*first, *rest, *args[end:]]


def _line(error: Exception) -> str | None:
    """The line that tells the user of `error`, or None where it is a fault of ours."""
    from store.errors import GlasbrukError

    if isinstance(error, GlasbrukError):
        return str(error)
    if not isinstance(error, OSError):
        return _usage(error)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{error.filename or 'the disk'}: no room left; free some and run it again, what was stored is kept"
    if error.errno == errno.EADDRINUSE:
        return "the port is in use; stop what listens there, or choose another with --port"
    return f"{error.filename}: {error.strerror}" if error.filename else None


def _usage(error: Any) -> str | None:
    """The line for words that the parser refused, or None for any other error and for the help of a bare group."""
    text: str = error.format_message() if hasattr(error, "format_message") else ""
    if not text or text.startswith("Usage:"):
        return None
    for found, plain in PLAIN_WORDS.items():
        text = text.replace(found, plain)
    text = text.rstrip(".")
    between = " " if text.endswith("?") else "; "
    return f"{text}{between}see {error.ctx.command_path} --help" if error.ctx else text


def _say(line: str) -> None:
    from ui.plain import one_line

    typer.echo(f"glasbruk: {one_line(line)}", err=True)


app = typer.Typer(
    cls=Verbs,
    name="glasbruk",
    help="A message factory for marketers: copy for each segment and channel, checked, ranked, reviewed and traceable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"glasbruk {version('glasbruk')}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    workspace: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where database, checkpoints and exports live [./workspace].")
    ] = None,
    database_url: Annotated[
        str | None, typer.Option(metavar="URL", help="SQLAlchemy URL [SQLite in the workspace].")
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,  # noqa: ARG001
) -> None:
    """Keep the global flags for the verb."""
    ctx.obj = {"workspace": workspace, "database_url": database_url}


for verbs in (
    writing,
    batching,
    briefs,
    reviewing,
    exporting,
    importing,
    training,
    evaluating,
    running,
    keys,
    accounts,
):
    verbs.add_to(app)


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what the terminal's encoding lacks is spelt out
            stream.reconfigure(errors="backslashreplace")
    app()
