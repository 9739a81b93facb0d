"""What is printed on papers and parcels beside words: codes and marks, as pictures.

All are drawn in lines (SVG): sharp at any size, and made without the libraries that a
picture of pixels needs. Each is given as an address that a page can show.
"""

import base64
from html import escape

from reportlab.graphics.barcode import createBarcodeDrawing

#: UN numbers of lithium batteries: alone, or with what they drive.
LITHIUM = frozenset({"UN3480", "UN3481", "UN3090", "UN3091"})
#: Points of a bar, before it is fitted into its picture; bars of white that Code 128
#: needs on either side.
MODULE, QUIET = 1, 10
#: Stripes all round a square of a hundred, five wide: drawn one by one, since printers
#: of pages know no patterns.
_STRIPES = "".join(
    f"M{at} 5l5-5h2.5l-5 5zM{at} 100l5-5h2.5l-5 5z"
    f"M0 {at + 5}l5-5v2.5l-5 5zM95 {at + 5}l5-5v2.5l-5 5z"
    for at in range(0, 95, 5)
)
#: The mark of parcels with lithium batteries: a hundred millimetres wide and high, its
#: border five and hatched in red, a group of batteries of which one burns, the numbers.
_MARK = """
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100">
<rect width="100" height="100" fill="#fff"/>
<path d="{stripes}" fill="#d40000"/>
<g fill="#000">
<path d="M18 62V34h4v-4h6v4h4v28zM36 62V34h4v-4h6v4h4v28z"/>
<path d="M54 62V44l8-6 4 5 5-3v22zM75 62V36l8 8v18z"/>
<path d="M66 36c-5-5 0-9-1-15 5 3 4 7 6 9 1-3 1-5 0-8 7 6 9 11 3 16l-3-4-2 4z"/>
</g>
<text x="50" y="84" text-anchor="middle" font-family="sans-serif" font-weight="bold"
 font-size="{size}">{numbers}</text>
</svg>
"""


def barcode(text):
    """Draw a text as Code 128: its bars as wide as the white beside them allows."""
    quiet = {"lquiet": QUIET * MODULE, "rquiet": QUIET * MODULE}
    return _draw("Code128", text, barWidth=MODULE, width=600, height=100, **quiet)


def qr(text):
    """Draw a text as a QR code."""
    return _draw("QR", text, width=200, height=200)


def find_lithium(numbers):
    """Give those of some UN numbers that are of lithium batteries, in order.

    :param numbers: as products name them, with or without a space
    """
    found = {(number or "").replace(" ", "") for number in numbers}
    return sorted(found & LITHIUM)


def lithium_mark(numbers):
    """Draw the mark for a parcel with the lithium batteries of these UN numbers."""
    size = 14 if len(numbers) == 1 else 28 / len(numbers)
    text = escape(", ".join(numbers))
    return _to_address(_MARK.format(size=size, numbers=text, stripes=_STRIPES))


def _draw(kind, text, **size):
    return _to_address(
        createBarcodeDrawing(kind, value=text, format="svg", **size).asString("svg")
    )


def _to_address(svg):
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
