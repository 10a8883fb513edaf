"""Which adapter a writer wears: the one that is named, else the one put in force here, else the one that is shipped."""

from pathlib import Path

from store.settings import Settings

SHIPPED = Path(__file__).parent / "checkpoints" / "writer"
FILE = "adapter_model.safetensors"


def chosen(settings: Settings) -> Path | None:
    """The adapter's folder for the writer of these settings; None where it is to wear none, or there is none."""
    if settings.writer.adapter is None:
        return in_force(settings.writer.model, settings.workspace)
    return None if settings.writer.adapter == "none" else Path(settings.writer.adapter)


def in_force(base: str, workspace: Path) -> Path | None:
    """The folder of the adapter in force for a base: the workspace's, or else the shipped one, or none."""
    folders = (place(base, workspace), SHIPPED / named(base))
    return next((folder for folder in folders if (folder / "meta.json").exists()), None)


def place(base: str, workspace: Path) -> Path:
    """Where a workspace keeps the adapter in force for a base."""
    return workspace / "checkpoints" / "writer" / named(base)


def named(base: str) -> str:
    """A base's name as one of a folder: `owner/name` as `owner--name`."""
    return base.strip("/.").replace("/", "--") or "unnamed"
