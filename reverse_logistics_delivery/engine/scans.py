"""What carriers say of parcels, and whether it proves something. Without Odoo."""

from datetime import datetime
from typing import NamedTuple

#: What a scan can say: the carrier has taken the parcel, or handed it over.
ACCEPTED, DELIVERED = "accepted", "delivered"


class Scan(NamedTuple):
    """A scan, as a carrier reports it.

    :param str number: tracking number of the parcel
    :param str kind: ``accepted`` or ``delivered``
    :param datetime moment: when it was scanned, in UTC without a time zone
    :param str postal_code: where the parcel goes, as the carrier knows it
    """

    number: str
    kind: str
    moment: datetime
    postal_code: str = ""


def judge(scan, first, authorized, last, is_label, is_outbound, is_taken, postal_code):
    """Tell whether a scan shows that returned goods are on their way to us.

    Customers type tracking numbers, and any parcel in the world has one: a number alone
    proves nothing. It does where we had the label made. Else the carrier has to say
    that the parcel goes to the address of the return, after we had agreed to it, and
    no other return may have come with it: other parcels go to the same address. Whose
    parcel that is nobody knows either once returns of several customers name it.

    :param Scan scan: of the number that the return names
    :param datetime first: when the return was entered
    :param datetime authorized: when it was authorized
    :param datetime last: now
    :param bool is_label: the number is that of a label which was made for the return
    :param bool is_outbound: a delivery of ours to a customer has this number
    :param bool is_taken: returns of several customers name this number, or another one
        was scanned or received with it before
    :param str postal_code: of the address to which the goods are to be sent
    :return: ``noted``, or why it proves nothing: ``moment``, ``outbound``, ``shared``
        or ``elsewhere``
    """
    if not (first if is_label else max(first, authorized)) <= scan.moment <= last:
        return "moment"
    if is_outbound:
        return "outbound"
    if is_label:
        return "noted"
    if is_taken:
        return "shared"
    to_us = plain(postal_code) and plain(scan.postal_code) == plain(postal_code)
    return "noted" if to_us else "elsewhere"


def plain(code):
    """Give a postal code as everybody writes it: without spaces and dashes."""
    return "".join(sign for sign in (code or "").upper() if sign.isalnum())
