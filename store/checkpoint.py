"""The noun `Checkpoint`: weights with the `meta.json` that travels with them."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from store.errors import ModelError
from store.noun import Noun


class Checkpoint(Noun):
    """What `meta.json` says beside a folder of safetensors."""

    id: str
    kind: Literal["writer", "scorer", "approval", "angles"]
    base: str
    """The model it was trained from."""
    method: str
    prompt_format: str | None = None
    """The format hash it was trained with, for a writer."""
    data_hash: str
    seed: int = 0
    metrics: dict[str, float] = {}
    parent: str | None = None
    licence: str = ""
    citation: str = ""
    settings: dict[str, Any] = {}
    """What is needed to use the weights again."""


def read(folder: Path) -> Checkpoint:
    """Read `folder/meta.json`. Raises ModelError where it is missing or not what it should be."""
    path = folder / "meta.json"
    try:
        return Checkpoint.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ModelError(f"{path}: is missing; a checkpoint is a folder of safetensors with its meta.json") from None
    except (ValueError, ValidationError) as error:
        raise ModelError(f"{path}: is not a checkpoint's meta.json: {str(error).splitlines()[0]}") from None


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write `folder/meta.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").write_text(checkpoint.model_dump_json(indent=2) + "\n", encoding="utf-8")
