"""What a text means as a whole: a small transformer, run with numpy alone.

It runs what others trained (the family of BERT), and learns nothing.
"""

import json
import math
import struct

import numpy as np

#: The rest of a longer text is not read: what comes in is to cost no more.
LONGEST = 256
#: Texts are read together until there are so many tokens.
BATCH = 512
_ALMOST_ZERO = 1e-12


def read_tensors(file):
    """Give ``{name: array}`` of a file in the format safetensors.

    The file is data without code; it is mapped, so that workers share its memory.
    """
    raw = np.memmap(file, np.uint8, "r")
    (size,) = struct.unpack("<Q", raw[:8].tobytes())
    header = json.loads(raw[8 : 8 + size].tobytes())
    kinds = {"F16": "<f2", "F32": "<f4", "I64": "<i8"}
    found = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        values = raw[begin:end].view(kinds[entry["dtype"]])
        found[name] = np.asarray(values.reshape(entry["shape"]))
    return found


class Transformer:
    """Gives a vector for each text.

    :param dict tensors: the weights, by the names that the family of BERT gives them
    :param tokenize: gives the numbers of the tokens of a text, at least one
    :param int heads: of which each reads a part of a vector
    """

    def __init__(self, tensors, tokenize, heads):
        self.tensors = tensors
        self.tokenize = tokenize
        self.heads = heads

    def encode(self, texts):
        """Give a row of numbers for each text."""
        found, batch, size = [], [], 0
        for text in texts:
            tokens = self.tokenize(text)[:LONGEST]
            if batch and size + len(tokens) > BATCH:
                found.append(self._read(batch))
                batch, size = [], 0
            batch.append(tokens)
            size += len(tokens)
        return np.concatenate([*found, self._read(batch)])

    def _read(self, texts):
        """Give the mean of the tokens of each text, after all layers."""
        lengths = [len(text) for text in texts]
        ends = np.cumsum(lengths)
        bounds = list(zip(ends - lengths, ends, strict=True))
        places = np.concatenate([np.arange(length) for length in lengths])
        get = self.tensors.get
        tokens = (
            get("embeddings.word_embeddings.weight")[np.concatenate(texts)]
            + get("embeddings.position_embeddings.weight")[places]
            + get("embeddings.token_type_embeddings.weight")[0]
        )
        tokens = self._norm("embeddings.LayerNorm", tokens)
        layer = 0
        while f"encoder.layer.{layer}.output.dense.weight" in self.tensors:
            tokens = self._run_layer(f"encoder.layer.{layer}.", tokens, bounds)
            layer += 1
        return np.stack([tokens[begin:end].mean(axis=0) for begin, end in bounds])

    def _run_layer(self, layer, tokens, bounds):
        part = layer + "attention."
        heard = self._weigh(part + "output.dense", self._attend(part, tokens, bounds))
        tokens = self._norm(part + "output.LayerNorm", tokens + heard)
        inner = _bend(self._weigh(layer + "intermediate.dense", tokens))
        said = self._weigh(layer + "output.dense", inner)
        return self._norm(layer + "output.LayerNorm", tokens + said)

    def _attend(self, part, tokens, bounds):
        """Let each token hear the tokens of its own text."""
        asks, offers, says = (
            self._weigh(f"{part}self.{name}", tokens)
            for name in ("query", "key", "value")
        )
        heard = np.empty_like(says)
        shape = (-1, self.heads, says.shape[1] // self.heads)
        for begin, end in bounds:
            ask, offer, say = (
                each[begin:end].reshape(shape).transpose(1, 0, 2)
                for each in (asks, offers, says)
            )
            fits = ask @ offer.transpose(0, 2, 1) / math.sqrt(shape[2])
            fits = np.exp(fits - fits.max(axis=-1, keepdims=True))
            fits /= fits.sum(axis=-1, keepdims=True)
            heard[begin:end] = (fits @ say).transpose(1, 0, 2).reshape(end - begin, -1)
        return heard

    def _weigh(self, name, values):
        weights, offsets = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return values @ weights.T + offsets

    def _norm(self, name, values):
        values = values - values.mean(axis=-1, keepdims=True)
        spread = np.square(values).mean(axis=-1, keepdims=True) + _ALMOST_ZERO
        scale = self.tensors[f"{name}.weight"]
        return values / np.sqrt(spread) * scale + self.tensors[f"{name}.bias"]


def _bend(values):
    """Keep what is positive and little of the rest (GELU, by its usual formula)."""
    inner = values * values
    inner *= 0.044715
    inner += 1
    inner *= values
    inner *= math.sqrt(2 / math.pi)
    np.tanh(inner, out=inner)
    inner += 1
    inner *= values
    inner *= 0.5
    return inner
