"""A case in a few sentences, each with the record that it comes from."""

import re
from dataclasses import dataclass, field

from . import words

MOST_SENTENCES = 5
#: How much of a customer's words is quoted.
LONGEST_QUOTE = 160
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_NUMBER = re.compile(r"\d+(?:[.,:/\-\u202f\u00a0 ]\d+)*")
_MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Sentence:
    """What is said of one record.

    :ivar str text: as it is shown
    :ivar tuple source: ``(model, id)`` that it comes from
    :ivar tuple facts: the values that the text was made from, as shown
    """

    text: str
    source: tuple
    facts: tuple = field(default=())


def extract(text):
    """Give the sentence of a text that says most, as it was written.

    The one with most different words, the first of several; nothing is rewritten.
    """
    if not isinstance(text, str):
        return ""
    parts = [
        " ".join(part.split())
        for part in _SENTENCE.split(_MARKUP.sub(" ", text[: words.LONGEST]))
        if words.is_telling(words.clean(part))
    ]
    if not parts:
        return ""
    best = max(
        parts,
        key=lambda part: len(set(words.get_words(words.clean(part)[:LONGEST_QUOTE]))),
    )
    if len(best) <= LONGEST_QUOTE:
        return best
    return best[:LONGEST_QUOTE].rsplit(" ", 1)[0] + "…"


def get_numbers(text):
    """Give every number in a text, with its separators."""
    return {number.strip() for number in _NUMBER.findall(text)}


def find_invented(text, facts):
    """Give the numbers of a text that none of the facts contains."""
    known = set().union(*(get_numbers(str(fact)) for fact in facts))
    return get_numbers(text) - known


def keep_traceable(proposed, sentences):
    """Take what another program made of sentences, where it invents no number.

    :param proposed: a text for each of the sentences, or None to leave it
    :return: the sentences, with the proposed text where it can be traced
    """
    if not isinstance(proposed, (list, tuple)) or len(proposed) != len(sentences):
        return sentences
    kept = []
    for text, sentence in zip(proposed, sentences, strict=True):
        usable = isinstance(text, str) and text.strip() and len(text) <= words.LONGEST
        if usable and not find_invented(text, [sentence.text, *sentence.facts]):
            sentence = Sentence(text.strip(), sentence.source, sentence.facts)
        kept.append(sentence)
    return kept
