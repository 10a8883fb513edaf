"""What the operations of the HTTP API work with, and how work is done for an asker who may hang up."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from inference.limits import Limit
from inference.metrics import Metrics
from inference.order import Parts
from inference.turns import PLACES, Place, Turns
from prompts import channels
from store.channel import Channel
from store.database import Database
from store.key import Key
from store.settings import Settings

Result = TypeVar("Result")


class Service:
    """The settings, the models and the database. The models come at their first use, and are shared."""

    def __init__(self, settings: Settings, parts: Parts | Callable[[], Parts], database: Database) -> None:
        self.database = database
        self.catalogue: Mapping[str, Channel] = channels.catalogue(settings)
        self.sampling = settings.writer.sampling
        self.overgenerate = settings.writer.overgenerate
        self.model = "fake" if settings.writer.kind == "fake" else settings.writer.model
        self.author = settings.reviewer
        self.four_eyes = settings.review.four_eyes
        self.began = int(time.time())
        self.variants = Limit(settings.serve.variants_per_minute, "variants")
        self.metrics = Metrics()
        self.parts = Turns(lambda: parts() if callable(parts) else parts, settings.writer.batch)
        # Threads of their own for what waits for the models, one for each place, so that what is quick finds one too.
        self._threads = CapacityLimiter(PLACES)

    def enter(self, key: Key | None, variants: int = 0) -> Place:
        """A place for the key's holder, who is to pay for so many variants.

        Raises at once Busy where there is none, HTTPException 429 where the key has asked for too much.
        """
        place = self.parts.enter(key.id if key else None)
        try:
            if variants:
                self.variants.spend(key, variants)
        except HTTPException:
            place.close()
            raise
        return place

    async def work(self, request: Request, key: Key | None, do: Callable[[Parts], Result], variants: int = 0) -> Result:
        """Do in a thread what needs the models.

        Raises what `enter` and `do` raise, and Gone where the asker has hung up and the writing was stopped.
        """
        with self.enter(key, variants) as place:
            async with watched(request, place):
                return await self.thread(lambda: do(place.parts()))

    async def thread(self, do: Callable[[], Result]) -> Result:
        """Do in a thread what may wait for the models."""
        return await to_thread.run_sync(do, limiter=self._threads)


@asynccontextmanager
async def watched(request: Request, place: Place) -> AsyncIterator[None]:
    """Leave the place as soon as the asker hangs up. The request's body must have been read."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        place.leave()

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


With = Annotated[Service, Depends(_service)]
