"""Which scorer ranks: the one that is named, else the one put in force here, else the one that is shipped."""

from pathlib import Path

from store.settings import Settings

SHIPPED = Path(__file__).parent / "checkpoints" / "scorer"


def chosen(settings: Settings) -> Path:
    """The folder of the scorer of these settings."""
    return settings.scorer.checkpoint or in_force(settings.workspace)


def in_force(workspace: Path) -> Path:
    """The folder of the workspace's scorer in force, or else of the shipped one."""
    own = place(workspace)
    return own if (own / "meta.json").exists() else SHIPPED


def place(workspace: Path) -> Path:
    """Where a workspace keeps the scorer in force."""
    return workspace / "checkpoints" / "in_force" / "scorer"
