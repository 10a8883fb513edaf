"""A weight that states are multiplied with: several of a model's linear layers at once, as they are or in 8 bits."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

LEAST = 1e-12  # a scale is no smaller, so that nothing is divided by nought
MOST = 127  # the largest 8-bit number that is used, of either sign
MIDDLE = 128  # what nought is in unsigned 8 bits, which is what the processors' instructions take


class Product(Protocol):
    """Gives (tokens, outputs) for states (tokens, inputs)."""

    def __call__(self, states: Tensor) -> Tensor:
        """The states may have any float dtype."""
        ...


class Plain:
    """The product in the weights' own dtype."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        self.weight, self.bias = joined(layers)

    def __call__(self, states: Tensor) -> Tensor:
        """In the weights' dtype."""
        return nn.functional.linear(states.to(self.weight.dtype), self.weight, self.bias)


class Rounded:
    """The product of a plain one in 8-bit integers, with a scale for each output and one for each token.

    A token's scale is its own, so that what comes of it does not depend on the others. Rounded to the nearest,
    symmetric about nought: "vector-wise quantization" of Dettmers et al. 2022, arXiv:2208.07339, without its outliers.
    """

    def __init__(self, plain: Plain) -> None:
        weight = plain.weight.float()
        self.scales = weight.abs().amax(dim=1).clamp(min=LEAST) / MOST
        self.zeros = torch.zeros(len(weight), dtype=torch.int32)
        whole = (weight / self.scales[:, None]).round().to(torch.int8)
        self.weight = torch.ops.onednn.qlinear_prepack(whole, None)
        self.bias = None if plain.bias is None else plain.bias.float()

    def __call__(self, states: Tensor) -> Tensor:
        """In float32."""
        states = states.float()
        largest = states.abs().amax(dim=-1, keepdim=True).clamp(min=LEAST)
        whole = states.mul(MOST / largest).add_(MIDDLE + 0.5).to(torch.uint8)  # rounded: what is cut off is below 1
        out: Tensor = torch.ops.onednn.qlinear_pointwise(
            whole, 1 / MOST, MIDDLE, self.weight, self.scales, self.zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        out.mul_(largest)
        return out if self.bias is None else out.add_(self.bias)


def whole_numbers() -> bool:
    """Whether the processor multiplies 8-bit integers exactly; without these instructions sums overflow."""
    able = torch.cpu.get_capabilities()
    return any(able.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))


def joined(layers: Sequence[nn.Linear]) -> tuple[Tensor, Tensor | None]:
    """Weight (outputs, inputs) and bias (outputs,) of all layers, one below the other.

    The layers look into the joined weight from then on, so that it is not there twice.
    """
    weight = layers[0].weight.detach() if len(layers) == 1 else torch.cat([layer.weight.detach() for layer in layers])
    parts = torch.split(weight, [len(layer.weight) for layer in layers])
    if len(layers) > 1:
        for layer, part in zip(layers, parts, strict=True):
            layer.weight = nn.Parameter(part, requires_grad=False)
    if all(layer.bias is None for layer in layers):
        return weight, None
    none = [part.new_zeros(len(part)) for part in parts]
    biases = [bias if layer.bias is None else layer.bias.detach() for layer, bias in zip(layers, none, strict=True)]
    return weight, torch.cat(biases)
