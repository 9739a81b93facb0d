"""What a photo shows, as a few numbers: whether it is known, how sharp, how bright.

A photo is known by the coarse pattern of light and dark in it, which stays when it is
compressed, made smaller or brighter, turned or mirrored. Two photos whose patterns are
near each other are compared a second time, point by point of a small copy.
"""

import io
from dataclasses import dataclass

import numpy as np

#: Larger files and pictures are not looked at: they would take all memory and time.
LARGEST, MOST_PIXELS = 30_000_000, 60_000_000
#: Side of the small copy, and of the part of its waves that is the pattern.
SIDE, WAVES = 32, 8
#: Patterns that differ in so many of 64 places may be of one photo, which is one if the
#: small copies are as alike as this.
NEAR, ALIKE = 22, 0.88
#: Photos without contrast, such as of a white wall, are like every other.
LEAST_CONTRAST = 4.0
#: Below these a photo is blurred, or too dark to show anything.
LEAST_SHARP, LEAST_BRIGHT = 60.0, 40.0
#: Long side at which sharpness is measured.
_LOOKED_AT = 512
_TAKEN = {271: "maker", 272: "camera", 305: "program", 306: "written", 36867: "taken"}
_LONGEST_NOTE = 80
#: What a point of a colour may be.
_VALUES = np.arange(256.0)


class Unreadable(Exception):
    """The file shows nothing: ``code`` is ``empty``, ``huge`` or ``no_picture``."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Picture:
    """A photo in numbers.

    :ivar bytes copy: its small grey copy, row by row
    :ivar float sharp: variance of the second derivative; small when blurred
    :ivar float bright: mean of all points, 0 to 255
    :ivar float contrast: how much points of the small copy differ
    :ivar tuple features: how light, coloured, rough and spotted it is, see ``damage``
    :ivar dict notes: what the camera or a program noted; never where it was taken
    """

    copy: bytes
    sharp: float
    bright: float
    contrast: float
    features: tuple
    notes: dict

    @property
    def problem(self):
        """Why a new photo would show more: ``dark``, ``blurred``, or ""."""
        if self.bright < LEAST_BRIGHT:
            return "dark"
        return "blurred" if self.sharp < LEAST_SHARP else ""


def read(content, original=None):
    """Give what a file shows.

    :param bytes content: of the file
    :param bytes original: the file as it came, if it is kept otherwise: smaller, or
        without what the camera noted. Only notes are read of it, since that takes no
        time.
    :rtype: Picture
    :raises Unreadable: for what is no picture, or too large to look at
    """
    from PIL import Image, ImageOps

    if not content:
        raise Unreadable("empty")
    if len(content) > LARGEST:
        raise Unreadable("huge")
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unreadable("huge")
            notes = {} if original else _read_notes(image, content)
            # Of a large JPEG only as much as is looked at is unpacked.
            image.draft("RGB", (2 * _LOOKED_AT, 2 * _LOOKED_AT))
            colour = ImageOps.exif_transpose(image).convert("RGB")
    except Unreadable:
        raise
    except Exception as error:  # pylint: disable=broad-exception-caught
        # Whatever Pillow trips over is no picture.
        raise Unreadable("no_picture") from error
    if original:
        notes = _read_notes_only(original)
    small = np.asarray(colour.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))
    colour.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX)
    grey = colour.convert("L")
    points = np.asarray(grey, dtype=np.float32)
    edges = _get_edges(points)
    return Picture(
        small.tobytes(),
        round(float(edges.var()), 2),
        round(float(points.mean()), 2),
        round(float(small.std()), 2),
        _get_features(colour, grey, points, np.abs(edges)),
        notes,
    )


def _get_edges(points):
    """Give the second derivative of each point that has neighbours."""
    if min(points.shape) < 3:
        return np.zeros((1, 1), dtype=np.float32)
    inner = points[1:-1, 1:-1]
    around = points[:-2, 1:-1] + points[2:, 1:-1] + points[1:-1, :-2] + points[1:-1, 2:]
    return around - 4 * inner


def _get_features(colour, grey, points, edges):
    """Give what a photo looks like in numbers that do not say where something is.

    :param colour: the picture, and in grey, and its grey points as numbers
    :param edges: how much each point differs from its neighbours
    """
    steps = np.abs(np.diff(points, axis=0)), np.abs(np.diff(points, axis=1))
    slopes = [
        _get_quantiles(step, (0.5, 0.9, 0.97, 0.995)) for step in steps if step.size
    ]
    rough = [
        np.log1p(block.var())
        for band in np.array_split(edges, 8)
        for block in np.array_split(band, 8, axis=1)
        if block.size
    ]
    # How many points there are of each of 256 values says the same as the points.
    counts = np.array(grey.histogram())
    light = counts.reshape(16, 16).sum(axis=1) / points.size
    spots = _find_quantiles(counts, (0.001, 0.01, 0.05, 0.95, 0.99, 0.999))
    shares = np.array(colour.histogram()).reshape(3, 256) / points.size
    means = shares @ _VALUES
    spreads = np.sqrt(np.maximum(shares @ _VALUES**2 - means**2, 0))
    numbers = np.concatenate(
        [
            light,
            means,
            spreads,
            np.log1p(_get_quantiles(edges, (0.25, 0.5, 0.75, 0.9, 0.97, 0.995, 1.0))),
            np.quantile(rough, (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)),
            spots - points.mean(),
            np.log1p(np.concatenate(slopes)) if len(slopes) == 2 else np.zeros(8),
        ]
    )
    return tuple(round(float(number), 4) for number in numbers)


def _get_quantiles(values, shares):
    """Give the values below which such shares of many whole numbers lie, by counting
    them: sorting takes most of the time of a photo otherwise.
    """
    return _find_quantiles(np.bincount(values.astype(np.int32).ravel()), shares)


def _find_quantiles(counts, shares):
    places = np.array(shares) * (counts.sum() - 1)
    return np.searchsorted(np.cumsum(counts), places, side="right")


def _read_notes_only(content):
    """Give what a file says of itself, without unpacking what it shows."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            return _read_notes(image, content)
    except Exception:  # pylint: disable=broad-exception-caught
        # What is kept of it was read, and this says nothing.
        return {}


def _read_notes(image, content):
    """Give what the file says of itself, in short texts."""
    exif = image.getexif()
    found = {**exif, **exif.get_ifd(0x8769)}
    notes = {
        name: _clean(found[tag])
        for tag, name in _TAKEN.items()
        if _clean(found.get(tag))
    }
    if b"c2pa" in content and b"jumb" in content:
        notes["credentials"] = "c2pa"
    return notes


def _clean(value):
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return ""
    return "".join(filter(str.isprintable, text)).strip()[:_LONGEST_NOTE]


# ----------------------------------------------------------------------
# Known photos
# ----------------------------------------------------------------------
def _make_waves():
    places = np.arange(SIDE)
    rows = np.cos(np.pi / SIDE * (places[None, :] + 0.5) * places[:WAVES, None])
    return (rows * np.sqrt(2 / SIDE)).astype(np.float32)


_WAVES = _make_waves()
#: How many bits each byte has.
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)


def _unpack(copies):
    """Give the points of small copies, each with mean 0 and length 1."""
    points = np.frombuffer(b"".join(copies), dtype=np.uint8)
    points = points.reshape(-1, SIDE * SIDE).astype(np.float32)
    points -= points.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.einsum("ij,ij->i", points, points))[:, None]
    # In place: of many photos this is the most that is in memory.
    points /= np.where(lengths > 0, lengths, 1)
    return points


def _get_patterns(points):
    """Give 64 bits of each small copy: which of its slowest waves are strong."""
    waves = _WAVES @ points.reshape(-1, SIDE, SIDE) @ _WAVES.T
    waves = waves.reshape(-1, WAVES * WAVES)
    # The first is the mean brightness, which says nothing.
    waves[:, 0] = 0
    return np.packbits(waves > np.median(waves, axis=1, keepdims=True), axis=1)


def _turn(points):
    """Give a small copy in its eight orientations."""
    square = points.reshape(SIDE, SIDE)
    sides = [np.rot90(square, turns) for turns in range(4)]
    return np.stack([each.ravel() for side in sides for each in (side, side.T)])


class Album:
    """Small copies of photos that are known, to find others among them."""

    def __init__(self, copies):
        self.points = _unpack(copies)
        self.patterns = _get_patterns(self.points)

    def find(self, copy):
        """Give the numbers of the known photos that this is, in any orientation."""
        if not len(self.points):
            return []
        turned = _turn(_unpack([copy])[0])
        alike = np.zeros(len(self.points), dtype=bool)
        for points, pattern in zip(turned, _get_patterns(turned), strict=True):
            apart = _BITS[self.patterns ^ pattern].sum(axis=1)
            near = np.flatnonzero(apart <= NEAR)
            alike[near[self.points[near] @ points >= ALIKE]] = True
        return np.flatnonzero(alike).tolist()
