"""What a customer wrote, as features that can be counted. The text is data, no more."""

import html
import re
import unicodedata
from collections import Counter

#: Nobody explains a return at greater length; the rest is not looked at.
LONGEST = 4000
#: Nothing is taken from longer words: they are codes, links or noise.
LONGEST_WORD = 40
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffd]")
_PIECES = (3, 4, 5)


def clean(text):
    """Give a text as it is compared: short, without markup and control characters."""
    if not isinstance(text, str):
        return ""
    text = html.unescape(text[: 2 * LONGEST])
    text = unicodedata.normalize("NFKC", text)[:LONGEST]
    return " ".join(_CONTROL.sub(" ", text).lower().split())


def is_telling(text):
    """Tell whether a cleaned text says anything: words, and not mostly symbols."""
    letters = len(_LETTER.findall(text))
    enough = letters >= 3 and letters >= 0.4 * len(text.replace(" ", ""))
    return enough and bool(get_words(text))


def get_words(text):
    """Give single words and pairs of neighbours of a cleaned text, with repetition."""
    words = [word for word in _WORD.findall(text) if len(word) <= LONGEST_WORD]
    single = [word for word in words if len(word) > 1]
    pairs = zip(words, words[1:], strict=False)
    return single + [f"{one} {two}" for one, two in pairs]


def get_pieces(text):
    """Give parts of words, which survive misspelling and inflection."""
    pieces = []
    for word in _WORD.findall(text):
        if len(word) > LONGEST_WORD:
            continue
        padded = f" {word} "
        for size in _PIECES:
            pieces += [
                padded[at : at + size] for at in range(max(1, len(padded) - size + 1))
            ]
    return pieces


def count(text):
    """Count the terms of a cleaned text, by kind: ``(words, parts of words)``."""
    return Counter(get_words(text)), Counter(get_pieces(text))
