"""Products of several layers at once, and what rounding to 8 bits costs."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from inference.product import Plain, Rounded, whole_numbers

needs_whole_numbers = pytest.mark.skipif(not whole_numbers(), reason="the processor has no exact 8-bit products")


def layers(*sizes: int, bias: bool = False) -> list[nn.Linear]:
    torch.manual_seed(3)
    return [nn.Linear(40, size, bias=bias) for size in sizes]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=3), st.booleans())
def test_a_joined_product_is_the_layers_products_side_by_side(sizes: list[int], bias: bool) -> None:
    parts, states = layers(*sizes, bias=bias), torch.randn(5, 40)
    expected = torch.cat([part(states) for part in parts], dim=1)
    assert torch.allclose(Plain(parts)(states), expected, atol=1e-6)
    assert torch.allclose(torch.cat([part(states) for part in parts], dim=1), expected, atol=1e-6)  # they still work


def test_a_layer_without_a_bias_beside_one_with_a_bias() -> None:
    parts, states = [*layers(3, bias=True), *layers(4)], torch.randn(2, 40)
    assert torch.allclose(Plain(parts)(states), torch.cat([part(states) for part in parts], dim=1), atol=1e-6)


@needs_whole_numbers
@given(st.integers(0, 2**31), st.floats(1e-3, 1e3), st.integers(1, 30), st.booleans())
def test_rounding_costs_what_two_roundings_may(seed: int, size: float, tokens: int, bias: bool) -> None:
    """Each factor is off by half a step at most, so a product by half a step of either times the other's largest."""
    plain = Plain(layers(7, 6, bias=bias))
    states = torch.randn(tokens, 40, generator=torch.Generator().manual_seed(seed)) * size
    found, exact = Rounded(plain)(states), plain(states)
    largest, heaviest = states.abs().amax(1, keepdim=True), plain.weight.abs().amax(1)
    bound = 40 * (largest / 254 * heaviest + heaviest / 254 * largest + largest * heaviest / 254**2)
    assert ((found - exact).abs() <= bound * 1.01).all()
    assert (found - exact).norm() <= 0.03 * exact.norm()


@needs_whole_numbers
def test_a_token_comes_out_the_same_beside_any_others() -> None:
    product, states = Rounded(Plain(layers(8))), torch.randn(6, 40)
    states[4] *= 1_000
    assert torch.equal(product(states)[:1], product(states[:1]))


@needs_whole_numbers
def test_nought_stays_nought() -> None:
    assert not Rounded(Plain(layers(8)))(torch.zeros(2, 40)).any()
