import csv
import io
import re
from urllib.parse import quote, urlencode

from markupsafe import Markup

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import consteq
from odoo.tools.json import scriptsafe
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..engine import limits
from ..models.base import codes, sheets
from ..models.portal.ir_attachment import FILE_BYTES
from ..models.portal.reverse_rma_line import FILES_AT_ONCE
from . import visitor
from .visitor import to_id

#: What files of customers show, as pages name it.
FILE_CODES = ("photo", "purchase", "hazard", "live")


class ReversePortal(CustomerPortal):
    """Returns in the portal: list, request, and the way of each.

    Every route finds its return by :meth:`_find_return`, and its goods by
    :meth:`_find_customer`; both ask ``visitor`` about who need not log in. Whoever may
    not see a return learns nothing of it, not even whether there is one. What a
    customer may do is decided by the model.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "return_count" in counters:
            domain = self._get_returns()._get_customer_domain(request.env.user)
            values["return_count"] = self._get_returns().search_count(domain, limit=1)
        return values

    # ------------------------------------------------------------------
    # Whose
    # ------------------------------------------------------------------
    def _get_returns(self):
        # sudo: customers have no access to the model; each route asks whose it is
        return request.env["reverse.rma"].sudo()

    def _find_return(self, rma_id, access_token=None):
        """Give the return of this number if the visitor is its customer, else none."""
        bought, _email = visitor.find_bought()
        rma = self._get_returns()._find_shown_to(
            rma_id, request.env.user, access_token, bought
        )
        return rma.with_company(rma.company_id)

    def _find_customer(self, order_id=None, access_token=None, delivery_id=None):
        """Find who wants to return something, and of which order or delivery.

        :return: customer, order or delivery, and the address of a recipient who is not
            the customer; the customer is empty for who is nobody's
        """
        user = request.env.user
        partners, orders = request.env["res.partner"], request.env["sale.order"]
        bought, email = visitor.find_bought()
        if bought and bought.id == (delivery_id if email else order_id):
            sold = bought.sale_id if email else bought
            return sold.partner_id, bought, email
        if order_id:
            order = self._find_order(order_id, access_token)
            return order.partner_id, order, None
        if user._is_public() or not user.share:
            return partners, orders, None
        return user.partner_id.sudo(), orders, None  # sudo: their own address

    def _find_order(self, order_id, access_token):
        """Give the order of this number if the visitor is its customer, else none.

        What is somebody else's takes as long as what there is not.
        """
        # sudo: whose order it is, is asked here
        orders = request.env["sale.order"].sudo()
        named = Domain([("id", "=", order_id), ("state", "=", "sale")])
        if access_token and access_token.isascii():
            found = orders.search_fetch(named, ["access_token"])
            if found.access_token and consteq(found.access_token, access_token):
                return found
        user = request.env.user
        if not user.share or user._is_public():
            return orders
        owner = "partner_id.commercial_partner_id"
        return orders.search(named & Domain(owner, "=", user.commercial_partner_id.id))

    # ------------------------------------------------------------------
    # List
    # ------------------------------------------------------------------
    @route(
        ["/my/returns", "/my/returns/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_returns(self, page=1, **_kwargs):
        returns = self._get_returns()
        domain = returns._get_customer_domain(request.env.user)
        pages = pager(
            url="/my/returns",
            total=returns.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = returns.search(
            domain, limit=self._items_per_page, offset=pages["offset"]
        )
        request.session["my_returns_history"] = found.ids[:100]
        return request.render(
            "reverse_logistics.portal_my_returns",
            {
                **self._prepare_portal_layout_values(),
                "returns": found,
                "can_request": request.env.user.share,
                "can_send_sheet": self._may_send_sheets(self._find_customer()[0]),
                "agreements": returns._get_customer_agreements(
                    request.env.user.partner_id
                ),
                "page_name": "return",
                "pager": pages,
                "default_url": "/my/returns",
            },
        )

    # ------------------------------------------------------------------
    # Request
    # ------------------------------------------------------------------
    @route(
        "/my/returns/new",
        type="http",
        auth="public",
        website=True,
        methods=["GET", "POST"],
    )
    def portal_new_return(
        self, order_id=None, access_token=None, delivery_id=None, **post
    ):
        partner, bought, email = self._find_customer(
            to_id(order_id), access_token, to_id(delivery_id)
        )
        if not partner:
            return self._leave()
        company = bought.company_id or request.env.company
        returns = self._get_returns().with_company(company)
        text = limits.clean_search(post.get("search"))
        wants_more = "more" in post
        pages = max(1, to_id(post.get("pages")) or 1) + wants_more
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "return",
            "bought": bought,
            "seller": company.sudo(),  # sudo: what pages of a company say to everybody
            "shows_prices": not email,
            "begun": returns._find_of_guest(visitor.find_bought()[0], bought),
            "order_token": access_token,
            "search": text,
            "reasons": returns._get_customer_reasons(),
            "agreements": not bought and returns._get_customer_agreements(partner),
            "can_send_sheet": not bought and self._may_send_sheets(partner),
            "most_characters": limits.COMMENT,
            "post": post,
            "key": _get_key(post) or codes.new_key(),
        }
        if request.httprequest.method == "POST" and not wants_more:
            try:
                rma = self._begin_return(returns, partner, bought, email, post)
            except UserError as error:
                values["error"] = error.args[0]
            else:
                return request.redirect(
                    rma._get_recipient_url() if email else rma.get_portal_url()
                )
        offered, is_more = returns._find_page(partner, bought, text, pages)
        verdicts = returns._foresee_offered(partner, offered)
        values |= {
            "offered": offered,
            "is_more": is_more,
            "pages": pages,
            "sums": returns._sum_offered(offered) if text and not bought else {},
            "can_search": not bought or text or is_more or pages > 1,
            "verdicts": verdicts,
            "settlements": returns._get_offered_settlements(verdicts.values()),
        }
        return request.render("reverse_logistics.portal_new_return", values)

    def _begin_return(self, returns, partner, bought, email, post):
        """Begin the return of what the form names, on whichever page it stood."""
        wanted = _read_wanted(post)
        named = [("id", "in", [move_id for (move_id, _lot), _entry in wanted])]
        chosen = returns._find_offered(partner, bought, more=named), wanted
        if not bought:
            products = _read_products(post)
            chosen = returns._spread_products(partner, *chosen, products)
        return returns._begin_once(partner, *chosen, _read_wishes(post), email)

    @route(
        "/my/returns/sheet",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def portal_returns_sheet(self, **post):
        partner = self._find_customer()[0]
        if not self._may_send_sheets(partner):
            return request.redirect("/my/returns")
        returns = self._get_returns().with_company(request.env.company)
        # sudo: it finds the customer's own deliveries only
        reader = request.env["reverse.rma.sheet"].sudo()
        labels = reader._get_labels()
        reasons = returns._get_customer_reasons()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "return",
            "columns": list(labels.values()),
            "example": _write_example(labels),
            "reasons": reasons,
            "settlements": returns._get_customer_settlements(),
            "agreements": returns._get_customer_agreements(partner),
            "most_characters": limits.COMMENT,
            "post": post,
            "key": _get_key(post) or codes.new_key(),
        }
        if request.httprequest.method == "POST":
            file = request.httprequest.files.get("sheet")
            content = file.read(sheets.MAX_BYTES + 1) if file else b""
            reason = to_id(post.get("reason"))
            try:
                offered, wanted, values["problems"] = reader._read(
                    partner, content, reason
                )
                if not values["problems"]:
                    wishes = _read_wishes(post)
                    rma = returns._begin_once(partner, offered, wanted, wishes)
                    return request.redirect(rma.get_portal_url())
            except UserError as error:
                values["error"] = error.args[0]
        return request.render("reverse_logistics.portal_returns_sheet", values)

    def _may_send_sheets(self, partner):
        """Whether a customer may send lists: they are for companies."""
        on = request.env.company.reverse_portal == "request"
        return on and partner.commercial_partner_id.is_company

    @route("/returns/policy", type="http", auth="public", website=True, methods=["GET"])
    def portal_returns_policy(self, company=None, **_kwargs):
        company = visitor.find_seller("policy", company)
        versions = request.env["reverse.policy.version"].sudo()  # sudo: published
        version = versions._get_for(company)[company]
        return request.render(
            "reverse_logistics.portal_returns_policy",
            {
                **version._get_public_rules(),
                "page_name": "return",
                "seller": company,
                "structured": _json_script(version._get_structured_policy(company)),
            },
        )

    @route(
        "/returns/accessibility",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_returns_accessibility(self, company=None, **_kwargs):
        seller = visitor.find_seller("accessibility", company)
        return request.render(
            "reverse_logistics.portal_accessibility", {"seller": seller}
        )

    # ------------------------------------------------------------------
    # One return
    # ------------------------------------------------------------------
    @route(
        "/my/returns/<int:rma_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_return(self, rma_id, access_token=None, report_type=None, **kwargs):
        rma = self._find_return(rma_id, access_token)
        if not rma:
            return self._leave()
        to_send = rma.state == "authorized" and not rma._is_dangerous()
        if report_type == "pdf" and to_send:
            paper = "reverse_logistics.report_rma_authorization"
            return self._print(rma, paper, bool(kwargs.get("download")))
        return self._show_return(rma, access_token)

    def _print(self, rma, paper, download=False):
        """Give a paper of a return, as a page where no PDF can be made."""
        # sudo: whether PDF can be made here
        printer = request.env["ir.actions.report"].sudo().get_wkhtmltopdf_state()
        return self._show_report(
            model=rma,
            report_type="html" if printer == "install" else "pdf",
            report_ref=paper,
            download=download,
        )

    @route(
        "/my/returns/<int:rma_id>/request",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_request(self, rma_id, access_token=None, **post):
        hazards = {
            to_id(name.removeprefix("hazard-")): value
            for name, value in post.items()
            if name.startswith("hazard-")
        }
        return self._take_return_step(
            rma_id, access_token, lambda rma: rma._request_by_customer(hazards)
        )

    @route(
        "/my/returns/<int:rma_id>/cancel",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_cancel(self, rma_id, access_token=None, **_post):
        return self._take_return_step(
            rma_id, access_token, lambda rma: rma._cancel_by_customer()
        )

    @route(
        "/my/returns/<int:rma_id>/ship",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_ship(self, rma_id, access_token=None, tracking=None, **_post):
        return self._take_return_step(
            rma_id, access_token, lambda rma: rma._ship_by_customer(tracking)
        )

    @route(
        "/my/returns/<int:rma_id>/offer",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_offer(
        self, rma_id, access_token=None, offer_id=None, answer=None, **_post
    ):
        return self._take_return_step(
            rma_id,
            access_token,
            lambda rma: rma._answer_offer_by_customer(to_id(offer_id), answer),
        )

    @route(
        "/my/returns/<int:rma_id>/files",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_files(
        self, rma_id, access_token=None, line_id=None, code=None, **_post
    ):
        uploads = [
            # One byte more, and one file more, than is taken says that it is too much.
            (file.filename or "", file.read(FILE_BYTES + 1))
            for file in request.httprequest.files.getlist("files")[: FILES_AT_ONCE + 1]
            if file
        ]

        def add(rma):
            line = rma.line_ids.filtered(lambda own: own.id == to_id(line_id))
            if line and code in FILE_CODES and uploads:
                line._add_customer_files(code, uploads)

        return self._take_return_step(rma_id, access_token, add)

    @route(
        "/my/returns/<int:rma_id>/photos/<int:file_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_return_photo(self, rma_id, file_id, access_token=None, **_kwargs):
        rma = self._find_return(rma_id, access_token)
        content = rma.inspection_ids._read_customer_photo(file_id)
        if not content:
            raise request.not_found()
        headers = [
            ("Content-Type", guess_mimetype(content)),
            ("Cache-Control", "private, max-age=3600"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)

    def _take_return_step(self, rma_id, access_token, step):
        """Take a step of a return and show it; a refusal stands above its page."""
        rma = self._find_return(rma_id, access_token)
        if not rma:
            return self._leave()
        try:
            with rma._all_or_nothing():
                step(rma)
                request.env.flush_all()
        except UserError as error:
            request.env.invalidate_all()
            return self._show_return(rma, access_token, error.args[0])
        if not rma.exists():
            return self._leave("/my/returns")
        return request.redirect(link_to(rma, access_token))

    def _leave(self, url="/my"):
        """Lead back to where the visitor can begin: nobody is to log in who cannot."""
        bought, email = visitor.find_bought()
        if request.env.user._is_public():
            if bought:
                named = "delivery_id" if email else "order_id"
                url = f"/my/returns/new?{named}={bought.id}"
            else:
                url = "/returns/guest" if visitor.is_open("guest") else "/my"
        return request.redirect(url)

    def _show_return(self, rma, access_token, error=None):
        values = self._get_page_view_values(
            rma,
            access_token,
            {
                "rma": rma,
                "page_name": "return",
                "error": error,
                "post": request.params,
                "shows_words": rma._shows_words_to(
                    access_token, visitor.find_bought()[0]
                ),
                "token": rma._shows_prices() and rma._portal_ensure_token(),
                "link": lambda step: link_to(rma, access_token, step),
            },
            "my_returns_history",
            False,
        )
        return request.render("reverse_logistics.portal_return", values)


def _json_script(values):
    """Give values for a script of a page, in which no text can end the script."""
    return Markup(scriptsafe.dumps(values, sort_keys=True)) if values else ""


def link_to(rma, access_token, step=""):
    """Give the address of a return, with the token by which the visitor came."""
    token = f"?{urlencode({'access_token': access_token})}" if access_token else ""
    return f"/my/returns/{rma.id}{step and '/' + step}{token}"


def _read_wanted(post):
    """Read what comes back in the form of a new return.

    :return: ``[((delivery id, lot id), values)]``
    """
    wanted = []
    for name, value in post.items():
        found = re.fullmatch(r"quantity-(\d{1,9})-(\d{0,9})", name)
        value = (value or "").strip().replace(",", ".")
        if not found or not value or value == "0":
            continue
        own = post.get(f"reason-{found[1]}-{found[2]}")
        entry = {
            "quantity": _to_number(value),
            "reason_id": to_id(own or post.get("reason")),
        }
        wanted.append(((int(found[1]), int(found[2] or 0) or False), entry))
    return wanted


def _read_products(post):
    """Read of which products a number of pieces comes back, whichever their order.

    :return: ``[((product id, id of the company that sold it), values)]``
    """
    found = []
    for name, value in post.items():
        product, _, company = name.removeprefix("product-").partition("-")
        sold = to_id(product), to_id(company)
        value = (value or "").strip().replace(",", ".")
        if name.startswith("product-") and all(sold) and value not in ("", "0"):
            entry = {
                "quantity": _to_number(value),
                "reason_id": to_id(post.get("reason")),
            }
            found.append((sold, entry))
    return found


def _read_wishes(post):
    """Read what a customer wants of all of a return, and says of it."""
    settlements = request.env["reverse.rma"]._get_customer_settlements()
    asked = post.get("settlement_type")
    return {
        "settlement_type": asked if asked in settlements else "refund",
        "client_ref": limits.clean_search(post.get("client_ref")),
        "comment": post.get("comment"),
        "submission": _get_key(post),
    }


def _get_key(post):
    """Give the key of a form that was sent, None where it has none."""
    key = post.get("key")
    return key if codes.is_key(key) else None


def _write_example(labels):
    """Give the address of an empty sheet with the names of its columns."""
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerow(labels.values())
    return f"data:text/csv;charset=utf-8,{quote(written.getvalue())}"


def _to_number(text):
    """Give the number that a customer wrote, zero for what is none."""
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text) else 0.0
