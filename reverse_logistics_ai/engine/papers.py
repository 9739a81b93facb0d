"""What a paper of purchase says: number, day and total, from its text.

A text is data: what stands in it is compared with a few patterns and nothing else.
"""

import datetime
import re
from dataclasses import dataclass

#: Longer texts are cut, longer lines are left out: none of a receipt is.
LONGEST, LONGEST_LINE, MOST_LINES = 40_000, 300, 800
MOST_TOTAL = 10_000_000

_NUMBER_LABELS = (
    r"(?:sales\s+)?order|purchase\s+order|invoice|receipt|bestell(?:ung|nummer|nr)?|"
    r"auftrag(?:snummer|snr)?|rechnung(?:snummer|snr)?|beleg|commande|facture|"
    r"pedido|factura|encomenda|fatura|bestelling|factuur"
)
_NUMBER = re.compile(
    rf"\b(?:{_NUMBER_LABELS})\b[\s.:#-]*(?:(?:(?:number|no|nr|num|id|de)\b|n[°º])[\s.:#]*)*"
    r"([a-z0-9][a-z0-9/_-]{2,29})",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_-]{3,29}")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier janv enero ene janeiro januari",
            "feb february februar février fevrier févr febrero fevereiro februari",
            "mar march märz maerz mär mars marzo março marco maart mrt",
            "apr april avril avr abril abr",
            "may mai mayo maio mei",
            "jun june juni juin junio junho",
            "jul july juli juillet juil julio julho",
            "aug august août aout agosto ago augustus",
            "sep sept september septembre septiembre setembro",
            "oct october oktober okt octobre octubre outubro",
            "nov november novembre noviembre novembro",
            "dec december dezember dez décembre déc diciembre dic dezembro",
        ),
        1,
    )
    for name in names.split()
}
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_DIGITS = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})\b")
_WORDS = re.compile(
    r"\b(?:(\d{1,2})(?:\.|st|nd|rd|th)?\s+(?:de\s+)?([^\W\d_]{3,10})\.?|"
    r"([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?)\s*,?\s+(?:de\s+)?(\d{4})\b"
)
_AMOUNT = re.compile(
    r"(?<![\d.,])\d{1,3}(?:[., '\u00a0]\d{3})+(?:[.,]\d{2})?(?!\d)|\d+[.,]\d{2}(?!\d)"
)
_TOTAL = re.compile(
    r"\b(grand\s+total|total|amount\s+(?:due|paid)|gesamt(?:betrag|summe)?|"
    r"endbetrag|summe|rechnungsbetrag|montant|importe|totaal)\b",
    re.IGNORECASE,
)
_BEST_TOTAL = re.compile(
    r"grand|due|paid|gesamt|endbetrag|rechnungsbetrag|ttc|incl|inkl|à\s+payer",
    re.IGNORECASE,
)
_NO_TOTAL = re.compile(
    r"sub-?\s?total|zwischen|sous-?\s?total|netto|\bnet\b|\bht\b|excl|\btax\b|\bvat\b|"
    r"mwst|\btva\b|\biva\b|discount|rabatt",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Paper:
    """What was read.

    :ivar str number: of an order or invoice, or ""
    :ivar day: when, or None
    :ivar total: what was paid, or None
    """

    number: str = ""
    day: datetime.date | None = None
    total: float | None = None

    def __bool__(self):
        return bool(self.number or self.day or self.total)


def get_lines(text):
    """Give the lines of a text that can be read, and not too many of them."""
    lines = (" ".join(line.split()) for line in (text or "")[:LONGEST].splitlines())
    return [line for line in lines if 0 < len(line) <= LONGEST_LINE][:MOST_LINES]


def get_tokens(text):
    """Give what may be a number of an order or invoice, to look it up."""
    return {
        token.strip("/_-") for line in get_lines(text) for token in _TOKEN.findall(line)
    }


def read(text, day_first=True, known=()):
    """Give what a text says.

    :param bool day_first: of 3/4/2026, whether 3 is the day
    :param known: numbers of orders and invoices that exist; these are right
    :rtype: Paper
    """
    lines = get_lines(text)
    return Paper(
        _find_number(lines, known), _find_day(lines, day_first), _find_total(lines)
    )


def _find_number(lines, known):
    for line in lines:
        for token in _TOKEN.findall(line):
            if token.strip("/_-") in known:
                return token.strip("/_-")
    for line in lines:
        for match in _NUMBER.finditer(line):
            number = match.group(1).strip("/_-")
            if any(sign.isdigit() for sign in number) and not _DIGITS.match(number):
                return number
    return ""


def _find_day(lines, day_first):
    """Give the first day that is named as such, else the first of all."""
    found = [(line, day) for line in lines for day in _get_days(line, day_first)]
    named = [d for line, d in found if re.search(r"\b(dat|fecha)", line, re.IGNORECASE)]
    return next(iter(named or [day for _line, day in found]), None)


def _get_days(line, day_first):
    for year, month, day in _ISO.findall(line):
        yield from _make_day(year, month, day)
    for one, sign, two, year in _DIGITS.findall(line):
        # A dot is written between day and month only in this order.
        first = day_first or sign == "."
        if int(two) > 12:
            first = False
        elif int(one) > 12:
            first = True
        day, month = (one, two) if first else (two, one)
        yield from _make_day(year, month, day)
    for day, name, other, other_day, year in _WORDS.findall(line):
        month = _MONTHS.get((name or other).lower())
        if month:
            yield from _make_day(year, month, day or other_day)


def _make_day(year, month, day):
    year = int(year) + (2000 if len(str(year)) == 2 else 0)
    if 2000 <= year < 2100:
        try:
            yield datetime.date(year, int(month), int(day))
        except ValueError:
            return


def _find_total(lines):
    """Give the amount beside the word that says it best, or on the line below."""
    best, rank = None, -1
    for number, line in enumerate(lines):
        if not _TOTAL.search(line) or _NO_TOTAL.search(line):
            continue
        amounts = _get_amounts(line) or _get_amounts("".join(lines[number + 1 :][:1]))
        own = 1 if _BEST_TOTAL.search(line) else 0
        # Of two alike the later one: a total stands at the end.
        if amounts and own >= rank:
            best, rank = amounts[-1], own
    return best


def _get_amounts(line):
    amounts = []
    for text in _AMOUNT.findall(line):
        whole, cents = text, "0"
        if re.search(r"[.,]\d{2}$", text):
            whole, cents = text[:-3], text[-2:]
        value = float(f"{re.sub(r'[^0-9]', '', whole)}.{cents}")
        if 0 < value <= MOST_TOTAL:
            amounts.append(value)
    return amounts
