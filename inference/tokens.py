"""Prompts and answers as token ids: one way for training and serving, so that they cannot drift."""

from collections.abc import Mapping
from typing import Any

from store.prompt import Prompt

Ids = tuple[int, ...]


def prompt_ids(tokenizer: Any, prompt: Prompt) -> Ids:
    """The prompt in the tokenizer's chat format, and behind it the opening of the answer's first line, `subject:`."""
    return (*chat_ids(tokenizer, prompt), *_ids(tokenizer, f"{prompt.keys[0]}:"))


def chat_ids(tokenizer: Any, prompt: Prompt) -> Ids:
    """The prompt's messages in the tokenizer's chat format, up to where the answer begins."""
    messages = [{"role": message.role, "content": _plain(tokenizer, message.content)} for message in prompt.messages]
    text: str = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return _ids(tokenizer, text)


def openings(tokenizer: Any, prompt: Prompt) -> tuple[Ids, ...]:
    """What each further line of the answer begins with."""
    return tuple(_ids(tokenizer, f"{key}:") for key in prompt.keys[1:])


def answer_ids(tokenizer: Any, prompt: Prompt, fields: Mapping[str, str]) -> Ids:
    """What is to come behind `prompt_ids`: the fields' lines as a writer draws them, and the end of the answer."""
    texts = [_plain(tokenizer, fields[key]) for key in prompt.keys]
    ids = list(_ids(tokenizer, f" {texts[0]}" + "\n" * (len(texts) > 1)))
    for number, (opening, text) in enumerate(zip(openings(tokenizer, prompt), texts[1:], strict=True), start=2):
        ids += [*opening, *_ids(tokenizer, f" {text}" + "\n" * (number < len(texts)))]
    return (*ids, tokenizer.eos_token_id)


def _plain(tokenizer: Any, text: str) -> str:
    """Text in which no token that steers the model is left, so that a brief cannot end its own message."""
    for special in tokenizer.all_special_tokens:
        text = text.replace(special, special[:1] + " " + special[1:])
    return text


def _ids(tokenizer: Any, text: str) -> Ids:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
