"""A version of policy as a file that another database can read.

The file is JSON. Records are named by what identifies them everywhere (code, name),
never by ids: see ``models/policy/reverse_portable.py``. The hash shows that nothing was
lost or changed on the way; it does not prove who wrote the file.
"""

import json

from .snapshot import canonical, digest

FORMAT = "reverse-logistics-policy"
#: Increase it when the content changes so that older files need a conversion.
VERSION = 1
#: The largest numbers that the fields of a rule can hold.
MAX_INTEGER = 2**31 - 1
MAX_AMOUNT = 1e12


class UnreadableFile(ValueError):
    """A file that is not a version of policy, or not one that we can read.

    :param str code: ``format``: it is something else; ``version``: a newer program
        wrote it; ``damaged``: it was changed after it was written
    """

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def write(content):
    """Give the text of a file.

    :param dict content: plain data, as for :func:`~.snapshot.canonical`
    :rtype: str
    """
    sealed = {"format": FORMAT, "format_version": VERSION, **content}
    sealed["hash"] = digest(canonical(sealed))
    return json.dumps(sealed, indent=2, ensure_ascii=False) + "\n"


def read(data):
    """Give the content of a file.

    :param bytes data: of the file
    :rtype: dict
    :raises UnreadableFile: saying why it cannot be used
    """
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UnreadableFile("format") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UnreadableFile("format")
    version = content.get("format_version")
    if not isinstance(version, int) or version > VERSION:
        raise UnreadableFile("version")
    if content.pop("hash", None) != digest(canonical(content)):
        raise UnreadableFile("damaged")
    if not _can_be_kept(content):
        raise UnreadableFile("damaged")
    return content


def _can_be_kept(value):
    """Whether a database can keep all of it: numbers of its size, text without NUL."""
    if isinstance(value, dict):
        return all(_can_be_kept(each) for each in (*value, *value.values()))
    if isinstance(value, list):
        return all(map(_can_be_kept, value))
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, int):
        return abs(value) <= MAX_INTEGER
    return not isinstance(value, float) or abs(value) <= MAX_AMOUNT
