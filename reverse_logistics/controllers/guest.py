from odoo.exceptions import UserError
from odoo.http import Controller, request, route

from . import visitor


class ReverseGuest(Controller):
    """The pages by which somebody returns goods without logging in.

    Who bought them asks for a link, which is mailed to the address of the order; who
    was given them enters the code of the delivery slip. Both are then let into the same
    pages as customers, with the goods of that order or delivery only.
    """

    @route(
        "/returns/guest",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def guest(self, company=None, **entered):
        seller = visitor.find_seller("guest", company)
        if request.httprequest.method == "GET":
            return self._show("form", seller, entered=entered)
        requests = self._get_requests()
        try:
            values = requests._read_entered(entered)
        except UserError as error:
            return self._show("form", seller, entered=entered, error=error.args[0])
        # Nothing here reads an order, so every visitor gets the same answer.
        requests._receive_link(
            {**values, "lang": request.env.lang},
            seller,
            visitor.get_fingerprint(),
        )
        return self._show("sent", seller)

    @route(
        "/returns/guest/open",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def guest_open(self, key="", company=None, **_post):
        """Use up a link by its button: programs that look into mails only read it."""
        seller = visitor.find_seller("guest", company)
        requests = self._get_requests()
        if request.httprequest.method == "GET":
            response = self._show("open", seller, key=key)
            response.headers["Referrer-Policy"] = "no-referrer"
            return response
        order = requests._open(key)
        if not order:
            return self._show("open", seller, key=None)
        visitor.bind(order)
        return request.redirect(f"/my/returns/new?order_id={order.id}")

    @route(
        "/returns/code",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def code(self, code="", company=None, **entered):
        seller = visitor.find_seller("code", company)
        entered["code"] = code
        if request.httprequest.method == "GET":
            return self._show("code", seller, entered=entered)
        try:
            delivery, email = self._find_delivery(entered, seller)
        except UserError as error:
            return self._show("code", seller, entered=entered, error=error.args[0])
        visitor.bind(delivery, email)
        return request.redirect(f"/my/returns/new?delivery_id={delivery.id}")

    def _find_delivery(self, entered, seller):
        """Find the delivery whose code was entered.

        :param seller: company on whose page it was
        :return: delivery and address of the recipient
        :raises UserError: for a code that is none, or too many of them
        """
        requests = self._get_requests()
        email = requests._read_email(entered)
        if not requests._receive("code", seller, visitor.get_fingerprint()):
            raise UserError(
                request.env._("Too many codes were tried. Please try again in an hour.")
            )
        # sudo: whoever knows the code has the goods
        deliveries = request.env["stock.picking"].sudo()
        delivery = deliveries._find_by_reverse_code(entered["code"])
        if not delivery:
            raise UserError(
                request.env._(
                    "We do not know this code. Please check what you entered."
                )
            )
        return delivery, email

    def _get_requests(self):
        # sudo: everybody may ask; nothing of it is shown
        return request.env["reverse.guest.request"].sudo()

    def _show(self, step, seller, **values):
        values = {"page_name": "guest", "seller": seller, **values}
        return request.render(f"reverse_logistics.guest_{step}", values)
