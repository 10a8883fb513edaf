"""The embedded models as they stand on this machine."""

from inference import weights
from store.errors import ModelError
from store.settings import Settings


def models(settings: Settings) -> list[dict[str, str]]:
    """The embedded models: name, model, state (`ready`, `installed`, `not installed`, `damaged`) and where or why."""
    return [{"name": name, "model": model.model, **_state(name, settings)} for name, model in weights.EMBEDDED.items()]


def _state(name: str, settings: Settings) -> dict[str, str]:
    try:
        folder = weights.prepared(name, settings.model_cache)
    except ModelError as error:
        return {"state": "damaged", "where": str(error)}
    if folder:
        return {"state": "ready", "where": str(folder)}
    try:
        pieces = weights.pieces(weights.EMBEDDED[name])
    except ModelError as error:
        return {"state": "not installed", "where": str(error)}
    size, whole = sum(piece.stat().st_size for piece in pieces), weights.EMBEDDED[name].size
    if size != whole:
        where = f"{size:,} of {whole:,} bytes in {pieces[0].parent} and its like; install its packages again"
        return {"state": "damaged", "where": where}
    return {"state": "installed", "where": f"converted on first use, or now: glasbruk models prepare {name}"}
