"""Pictures without what cameras note in them."""

import io

# Odoo has Pillow read the commonest kinds only: the import adds WebP.
from PIL import Image, ImageOps, WebPImagePlugin  # noqa: F401

#: Kinds that are written again; of others nobody knows what they carry.
_FORMATS = {"JPEG": {"quality": 92}, "PNG": {}, "WEBP": {"quality": 92}}
#: Most points of a picture; more would take all memory.
MAX_PIXELS = 60_000_000


def strip(content):
    """Give a picture anew, upright and without place, time and camera.

    :param bytes content: of the file
    :return: bytes, or None when it is no JPEG, PNG or WebP that can be read
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            kind = picture.format
            if kind not in _FORMATS or picture.width * picture.height > MAX_PIXELS:
                return None
            picture = ImageOps.exif_transpose(picture)
            picture.info.clear()
            written = io.BytesIO()
            picture.save(written, kind, **_FORMATS[kind])
    except Exception:  # pylint: disable=broad-exception-caught
        # Whatever Pillow trips over, as a note of the wrong type does, is no picture.
        return None
    return written.getvalue()
