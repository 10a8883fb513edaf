"""Who writes a batch: this process, or workers of Ray."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from ui.commands import common

if TYPE_CHECKING:
    from inference.batch import Crew
    from store.database import Database
    from store.settings import Settings

    Hire = Callable[[Database], AbstractContextManager[Crew]]


def of_this(chosen: "Settings", address: str | None, workers: int | None) -> "Hire":
    """A worker in this process. Raises InputError where something was said that only Ray understands."""
    from inference import load
    from inference.worker import Worker
    from store.errors import InputError, Problem

    if address is not None or workers is not None:
        said = "is for --engine ray; for more workers without it, run glasbruk batch work in other processes"
        raise InputError(Problem("--workers" if address is None else "--address", said))

    @contextmanager
    def hire(database: "Database") -> Iterator["Crew"]:
        yield Worker(load.parts(chosen, lambda line: common.say(f"{line} ...")), database)

    return hire


def of_ray(chosen: "Settings", address: str | None, workers: int | None) -> "Hire":
    """Workers of a Ray cluster, whose current folders are others than ours."""
    from inference.ray_crew import RayCrew, Recipe

    here = chosen.model_copy(update={"workspace": chosen.workspace.absolute()})

    @contextmanager
    def hire(database: "Database") -> Iterator["Crew"]:
        common.say("joining Ray ..." if address else "starting Ray on this machine ...")
        with closing(RayCrew(Recipe(here), database, address, workers)) as crew:
            yield crew

    return hire
