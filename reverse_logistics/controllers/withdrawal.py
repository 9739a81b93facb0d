import pytz

from odoo.exceptions import UserError
from odoo.http import Controller, request, route

from ..models.base import codes
from . import visitor


class ReverseWithdrawal(Controller):
    """The page on which consumers withdraw from a contract, without logging in.

    Two steps: enter who withdraws from what, and confirm. Nothing here reads an order,
    so every visitor gets the same answer.
    """

    @route(
        "/returns/withdraw",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def withdraw(self, company=None, **entered):
        seller = visitor.find_seller("withdraw", company)
        if request.httprequest.method == "GET":
            return self._show("form", seller, entered=entered)
        try:
            values = self._get_statements()._read_entered(entered)
        except UserError as error:
            return self._show("form", seller, entered=entered, error=error.args[0])
        key = codes.new_key()
        return self._show("check", seller, values=values, key=key)

    @route(
        "/returns/withdraw/confirm",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def withdraw_confirm(self, key="", company=None, **entered):
        seller = visitor.find_seller("withdraw", company)
        statements = self._get_statements()
        try:
            statement = statements._receive(
                {**statements._read_entered(entered), **self._get_visitor()},
                seller,
                key,
                visitor.get_fingerprint(),
            )
        except UserError as error:
            return self._show("form", seller, entered=entered, error=error.args[0])
        return self._show("receipt", seller, statement=statement)

    def _get_statements(self):
        # sudo: everybody may withdraw; what is stored is shown to who holds its key
        return request.env["reverse.withdrawal.statement"].sudo()

    def _get_visitor(self):
        """Give language and time zone of the visitor, as far as the browser says."""
        zone = request.cookies.get("tz")
        return {
            "lang": request.env.lang,
            "zone": zone if zone in pytz.all_timezones_set else None,
        }

    def _show(self, step, seller, **values):
        words = seller._get_reverse_withdrawal_words(request.env.user.partner_id)
        if not words:
            raise request.not_found()
        page = {"words": words, "seller": seller, "page_name": "withdraw"}
        values = {**page, **values}
        return request.render(f"reverse_logistics.withdrawal_{step}", values)
