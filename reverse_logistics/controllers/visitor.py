"""Which order or delivery a visitor without login has proved to be theirs.

Whoever opened the link in a mail to the customer of an order, or entered the code of a
delivery, may return its goods for a while: their session is bound to that one order or
delivery. Nothing else reads or writes that binding.
"""

import time

from odoo.http import request
from odoo.tools import hmac

#: For how many seconds a session is bound.
BOUND_SECONDS = 3600
_KEY = "reverse_bought"


def to_id(value):
    """Give an id that a client sent, None for anything else."""
    return int(value) if str(value or "").isdecimal() and len(str(value)) < 10 else None


def find_seller(page, named=None):
    """Give the company whose page a visitor opens.

    :param str page: its name, as companies switch it on
    :param named: the company in the link, of any type
    :raises NotFound: where nobody has this page
    """
    companies = request.env["res.company"]
    seller = companies._find_reverse_seller(page, to_id(named))
    if not seller:
        raise request.not_found()
    return seller


def is_open(page):
    """Tell whether somebody has this page for visitors."""
    return bool(request.env["res.company"]._find_reverse_seller(page, None))


def get_fingerprint():
    """Give a fingerprint of the visitor's address, which is itself not kept."""
    return hmac(
        request.env(su=True),  # sudo: the secret of the database signs it
        "reverse-visitor",
        request.httprequest.remote_addr or "",
    )


def bind(bought, email=None):
    """Let this visitor return the goods of an order or a delivery for a while.

    The session gets another number: who knew the old one is not let in.

    :param bought: order, or delivery of which they entered the code
    :param str email: of the recipient who entered it
    """
    request.session[_KEY] = {
        "model": bought._name,
        "id": bought.id,
        "email": email,
        "until": time.time() + BOUND_SECONDS,
    }
    request.session.should_rotate = True


def find_bought():
    """Give what this visitor may return without logging in.

    :return: order or delivery, an empty order where there is none, and the address of
        the recipient who entered the code of a delivery
    """
    bound = request.session.get(_KEY) or {"until": 0}
    orders = request.env["sale.order"].sudo()  # sudo: bound by :func:`bind`
    if bound["until"] < time.time():
        return orders, None
    record = orders.env[bound["model"]].browse(bound["id"]).exists()
    if not record._is_reverse_open_to_guests():
        return orders, None
    return record, bound["email"]
