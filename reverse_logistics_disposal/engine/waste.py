"""Codes of the European list of waste."""

import re

_CODE = re.compile(r"(\d\d) ?(\d\d) ?(\d\d) ?(\*?)")
#: The chapters of the list.
CHAPTERS = range(1, 21)


def normalize(code):
    """Give a code as the list writes it, such as ``16 02 13*``; None where it is none.

    :param str code: as somebody entered it
    """
    found = _CODE.fullmatch((code or "").strip())
    if not found or int(found[1]) not in CHAPTERS:
        return None
    return " ".join(found.groups()[:3]) + found[4]
