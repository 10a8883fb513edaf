"""What OpenAI-compatible clients send and are answered, as nouns in the shapes that they expect."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from inference.bodies import MAX_ID
from store.noun import Noun
from store.prompt import Message

MOST = 1_024  # tokens of an answer
LONGEST = 20_000  # characters of a message

Tokens = Annotated[int, Field(ge=1, le=MOST)]
Stop = Annotated[str, Field(min_length=1, max_length=64)]


class Said(Message):
    """One message of the chat."""

    content: Annotated[str, Field(max_length=LONGEST)]


class StreamOptions(Noun):
    """What a streamed answer is to have besides."""

    include_usage: bool = False


class ChatRequest(Noun):
    """Messages that the writer's model is to answer, as they are."""

    model_config = ConfigDict(
        str_strip_whitespace=False,  # a line break is a stop
        json_schema_extra={
            "examples": [{"model": "fake", "messages": [{"role": "user", "content": "A word for glass?"}]}]
        },
    )

    model: Annotated[str, Field(min_length=1, max_length=500, description="As `/v1/models` has it.")]
    messages: Annotated[tuple[Said, ...], Field(min_length=1, max_length=64)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[Tokens, Field(description="256 where nothing is said.")] | None = None
    max_completion_tokens: Annotated[Tokens, Field(description="The same, under its newer name.")] | None = None
    temperature: Annotated[float, Field(ge=0, le=2, description="As set if null.")] | None = None
    top_p: Annotated[float, Field(gt=0, le=1, description="As set if null.")] | None = None
    n: Annotated[int, Field(ge=1, le=64)] | None = None
    seed: (
        Annotated[int, Field(ge=0, le=MAX_ID, description="The same seed gives the same answers; 0 if null.")] | None
    ) = None
    stop: Stop | Annotated[tuple[Stop, ...], Field(max_length=4)] | None = None
    user: Annotated[str, Field(max_length=200, description="Is not looked at.")] | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """What ends an answer."""
        return (self.stop,) if isinstance(self.stop, str) else self.stop or ()

    @property
    def most(self) -> int:
        """Tokens after which an answer is cut."""
        return self.max_completion_tokens or self.max_tokens or 256


class Model(Noun):
    """A model that can be asked for."""

    id: str
    object: Literal["model"] = "model"
    created: int
    """When this server began, in seconds since 1970."""
    owned_by: Literal["glasbruk"] = "glasbruk"


class Models(Noun):
    """The models that can be asked for: the one that writes."""

    object: Literal["list"] = "list"
    data: tuple[Model, ...]


Finish = Literal["stop", "length"]


class Choice(Noun):
    """One answer."""

    index: int
    message: Message
    logprobs: None = None
    finish_reason: Finish


class Usage(Noun):
    """How many tokens were read and written; the messages count once, however many answers there are."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(Noun):
    """The answers to a chat."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    system_fingerprint: str
    """The checkpoint that wrote."""
    choices: tuple[Choice, ...]
    usage: Usage


class Delta(Noun):
    """What is new of an answer."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(Noun):
    """What is new of one answer."""

    index: int
    delta: Delta
    logprobs: None = None
    finish_reason: Finish | None = None


class Chunk(Noun):
    """What is told at once of a streamed answer."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    system_fingerprint: str
    choices: tuple[ChunkChoice, ...]
    usage: Usage | None = None
