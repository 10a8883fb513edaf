"""What `glasbruk doctor` looks at: each check takes the settings and says what works and what does not."""

import importlib.metadata
import os
import platform
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inference import adapters, scorers
from store.settings import Settings
from ui import embedded, machine

HOME = Path(__file__).parents[1]
PROJECT, PINS = HOME / "pyproject.toml", HOME / "constraints.txt"  # there in a clone, not in an installed package
ROOM = 1_000_000_000  # bytes that should be free for database, reports and exports


@dataclass(frozen=True)
class Check:
    """What was looked at, whether it works, and where it does not: how to mend it."""

    name: str
    state: Literal["ok", "note", "broken"]
    detail: str
    remedy: str = ""


def python(_: Settings) -> Iterator[Check]:
    """The interpreter's version."""
    right = (3, 11) <= sys.version_info < (3, 13)
    yield Check(
        "python", "ok" if right else "broken", platform.python_version(), "" if right else "use Python 3.11 or 3.12"
    )


def packages(_: Settings) -> Iterator[Check]:
    """That every package that is needed is installed, in the version that is known to work."""
    wanted = _wanted()
    versions = {name: _installed(name) for name in wanted}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        yield Check("packages", "broken", f"not installed: {', '.join(missing)}", "run `make setup`")
        return
    pins = _pins()
    other = [
        f"{name} {found} (pinned {pins[name]})"
        for name in pins
        if (found := _installed(name)) not in {None, pins[name]}
    ]
    if other:
        yield Check(
            "packages", "note", f"{len(other)} differ from constraints.txt: {', '.join(other)}", "run `make setup`"
        )
    else:
        yield Check("packages", "ok", f"{len(wanted)} installed" + (", as pinned" if pins else ""))


def _wanted() -> list[str]:
    """The packages that the program needs: as the clone says, or as the installed package does."""
    if PROJECT.exists():
        needs = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        needs = [need for need in importlib.metadata.requires("glasbruk") or [] if "extra ==" not in need]
    return [re.split(r"[\s\[;<>=!~]", need, maxsplit=1)[0] for need in needs]


def _installed(name: str) -> str | None:
    """The installed version, without the local part that names a build (`2.13.0+cpu`)."""
    try:
        return importlib.metadata.version(name).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return None


def _pins() -> dict[str, str]:
    """Package to version, from the constraints file where there is one."""
    lines = PINS.read_text(encoding="utf-8").splitlines() if PINS.exists() else []
    found = [match for line in lines if (match := re.match(r"([\w.\-]+)==([\w.+!\-]+)", line))]
    return {match[1]: match[2] for match in found}


def writer(settings: Settings) -> Iterator[Check]:
    """The language model in force; the sha256 of an embedded one is checked when it is converted."""
    model = settings.writer.model
    known = {row["name"]: row for row in embedded.models(settings)}
    if settings.writer.kind == "fake":
        yield Check("writer", "note", "fake: it repeats the prompt", "set writer.kind to local for real copy")
    elif settings.writer.kind == "openai":
        yield Check("writer", "note", f"{model}, asked of openai.base_url on first use")
        return  # it wears what it wears there
    elif model in known:
        found = known[model]
        state: Literal["ok", "broken"] = "ok" if found["state"] in {"ready", "installed"} else "broken"
        yield Check("writer", state, f"{model}, {found['model']}: {found['state']}; {found['where']}")
    elif Path(model).exists():
        whole = (Path(model) / "config.json").is_file()
        remedy = "" if whole else "name a folder with config.json and safetensors"
        yield Check("writer", "ok" if whole else "broken", f"folder {model}", remedy)
    else:
        yield Check("writer", "note", f"{model}: neither embedded nor a folder, so it is asked of the hub on first use")
    adapter = adapters.chosen(settings)
    if adapter is not None:
        there = (adapter / "adapter_config.json").is_file()
        remedy = "" if there else "name a folder with adapter_config.json"
        yield Check("adapter", "ok" if there else "broken", str(adapter), remedy)


def scorer(settings: Settings) -> Iterator[Check]:
    """The encoder and the scorer's checkpoint: both are loaded and used once."""
    if settings.scorer.kind == "fake":
        yield Check("scorer", "note", "fake: it counts characters", "set scorer.kind to local for real scores")
        return
    from inference.encoder import LocalEncoder
    from inference.scorer import Candidate
    from inference.scoring import LocalScorer

    encoder = LocalEncoder()
    width = encoder.encode(["Fresh rolls"]).shape[1]
    yield Check("encoder", "ok", f"{encoder.name}, {width} wide")
    folder = scorers.chosen(settings)
    loaded = LocalScorer(folder, encoder)
    loaded.score([Candidate("Fresh rolls from seven"), Candidate("Bread")])
    yield Check("scorer", "ok", f"{loaded.checkpoint} from {folder}")


def database(settings: Settings) -> Iterator[Check]:
    """That the database opens, and at which revision it is. Nothing is made or migrated."""
    from store import migrating
    from store.database import Database

    opened = Database(settings.database)
    try:
        if not opened.is_postgresql and not Path(opened.name).exists():
            yield Check("database", "ok", f"{opened.name}: none yet; it is made on first use")
            return
        now, head = migrating.revisions(opened.engine, opened.name)
        after = "" if now == head else f"; it is brought up to {head} on first use"
        yield Check("database", "ok", f"{opened.name}: at revision {now or 'none'}{after}")
    finally:
        opened.close()


def workspace(settings: Settings) -> Iterator[Check]:
    """That the workspace can be written to and has room."""
    folder = settings.workspace.resolve()
    there = machine.nearest_folder(folder)
    if not os.access(there, os.W_OK | os.X_OK) or (folder.exists() and not folder.is_dir()):
        yield Check(
            "workspace", "broken", f"{folder}: cannot be written to", "set `workspace` to a folder you may write to"
        )
        return
    yield Check("workspace", "ok", f"{folder}{'' if folder.exists() else ': made on first use'}")
    yield _room("disk", there, ROOM)


def cache(settings: Settings) -> Iterator[Check]:
    """That the model cache has room for what is still to be converted."""
    from inference.weights import EMBEDDED, prepared

    there = machine.nearest_folder(settings.model_cache.resolve())
    model = EMBEDDED.get(settings.writer.model) if settings.writer.kind == "local" else None
    waiting = model is not None and prepared(model.name, settings.model_cache) is None
    yield _room("cache", there, model.size + model.converted if model and waiting else 0)


def _room(name: str, folder: Path, need: int) -> Check:
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:.1f} GB free at {folder}"
    if free < need:
        setting = "cache" if name == "cache" else "workspace"
        return Check(
            name, "broken", f"{detail}, {need / 1e9:.1f} GB needed", f"free some, or set `{setting}` to another disk"
        )
    return Check(name, "ok", detail)


def port(settings: Settings) -> Iterator[Check]:
    """That desk and API can listen, or do so already."""
    host, number = settings.serve.host, settings.serve.port
    reason = machine.refused(host, number)
    if reason is None:
        yield Check("port", "ok", f"{host}:{number} is free")
    elif machine.healthy(host, number):
        yield Check("port", "ok", f"{host}:{number}: the desk runs there")
    else:
        yield Check(
            "port", "broken", f"{host}:{number}: {reason}", "set `serve.port` to another, or stop what listens there"
        )
    if host not in {"127.0.0.1", "localhost", "::1"}:
        yield Check(
            "reach", "note", f"{host} lets other machines in", "set `serve.host` to 127.0.0.1 to keep to this one"
        )


def processor(_: Settings) -> Iterator[Check]:
    """What a short probe of the machine chose for writing: dtype and threads."""
    from inference.probe import probe

    found = probe()
    chosen = str(found.dtype).removeprefix("torch.")
    speeds = ", ".join(f"{name} {speed:.0f}" for name, speed in found.speeds.items())
    whole = "; int8 can be set" if found.int8 else ""
    detail = f"{platform.machine()}, {chosen}, {found.threads} threads (GFLOP/s: {speeds}{whole})"
    slow = chosen == "float32"
    yield Check(
        "processor", "note" if slow else "ok", detail, "writing is slower; `--writer small` helps" if slow else ""
    )


def memory(settings: Settings) -> Iterator[Check]:
    """Whether the model in force fits into what is available."""
    need = (
        {"default": 6e9, "medium": 3e9, "small": 2e9}.get(settings.writer.model, 0)
        if settings.writer.kind == "local"
        else 0
    )
    free = machine.memory()
    if free is None:
        yield Check("memory", "note", "cannot be read on this system")
    elif free < need:
        yield Check(
            "memory", "note", f"{free / 1e9:.1f} GB available, about {need / 1e9:.0f} GB wanted", "try `--writer small`"
        )
    else:
        yield Check("memory", "ok", f"{free / 1e9:.1f} GB available")


CHECKS = (python, packages, writer, scorer, database, workspace, cache, port, processor, memory)
