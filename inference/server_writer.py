"""The writer that asks an OpenAI-compatible server: vLLM, TGI, llama.cpp, transformers' own or somebody else's."""

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from queue import SimpleQueue
from typing import Any

import httpx
from anyio import create_task_group, fail_after
from anyio.from_thread import start_blocking_portal
from pydantic import ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from inference.breaker import Breaker
from inference.dialect import DIALECTS
from inference.refusals import Passing, passing, refusal
from inference.reply import Reply
from inference.writer import Draft
from store.errors import ModelError
from store.openai_settings import OpenAISettings
from store.prompt import Prompt
from store.variant import Sampling

SHORTEST, LONGEST = 0.5, 30.0  # seconds: the bound of the first wait, which doubles, and what it grows to

Ask = tuple[int, Prompt, int]  # a prompt's place, itself, its seed
Tell = Callable[[Draft | Exception], None]


class ServerWriter:
    """Answers prompts by asking a server, several at a time. What the house checks and stores is the same as ever."""

    def __init__(self, settings: OpenAISettings, model: str, breaker: Breaker | None = None) -> None:
        """`model` is its name on the server. Raises ModelError where the server's address or key cannot be used."""
        self.url = _usable(settings)
        self.checkpoint = f"{model}@{self.url}"
        self.shots = settings.shots
        self.breaker = breaker or Breaker()
        self._settings = settings
        self._model = model
        self._dialect = DIALECTS[settings.server]
        if settings.structured and self._dialect.shape is None:
            raise ModelError(f'openai.structured: openai.server "{settings.server}" has none; leave it at false')
        self._tls = httpx.create_ssl_context()
        self._answered = False  # once it has, what it refuses is the prompt's fault and not the settings'

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        """As `Writer.write`; the answers come as the server has them, and closing hangs up on it.

        That the same seed gives the same answer is for the server to hold. Raises ModelError where it cannot be
        reached, fails again and again or refuses what is asked, InputError where it refuses this one prompt.
        """
        taken = self._dialect.taken(sampling)
        asks: Iterator[Ask] = iter([(i, *one) for i, one in enumerate(zip(prompts, seeds, strict=True))])
        answers: SimpleQueue[Draft | Exception] = SimpleQueue()
        with start_blocking_portal() as portal:  # what is left of it when this is left with an error is cancelled
            portal.start_task_soon(self._answer, asks, taken, answers.put)
            for _ in prompts:
                answer = answers.get()
                if isinstance(answer, Exception):
                    raise answer
                yield answer

    async def _answer(self, asks: Iterator[Ask], sampling: Sampling, tell: Tell) -> None:
        """Take one ask after the other, in as many places as may be asked at a time."""

        async def one_after_the_other() -> None:
            for ask in asks:
                try:
                    tell(await self._draft(client, ask, sampling))
                except Exception as error:  # is raised again by whoever waits for the answers
                    tell(error)

        async with self._client() as client, create_task_group() as group:
            for _ in range(self._settings.concurrency):
                group.start_soon(one_after_the_other)

    def _client(self) -> httpx.AsyncClient:
        many, key = self._settings.concurrency, self._settings.api_key
        return httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            limits=httpx.Limits(max_connections=many, max_keepalive_connections=many),
            timeout=self._settings.timeout,  # of each step; of all of them together it is held in `_posted`
            verify=self._tls,
        )

    async def _draft(self, client: httpx.AsyncClient, ask: Ask, sampling: Sampling) -> Draft:
        index, prompt, seed = ask
        body = {"model": self._model, **self._dialect.body(prompt, sampling, structured=self._settings.structured)}
        body |= {"seed": seed} if self._settings.seeds else {}
        body |= {"logprobs": True} if self._settings.logprobs else {}
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Passing),
            stop=stop_after_attempt(self._settings.attempts),
            wait=_waits(seed),
            reraise=True,
        )
        reply: Reply = await retrying(self._ask, client, body)
        return reply.draft(index, prompt, sampling)

    async def _ask(self, client: httpx.AsyncClient, body: dict[str, Any]) -> Reply:
        """Ask once. Raises Passing where it may do better the next time."""
        if self.breaker.state == "open":
            raise ModelError(
                f"{self.url}: has failed for a while and is left alone for {self.breaker.left:.0f} s more; see whether "
                "the server runs, and whether openai.base_url is its address"
            )
        try:
            reply = self._read(await self._posted(client, body))
        except Passing as error:
            if not error.busy:
                self.breaker.failed()
            raise
        self.breaker.answered()
        self._answered = True
        return reply

    async def _posted(self, client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
        try:
            with fail_after(self._settings.timeout):
                return await client.post(f"{self.url}/chat/completions", json=body)
        except (TimeoutError, httpx.TimeoutException):
            said = f"has not answered within {self._settings.timeout:g} s; raise openai.timeout, or ask for fewer at a "
            raise Passing(f"{self.url}: {said}time with openai.concurrency") from None
        except httpx.HTTPError as error:
            said = f"cannot be asked: {str(error) or type(error).__name__}; see whether the server runs, and whether "
            raise Passing(f"{self.url}: {said}openai.base_url is its address") from None

    def _read(self, response: httpx.Response) -> Reply:
        """The reply, where it is one."""
        if response.is_success:
            try:
                return Reply.model_validate_json(response.content)
            except ValidationError:
                said = "answers, but with no chat completion; see whether openai.base_url is an OpenAI-compatible API's"
                raise Passing(f"{self.url}: {said}") from None
        if error := passing(response, self.url):
            raise error
        key = self._settings.api_key
        raise refusal(response, self.url, key.get_secret_value() if key else "", of_prompt=self._answered)


def _usable(settings: OpenAISettings) -> str:
    """The server's address without a slash behind it. Raises ModelError, which never repeats what may be secret."""
    try:
        url = httpx.URL(settings.base_url)
    except httpx.InvalidURL as error:
        raise ModelError(f"openai.base_url: is no URL: {error}; set it as http://host:port/v1") from None
    if not url.host or url.userinfo or url.query or url.fragment:
        raise ModelError("openai.base_url: is to be http://host:port/v1; a key goes into openai.api_key")
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    if not (key.isascii() and key.isprintable() and key.strip()):
        raise ModelError("openai.api_key: is empty or has characters that no key has; set it again, or leave it out")
    return str(url).rstrip("/")


def _waits(seed: int) -> Callable[[RetryCallState], float]:
    """Seconds to wait after a failure: what the server asked for, and a draw from a range that doubles ("full jitter").

    Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. The draws are the seed's, so that no two
    prompts come back together and a run can be told again.
    """
    draw = random.Random(seed)  # noqa: S311 - waiting, not secrets

    def wait(state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        asked = failed.after if isinstance(failed, Passing) else 0.0
        return asked + draw.uniform(0, min(LONGEST, SHORTEST * 2 ** (state.attempt_number - 1)))

    return wait
