"""Settings of the server that writes where `writer.kind` is `openai`."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from store.noun import Noun


class OpenAISettings(Noun):
    """Which OpenAI-compatible server writes. `writer.model` is the model's name there."""

    base_url: Annotated[str, Field(pattern=r"^https?://")] = "http://127.0.0.1:8000/v1"
    """What stands before `/chat/completions`."""
    api_key: SecretStr | None = None
    """Sent as a bearer token where there is one; never shown, logged or stored."""
    server: Literal["openai", "vllm", "llama.cpp", "tgi", "transformers"] = "openai"
    """Whose names the request's fields have. `openai` is what all of them take."""
    structured: bool = False
    """Whether the server is to hold the answer to the channel's fields while it draws it."""
    shots: bool = True
    """Whether prompts show examples first; not for a model that was trained on the house's prompts without them."""
    seeds: bool = True
    """Whether seeds are sent; without them the same order gives other copy each time."""
    logprobs: bool = True
    """Whether the server is asked how probable it finds its answer."""
    concurrency: Annotated[int, Field(ge=1, le=1_024)] = 16
    """Answers that are asked for at a time."""
    timeout: Annotated[float, Field(gt=0, le=3_600)] = 120
    """Seconds that an answer may take, from the first byte of the question to the last of the answer."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 6
    """How often one answer is asked for before it is given up."""
