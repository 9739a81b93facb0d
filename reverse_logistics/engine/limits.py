"""The most that anybody may enter, so that answers are quick and sums are exact."""

import math
import re

#: Largest amount in any currency; arithmetic with more digits loses cents.
AMOUNT = 1e12
#: Largest quantity in any unit.
QUANTITY = 1e9
#: Most characters of a sentence or note.
TEXT = 10_000
#: Most characters of a line that somebody writes who need not log in.
ENTRY = 200
#: Most characters of what a customer adds to a request in words of their own.
COMMENT = 2000
#: Most characters that are searched for; no number or name is longer.
SEARCH = 100
#: Most lines of one return, and so most rows of a list.
LINES = 1000
#: Most days ahead for which anything is planned.
DAYS_AHEAD = 366

# Characters that no database keeps: NUL, and unpaired halves of characters.
_UNKEPT = re.compile("[\0\ud800-\udfff]")


def is_number(value, most=AMOUNT):
    """Tell whether a value is a number to calculate with.

    :param value: of any type; True and False are no numbers
    :param float most: the largest one, above or below zero
    :rtype: bool
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and abs(value) <= most


def clean_search(text):
    """Give the part of a text that is searched for.

    :param text: of any type; what is no text finds nothing
    :rtype: str
    """
    if not isinstance(text, str):
        return ""
    return _UNKEPT.sub("", text[: 2 * SEARCH]).strip()[:SEARCH]


def clean_text(text):
    """Give a text of several lines, whole, without what no database keeps.

    :param text: of any type; what is no text is empty
    :rtype: str
    """
    if not isinstance(text, str):
        return ""
    return "\n".join(_UNKEPT.sub("", text).splitlines()).strip()


def clean_line(text):
    """Give a text as one line, whole, without what no database keeps.

    :param text: of any type; what is no text is empty
    :rtype: str
    """
    return " ".join(_UNKEPT.sub("", text).split()) if isinstance(text, str) else ""


def pick(waiting, used, most):
    """Pick those of a queue that limits still allow, the first ones first.

    What has to wait uses nothing up, so it holds nobody else back.

    :param waiting: ``[(what waits, {limit: what it is about})]``
    :param Counter used: ``{(limit, what it is about): how often it was used}``
    :param dict most: ``{limit: how often it may be used}``
    """
    used, picked = used.copy(), []
    for each, subjects in waiting:
        if all(used[subject] < most[subject[0]] for subject in subjects.items()):
            used.update(subjects.items())
            picked.append(each)
    return picked
