"""Reading texts as a whole, with weights that are small enough to reckon by hand."""

import json
import struct
import tempfile
from pathlib import Path

import numpy as np

from odoo.tests import BaseCase, tagged

from ..engine.transformer import LONGEST, Transformer, read_tensors

WIDTH, INNER, WORDS = 8, 16, 30


def make(seed=0):
    """Give random weights of one layer, by their usual names."""
    chance = np.random.default_rng(seed)
    shapes = {
        "embeddings.word_embeddings.weight": (WORDS, WIDTH),
        "embeddings.position_embeddings.weight": (LONGEST, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
    }
    layer = "encoder.layer.0."
    for name, out, into in (
        ("attention.self.query", WIDTH, WIDTH),
        ("attention.self.key", WIDTH, WIDTH),
        ("attention.self.value", WIDTH, WIDTH),
        ("attention.output.dense", WIDTH, WIDTH),
        ("intermediate.dense", INNER, WIDTH),
        ("output.dense", WIDTH, INNER),
    ):
        shapes[f"{layer}{name}.weight"] = (out, into)
        shapes[f"{layer}{name}.bias"] = (out,)
    tensors = {
        name: chance.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    for norm in (
        "embeddings.LayerNorm",
        f"{layer}attention.output.LayerNorm",
        f"{layer}output.LayerNorm",
    ):
        tensors[f"{norm}.weight"] = np.ones(WIDTH, dtype=np.float32)
        tensors[f"{norm}.bias"] = np.zeros(WIDTH, dtype=np.float32)
    return tensors


def silence(tensors, *names):
    for name in names:
        for kind in ("weight", "bias"):
            tensors[f"encoder.layer.0.{name}.{kind}"][:] = 0


def norm(values):
    values = values - values.mean(axis=-1, keepdims=True)
    return values / values.std(axis=-1, keepdims=True)


def tokenize(text):
    return [ord(letter) % WORDS for letter in text]


@tagged("post_install", "-at_install")
class TestTransformer(BaseCase):
    def test_attention_hears_the_mean_where_nothing_is_asked(self):
        tensors = make()
        silence(tensors, "attention.self.query", "output.dense")
        for name in ("attention.self.value", "attention.output.dense"):
            tensors[f"encoder.layer.0.{name}.weight"][:] = np.eye(WIDTH)
            tensors[f"encoder.layer.0.{name}.bias"][:] = 0
        ids = tokenize("small")
        first = norm(
            tensors["embeddings.word_embeddings.weight"][ids]
            + tensors["embeddings.position_embeddings.weight"][: len(ids)]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        expected = norm(norm(first + first.mean(axis=0))).mean(axis=0)
        (found,) = Transformer(tensors, tokenize, 2).encode(["small"])
        np.testing.assert_allclose(found, expected, atol=1e-5)

    def test_inner_layer_bends_what_is_negative(self):
        tensors = make()
        silence(tensors, "attention.output.dense", "intermediate.dense")
        tensors["encoder.layer.0.intermediate.dense.bias"][:] = [1.0] * 8 + [-1.0] * 8
        said = tensors["encoder.layer.0.output.dense.weight"]
        bent = np.array([0.8413] * 8 + [-0.1587] * 8) @ said.T
        bent += tensors["encoder.layer.0.output.dense.bias"]
        first = norm(
            tensors["embeddings.word_embeddings.weight"][tokenize("a")]
            + tensors["embeddings.position_embeddings.weight"][:1]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        (found,) = Transformer(tensors, tokenize, 2).encode(["a"])
        np.testing.assert_allclose(found, norm(norm(first) + bent)[0], atol=5e-3)

    def test_texts_that_are_read_together_do_not_hear_each_other(self):
        reader = Transformer(make(), tokenize, 4)
        texts = ["too small", "broken", "x", "the colour is another" * 9, "too small"]
        together = reader.encode(texts)
        alone = np.concatenate([reader.encode([text]) for text in texts])
        self.assertEqual(together.shape, (5, WIDTH))
        np.testing.assert_allclose(together, alone, atol=1e-5)
        np.testing.assert_allclose(together[0], together[4], atol=1e-5)
        self.assertGreater(np.abs(together[0] - together[1]).max(), 0.1)

    def test_order_of_words_counts(self):
        one, other = Transformer(make(), tokenize, 2).encode(["ab", "ba"])
        self.assertGreater(np.abs(one - other).max(), 0.01)

    def test_endless_text_is_read_up_to_a_limit(self):
        reader = Transformer(make(), tokenize, 2)
        endless, cut = reader.encode(["abc" * 100_000, ("abc" * LONGEST)[:LONGEST]])
        np.testing.assert_allclose(endless, cut, atol=1e-6)

    def test_file_of_weights_is_read_as_data(self):
        half = np.arange(6, dtype="<f2").reshape(2, 3)
        whole = np.array([1.5, -2.0], dtype="<f4")
        header = json.dumps(
            {
                "__metadata__": {"format": "pt"},
                "half": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]},
                "whole": {"dtype": "F32", "shape": [2], "data_offsets": [12, 20]},
            }
        ).encode()
        header += b" " * (-len(header) % 8)
        raw = struct.pack("<Q", len(header)) + header + half.tobytes() + whole.tobytes()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "weights.safetensors")
            file.write_bytes(raw)
            found = read_tensors(file)
            self.assertEqual(set(found), {"half", "whole"})
            np.testing.assert_array_equal(found["half"], half)
            np.testing.assert_array_equal(found["whole"], whole)
