"""The writer that runs a language model on this machine."""

import contextlib
import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from inference import adapters, tokens
from inference.engine import Engine, unknown
from inference.plain_engine import PlainEngine
from inference.probe import probe
from inference.row import Answer, LineEnds, Request
from inference.weights import EMBEDDED, Report, prepare
from inference.writer import Draft, Free, before, budget
from prompts.counting import length
from prompts.render import format_hash
from store import checkpoint
from store.errors import InputError, ModelError, Problem, nearest
from store.prompt import Prompt
from store.settings import WriterSettings
from store.variant import Sampling

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}  # other precisions leave it to the machine
SPACES = ("Ġ", "▁", " ")  # as byte-level and SentencePiece vocabularies write the space before a word


class LocalWriter:
    """Answers prompts with a transformers model. Not safe for use from two threads at once."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        name: str,
        batch: int = 96,
        *,
        shots: bool = True,
        rounded: bool = False,
    ) -> None:
        self.checkpoint = name
        self.shots = shots
        self.tokenizer = tokenizer
        self.batch = batch
        lines = line_ends(tokenizer, model)
        plain = unknown(model) and not rounded
        self.engine = PlainEngine(model, lines) if plain else Engine(model, lines, rounded=rounded)
        self._longest = [len(name) for name in _names(tokenizer, model)]

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        """As `Writer.write`; `batch` prompts are decoded at a time."""
        requests = [self.request(prompt, seed, sampling.stop) for prompt, seed in zip(prompts, seeds, strict=True)]
        for start in range(0, len(requests), self.batch):
            generated = self.engine.generate(requests[start : start + self.batch], sampling)
            with contextlib.closing(generated):
                for answer in generated:
                    index = start + answer.index
                    yield self._draft(replace(answer, index=index), prompts[index], requests[index], sampling.stop)

    def request(self, prompt: Prompt, seed: int, stop: Sequence[str] = ()) -> Request:
        """What the engine is asked for; a `Free` prompt has texts of its own to stop at.

        Raises InputError where such a prompt is longer than the model can read.
        """
        if isinstance(prompt, Free):
            return self._free(prompt, seed)
        ids = list(tokens.prompt_ids(self.tokenizer, prompt))
        openings, stopped = tokens.openings(self.tokenizer, prompt), self._stopped(stop)
        return Request(ids, seed, openings, budget(prompt), self._too_long(prompt), stopped=stopped)

    def _free(self, prompt: Free, seed: int) -> Request:
        ids = list(tokens.chat_ids(self.tokenizer, prompt))
        most: int = self.engine.model.config.max_position_embeddings
        if len(ids) + prompt.most > most:
            raise InputError(
                Problem(
                    "messages", f"are {len(ids):,} tokens; with {prompt.most:,} for the answer at most {most:,} fit"
                )
            )
        return Request(ids, seed, budget=prompt.most, free=True, stopped=self._stopped(prompt.stops))

    def _stopped(self, stop: Sequence[str]) -> Callable[[Sequence[int]], bool] | None:
        """Whether an answer's last tokens have one of the texts in them; a character takes four tokens at the most."""
        reach = 4 * max(map(len, stop), default=0)

        def stopped(token_ids: Sequence[int]) -> bool:
            text = self.tokenizer.decode(token_ids[-reach:], skip_special_tokens=True)
            return any(one in text for one in stop)

        return stopped if stop else None

    def _draft(self, answer: Answer, prompt: Prompt, request: Request, stop: Sequence[str]) -> Draft:
        """What came of one prompt, as text."""
        text, written = self.tokenizer.decode(answer.token_ids, skip_special_tokens=True), len(answer.token_ids)
        read, sure = len(request.prompt_ids), answer.log_probability
        if not isinstance(prompt, Free):
            return Draft(answer.index, f"{prompt.keys[0]}:{before(text, stop)}", sure, read, written)
        cut = before(text, prompt.stops)
        return Draft(answer.index, cut, sure, read, written, whole=written < prompt.most or cut != text)

    def _too_long(self, prompt: Prompt) -> Callable[[int, Sequence[int]], bool] | None:
        """Whether a line's tokens are more characters than it may have; no token has more than its name has."""

        def too_long(line: int, token_ids: Sequence[int]) -> bool:
            most = prompt.maxima[line]
            if sum(self._longest[token_id] for token_id in token_ids) <= most:
                return False
            text = self.tokenizer.decode(token_ids, skip_special_tokens=True)
            return length(text.strip(), "characters") > most

        return too_long if prompt.maxima else None


def load(settings: WriterSettings, cache: Path, report: Report = lambda _: None) -> LocalWriter:
    """Load the model that `settings` names, with its adapter where there is one.

    Raises ModelError when weights are missing or damaged, when the adapter was trained with another prompt format, or
    when the precision is not to be had.
    """
    place = locate(settings.model, cache, report)
    report(f"loading {settings.model}")
    torch.set_num_threads(probe().threads)
    model, tokenizer = open_model(place, DTYPES.get(settings.precision) or dtype())
    if reason := unknown(model):
        report(f"{reason}: variants are written one after another, which takes longer")
    embedded = EMBEDDED.get(settings.model)
    name = embedded.folder if embedded else f"{settings.model}@{getattr(model.config, '_commit_hash', None) or 'local'}"
    shots = True
    if settings.adapter not in {None, "none"}:
        model, name, shots = _with_adapter(model, Path(settings.adapter))
    return LocalWriter(model, tokenizer, name, settings.batch, shots=shots, rounded=settings.precision == "int8")


def locate(model: str, cache: Path, report: Report = lambda _: None) -> str:
    """Where a model is to be loaded from: a folder, or a hub id. An embedded one is converted where it was not yet.

    Raises ModelError where `model` is neither, or its weights are missing or damaged.
    """
    if model in EMBEDDED:
        return str(prepare(model, cache, report))
    if "/" not in model and not Path(model).is_dir():
        raise ModelError(
            f'writer.model "{model}": is no embedded model, no hub id (owner/name) and no folder; '
            f"{nearest(model, EMBEDDED)}"
        )
    return model


def open_model(place: str, precision: torch.dtype) -> tuple[PreTrainedModel, Any]:
    """Model and tokenizer from a folder or the hub: safetensors only, and never code from the repository.

    Raises ModelError where they cannot be loaded.
    """
    disable_progress_bar()  # a second or two of loading; bars of its own would break into ours
    local = Path(place).is_dir()
    options = {"trust_remote_code": False, "local_files_only": local}
    try:
        model = AutoModelForCausalLM.from_pretrained(place, dtype=precision, use_safetensors=True, **options)
        return model, AutoTokenizer.from_pretrained(place, **options)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        known = ", ".join(EMBEDDED)
        raise ModelError(
            f'writer.model "{place}": cannot be loaded: {reason}; name one of {known}, a hub id, or a local folder'
        ) from error


def _with_adapter(model: PreTrainedModel, folder: Path) -> tuple[PreTrainedModel, str, bool]:
    """The model with the adapter's weights added to its own, its id, and whether its prompts show examples."""
    from peft import PeftModel  # noqa: PLC0415 - a second of import that most runs do not need

    meta = checkpoint.read(folder)
    formats = {format_hash(shots=shots): shots for shots in (False, True)}
    if meta.prompt_format not in formats:
        now = " or ".join(formats)
        raise ModelError(
            f"{folder}: was trained with prompt format {meta.prompt_format}, now it is {now}; train it again"
        )
    if not (folder / adapters.FILE).exists():
        raise ModelError(
            f"{folder}: {adapters.FILE} is missing; weights of another kind are not loaded, as they can run code"
        )
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # peft's, over a name of transformers'
        merged: PreTrainedModel = PeftModel.from_pretrained(model, folder).merge_and_unload()
    return merged, meta.id, formats[meta.prompt_format]


def dtype() -> torch.dtype:
    """bfloat16 where the processor computes with it, float32 where it would only emulate it."""
    return probe().dtype


def line_ends(tokenizer: Any, model: PreTrainedModel) -> LineEnds:
    """Which of the tokenizer's tokens end a line or the answer."""
    stop = model.generation_config.eos_token_id if model.generation_config else None
    stops = {*(stop if isinstance(stop, list) else [stop]), tokenizer.eos_token_id} - {None}
    size = model.get_output_embeddings().weight.shape[0]
    ends = torch.zeros(size, dtype=torch.bool)
    pieces = tokenizer.batch_decode([[token_id] for token_id in range(min(size, len(tokenizer)))])
    ends[[token_id for token_id, piece in enumerate(pieces) if "\n" in piece or "\r" in piece]] = True
    ends[[*stops, *tokenizer.all_special_ids]] = True
    newline = tokenizer("\n", add_special_tokens=False)["input_ids"]
    starts = frozenset(place for place, name in enumerate(_names(tokenizer, model)) if name.startswith(SPACES))
    return LineEnds(ends, frozenset({*stops, *tokenizer.all_special_ids}), newline[-1], starts)


def _names(tokenizer: Any, model: PreTrainedModel) -> list[str]:
    """The name of each token that the model can draw; empty where the tokenizer has none, as some models have room."""
    size = model.get_output_embeddings().weight.shape[0]
    return [name or "" for name in tokenizer.convert_ids_to_tokens(range(size))]
