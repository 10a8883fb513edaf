"""The forward pass of Llama-like models with few, large operations, for the engine.

What transformers computes, with the weights that it has loaded: products of the same states are one product, and the
states between the layers stay in float32.
"""

import copy
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache, PreTrainedModel

from inference.product import Plain, Product, Rounded
from inference.shared import Context, attend

KNOWN = {"llama", "mistral", "qwen2"}
"""Families in which a layer is: norm, attention with rotary embeddings, norm, gated products; added to what came in."""


@dataclass(frozen=True)
class _Layer:
    index: int
    before: Any
    query_key_value: Product
    scaling: float
    out: Product
    after: Any
    gate_up: Product
    down: Product


class Decoder:
    """A model that `known` knows."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model: Any = model
        self.layers = [_layer(index, layer) for index, layer in enumerate(self.model.model.layers)]
        self.head: Product = Plain([self.model.lm_head])
        self.dtype = model.dtype
        config: Any = model.config
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads

    def rounded(self) -> "Decoder":
        """The same with all products in 8-bit integers, in half the memory of 16-bit ones, beside this one."""
        other = copy.copy(self)
        other.layers = [_rounded(layer) for layer in self.layers]
        other.head = Rounded(self.head) if isinstance(self.head, Plain) else self.head
        return other

    def __call__(self, tokens: Tensor, positions: Tensor, cache: DynamicCache, context: Context) -> Tensor:
        """Hidden states (n, length, width) of `tokens` (n, length), which the cache then holds; float32."""
        embedded = self.model.model.embed_tokens(tokens)
        states = embedded.flatten(0, 1).float()
        turn = _turn(*self.model.model.rotary_emb(embedded, positions))
        for layer in self.layers:
            read = self._attend(layer, _normed(states, layer.before), turn, cache, context)
            states.add_(layer.out(read))
            gate, up = layer.gate_up(_normed(states, layer.after)).chunk(2, dim=-1)
            states.add_(layer.down(nn.functional.silu(gate).mul_(up)))
        return _normed(states, self.model.model.norm).view(*tokens.shape, -1)

    def logits(self, hidden: Tensor) -> Tensor:
        """(n, vocabulary) of hidden states (n, width)."""
        return self.head(hidden)

    def _attend(
        self, layer: _Layer, states: Tensor, turn: tuple[Tensor, Tensor], cache: DynamicCache, context: Context
    ) -> Tensor:
        cos, sin = turn
        n, length, _, width = cos.shape
        parts = layer.query_key_value(states).view(n, length, -1, width)
        flat = parts[:, :, : -self.kv_heads]
        turned = torch.addcmul(flat * cos, flat.roll(width // 2, -1), sin).to(self.dtype)
        value = parts[:, :, -self.kv_heads :].to(self.dtype).transpose(1, 2)
        query, key = turned.transpose(1, 2).tensor_split([self.heads], dim=1)
        keys, values = cache.update(key, value, layer.index)
        return attend(query * layer.scaling, keys, values, context, layer.index).reshape(n * length, -1)


class Modules:
    """Any other model that goes through the attention interface: its own modules."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model: Any = model

    def __call__(self, tokens: Tensor, positions: Tensor, cache: DynamicCache, context: Context) -> Tensor:
        """As `Decoder`, in the model's dtype."""
        output = self.model.base_model(
            input_ids=tokens, position_ids=positions, past_key_values=cache, use_cache=True, context=context
        )
        states: Tensor = output.last_hidden_state
        return states

    def logits(self, hidden: Tensor) -> Tensor:
        """As `Decoder.logits`."""
        logits: Tensor = self.model.get_output_embeddings()(hidden)
        return logits


def known(model: PreTrainedModel) -> bool:
    """Whether the model is of a known family, and no layer of it was replaced."""
    modules: Any = model
    if model.config.model_type not in KNOWN:
        return False
    parts = [part for layer in modules.model.layers for part in _linear(layer)]
    return model.config.hidden_act == "silu" and all(type(part) is nn.Linear for part in [*parts, modules.lm_head])


def _linear(layer: Any) -> list[nn.Linear]:
    own, mlp = layer.self_attn, layer.mlp
    return [own.q_proj, own.k_proj, own.v_proj, own.o_proj, mlp.gate_proj, mlp.up_proj, mlp.down_proj]


def _layer(index: int, layer: Any) -> _Layer:
    query, key, value, out, gate, up, down = _linear(layer)
    return _Layer(
        index=index,
        before=layer.input_layernorm,
        query_key_value=Plain([query, key, value]),
        scaling=layer.self_attn.scaling,
        out=Plain([out]),
        after=layer.post_attention_layernorm,
        gate_up=Plain([gate, up]),
        down=Plain([down]),
    )


def _rounded(layer: _Layer) -> _Layer:
    parts = {field.name: getattr(layer, field.name) for field in fields(layer)}
    products: dict[str, Any] = {name: Rounded(part) for name, part in parts.items() if isinstance(part, Plain)}
    return replace(layer, **products)


def _normed(states: Tensor, norm: Any) -> Tensor:
    return nn.functional.rms_norm(states, norm.weight.shape, norm.weight.float(), norm.variance_epsilon)


def _turn(cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine (n, length, 1, width) so that `states * cos + swapped * sin` turns each pair of numbers.

    Su et al. 2021, arXiv:2104.09864, equation 34, with the halves of a head as the pairs. The sign of the half that is
    subtracted is put on the sine.
    """
    low, high = sin.float().chunk(2, dim=-1)
    return cos.float()[:, :, None], torch.cat([-low, high], dim=-1)[:, :, None]
