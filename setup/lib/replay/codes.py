"""Telling goods from charges by their product code, and naming the goods."""

import re
from collections import Counter

# Codes that stand for money, not for something that lies on a shelf.
CHARGES = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "C3": "carriage",
    "D": "discount",
    "M": "manual entry",
    "S": "samples",
    "B": "bad debt",
    "CRUK": "commission",
    "PADS": "pads to match cushions",
}
CHARGE_FAMILIES = {
    "AMAZON": "marketplace fee",
    "ADJUST": "adjustment",
    "BANK": "bank charges",
    "GIFT": "gift voucher",
    "TEST": "test product",
}
# What staff typed over a description when they corrected the stock.
REMARK = re.compile(r"^\W*$|^(damage|missing|lost|found|check|wrong|adjust|\?)", re.I)


def charge(code):
    """What kind of charge the code stands for, or None for goods."""
    if code in CHARGES:
        return CHARGES[code]
    for start, kind in CHARGE_FAMILIES.items():
        if code.startswith(start):
            return kind
    return None


def names(rows):
    """The name of every product: its most frequent description that is no remark.

    :return: ``{code: name}``; a product that only has remarks is named after its code
    """
    seen = {}
    for row in rows:
        counts = seen.setdefault(row.code, Counter())
        if not REMARK.search(row.description):
            counts[row.description] += 1
    return {
        code: min(counts, key=lambda name: (-counts[name], name)) if counts else code
        for code, counts in seen.items()
    }
