"""Settings: `glasbruk.toml`, then `GLASBRUK_*` variables, then flags; each value knows where it came from."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import AfterValidator, Field, field_validator

from store.channel import Channel
from store.errors import InputError, Problem, nearest, parse
from store.noun import Noun
from store.oidc_settings import OidcSettings
from store.openai_settings import OpenAISettings
from store.variant import Sampling

FILE = "glasbruk.toml"
PREFIX = "GLASBRUK_"
Address = Annotated[str, AfterValidator(lambda text: str(ip_network(text)))]  # one address is a network of one
MAPPINGS = {"channels", "serve.oidc.roles"}  # only the file has them, and they stay whole
OTHERS = {"GLASBRUK_DATA", "GLASBRUK_TEST_POSTGRESQL"}  # no settings: where the tests find data and a server


class WriterSettings(Noun):
    """Which language model writes, and how boldly."""

    kind: Literal["local", "openai", "fake"] = "local"
    """`openai`: the server that `openai.base_url` names."""
    model: str = "default"
    """`default`, `medium` or `small` (embedded), a hub id, or a local folder; what a server calls its model."""
    adapter: Path | Literal["none"] | None = None
    """A folder with a peft adapter to put on top, or `none`; the one in force where nothing is named."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.4
    top_k: Annotated[int, Field(ge=1, le=1_000)] = 50
    top_p: Annotated[float, Field(gt=0, le=1)] = 1
    min_p: Annotated[float, Field(ge=0, lt=1)] = 0.05
    repetition_penalty: Annotated[float, Field(ge=1, le=2)] = 1
    batch: Annotated[int, Field(ge=1, le=4_096)] = 96
    """Variants decoded together; more are faster and take more memory."""
    precision: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    """What the local writer computes in; `auto` is that of the next two in which the machine is faster. `int8` is
    faster again, takes half as much memory again, and writes a little differently."""
    overgenerate: Annotated[int, Field(ge=1, le=64)] = 4
    """How many times as many variants are written as are shown to reviewers."""

    @property
    def sampling(self) -> Sampling:
        """How tokens are to be drawn."""
        names = {"temperature", "top_k", "top_p", "min_p", "repetition_penalty"}
        return Sampling(**self.model_dump(include=names))


class ScorerSettings(Noun):
    """Which scoring model ranks."""

    kind: Literal["local", "fake"] = "local"
    checkpoint: Path | None = None
    """A scorer's folder; the shipped one where none is named."""


class ApproverSettings(Noun):
    """Which approval model chooses what reviewers are shown. With a fake scorer it is a fake too."""

    checkpoint: Path | None = None
    """An approval model's folder; the shipped one where none is named."""


class AnglesSettings(Noun):
    """Which weights choose angles."""

    checkpoint: Path | None = None
    """Their folder; the shipped ones where none is named."""


class ServeSettings(Noun):
    """Where desk and API listen, who is let in, and how much of the API each key may use."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 7860
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    variants_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 3_000
    """Written ones: what is shown, times `overgenerate`."""
    log: Literal["plain", "json"] = "plain"
    """`plain`: warnings and errors, for people; `json`: every request too, a line of JSON each, on standard error."""
    idle_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 8
    """How long somebody stays signed in at the desk who does nothing there."""
    stay_days: Annotated[float, Field(gt=0, le=365)] = 7
    """How long somebody stays signed in, whatever they do."""
    root_path: Annotated[str, Field(pattern=r"^(/[\w.~-]+)*$")] = ""
    """What a proxy has before our addresses: `/glasbruk`."""
    trusted_proxies: tuple[Address, ...] = ()
    """Addresses or networks of the proxies whose X-Forwarded-For, -Proto and -Host are believed."""
    oidc: OidcSettings = OidcSettings()

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _from_words(cls, value: Any) -> Any:
        return tuple(filter(None, re.split(r"[,\s]+", value))) if isinstance(value, str) else value


class ReviewSettings(Noun):
    """What holds of decisions."""

    four_eyes: bool = False
    """Whether who wrote an edit may not approve it."""


class Settings(Noun):
    """Everything that can be set."""

    workspace: Path = Path("workspace")
    """Database, checkpoints and exports live here, so that a copy of it is a backup."""
    database_url: str | None = None
    """SQLAlchemy URL; SQLite in the workspace where none is set."""
    cache: Path | None = None
    """Where converted models are kept; the user's cache folder where none is set."""
    reviewer: str = "me"
    """Whose name stands on decisions made from the command."""
    writer: WriterSettings = WriterSettings()
    scorer: ScorerSettings = ScorerSettings()
    approver: ApproverSettings = ApproverSettings()
    angles: AnglesSettings = AnglesSettings()
    review: ReviewSettings = ReviewSettings()
    serve: ServeSettings = ServeSettings()
    openai: OpenAISettings = OpenAISettings()
    channels: dict[str, Channel] = {}
    """Channels beside the built-in ones, by id."""

    @field_validator("channels", mode="before")
    @classmethod
    def _ids_from_keys(cls, channels: Any) -> Any:
        if not isinstance(channels, Mapping):
            return channels
        for key, value in channels.items():
            if isinstance(value, Mapping) and value.get("id", key) != key:
                raise ValueError(f'the id of channel "{key}" is its name in the file; leave out `id`')
        return {key: {**value, "id": key} if isinstance(value, Mapping) else value for key, value in channels.items()}

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        path = quote(str(self.workspace / "glasbruk.db"), safe="/ :")  # a URL reads ? and % in a path as its own
        return self.database_url or f"sqlite:///{path}"

    @property
    def model_cache(self) -> Path:
        """Where converted models are kept, shared by all clones of one user."""
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return self.cache or home / "glasbruk"


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Settings, dict[str, str]]:
    """Read settings in force, and where each dotted name came from (names left at their default are not listed).

    `flags` are dotted names to values; None values count as not given. `folder` is where `glasbruk.toml` is looked for
    (the current one by default). Raises InputError that names the file or variable, the key and the nearest known one.
    """
    path = (folder or Path.cwd()) / FILE
    layers = [
        (FILE, _from_file(path)),
        ("variable", _from_variables(os.environ if environ is None else environ)),
        ("flag", {name: value for name, value in (flags or {}).items() if value is not None}),
    ]
    tree: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for layer, values in layers:
        for name, value in values.items():
            _put(tree, name, value)
            origin[name] = _variable(name) if layer == "variable" else layer
        _check(tree, str(path) if layer == FILE else layer)  # layer by layer, so that an error names its source
    return parse(Settings, tree), origin


def _check(tree: dict[str, Any], source: str) -> None:
    try:
        parse(Settings, tree, source=source)
    except InputError as error:
        if source != "variable":
            raise
        raise InputError(*[Problem(_variable(fault.place), fault.message) for fault in error.problems]) from None


def _variable(name: str) -> str:
    """`writer.model` as `GLASBRUK_WRITER__MODEL`."""
    return f"{PREFIX}{name.replace('.', '__').upper()}"


def _from_file(path: Path) -> dict[str, Any]:
    """The file's values under dotted names; channels stay whole."""
    try:
        return _flat(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(Problem("", f"cannot be read: {error.strerror}"), source=path) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(Problem("", f"is not TOML in UTF-8: {error}"), source=path) from None


def _flat(tree: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping) and name in GROUPS:
            flat |= _flat(value, f"{name}.")
        else:
            flat[name] = value
    return flat


def _from_variables(environ: Mapping[str, str]) -> dict[str, Any]:
    """`GLASBRUK_WRITER__MODEL=small` as `{"writer.model": "small"}`; an unknown variable is an error."""
    known = {_variable(name): name for name in names()}
    found = sorted(key for key in environ if key.startswith(PREFIX) and key not in OTHERS)
    unknown = [key for key in found if key not in known]
    if unknown:
        raise InputError(Problem(unknown[0], f"unknown variable; {nearest(unknown[0], known)}"))
    return {known[key]: environ[key] for key in found}


def names() -> list[str]:
    """The dotted name of every setting that is a single value."""
    return list(_names(Settings))


def _names(model: type[Noun], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Noun):
            yield from _names(inner, f"{above}{name}.")
        elif f"{above}{name}" not in MAPPINGS:
            yield f"{above}{name}"


def _put(tree: dict[str, Any], name: str, value: Any) -> None:
    *path, last = name.split(".")
    for part in path:
        tree = tree.setdefault(part, {})
    tree[last] = value


GROUPS = {name.rpartition(".")[0] for name in names()} - {""}
