"""What was learned, as a file of numbers and JSON that nobody changes unseen.

The format cannot carry code; still a file is not even parsed before its hash and the
seal over it, made with a secret that lies elsewhere, were compared.
"""

import hashlib
import hmac
import io
import json

import numpy as np

#: Larger files are refused, written or read.
LARGEST = 64 * 1024 * 1024
_META = "meta.json"


class Refused(Exception):
    """The file is not what was sealed."""


def pack(meta, arrays):
    """Give the bytes of a file.

    :param dict meta: plain data
    :param dict arrays: ``{name: array of numbers}``
    """
    text = json.dumps(meta, ensure_ascii=False, sort_keys=True).encode()
    stream = io.BytesIO()
    np.savez_compressed(
        stream, **{_META: np.frombuffer(text, dtype=np.uint8)}, **arrays
    )
    raw = stream.getvalue()
    if len(raw) > LARGEST:
        raise Refused(f"{len(raw)} bytes are more than {LARGEST}")
    return raw


def digest(raw):
    """Give the SHA-256 of a file."""
    return hashlib.sha256(raw).hexdigest()


def unpack(raw, expected, seal, make_seal):
    """Give ``(meta, arrays)`` of a file that is what was sealed.

    :param str expected: its hash as noted
    :param str seal: as noted
    :param make_seal: function that gives the seal over a hash
    :raises Refused: otherwise, before anything is parsed
    """
    if not raw or len(raw) > LARGEST:
        raise Refused("the file is missing or too large")
    found = digest(raw)
    if not hmac.compare_digest(found, expected or ""):
        raise Refused("the file was changed")
    if not hmac.compare_digest(make_seal(found), seal or ""):
        raise Refused("the seal does not fit the file")
    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(arrays.pop(_META).tobytes()), arrays
