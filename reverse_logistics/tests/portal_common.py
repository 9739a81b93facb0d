"""Customers with sessions of their own, and the forms that they send."""

import io
import time

from lxml import html
from PIL import Image

from odoo import http
from odoo.tests import HttpCase, new_test_user

from .common import ReturnsCommon


class PortalCase(ReturnsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.reverse_portal = "request"
        cls.ada = cls._create_portal_user("ada", cls.customer)
        cls.bolt = cls._create_portal_user("bolt", cls.stranger)
        cls.unwanted = cls.env.ref("reverse_logistics.reason_unwanted")

    @classmethod
    def _create_reason(cls, name, parent=None):
        return cls.env["reverse.reason"].create(
            {"name": name, "code": name.upper(), "parent_id": parent and parent.id}
        )

    @classmethod
    def _create_portal_user(cls, login, company_partner):
        user = new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        user.partner_id.parent_id = company_partner
        return user

    def _get_routes(self, addon, places=("/my/returns", "/returns")):
        """Give the addresses of an addon's portal, as the server knows them.

        :param tuple places: how these addresses begin
        """
        rules = self.env["ir.http"]._generate_routing_rules(
            self.env.registry._init_modules, converters={}
        )
        return {
            url: endpoint.routing
            for url, endpoint in rules
            if url.startswith(places)
            and endpoint.original_endpoint.__module__.split(".")[2] == addon
        }

    def _get_visitors(self, token):
        """Give who may come to a return of Ada's: login, token, whether they see it.

        Each comes by :meth:`_come`.
        """
        colleague = self._create_portal_user("colleague", self.customer)
        elsewhere = self.env.ref("base.main_company")
        new_test_user(
            self.env,
            login="abroad",
            groups="reverse_logistics.group_service",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        self.other_order = self._sell(1, 10).order_id
        return (
            (None, None, False),
            ("guest", None, False),
            ("guest", "wrong", False),
            ("abroad", None, False),
            ("abroad", "wrong", False),
            (None, "wrong", False),
            (None, token, True),
            ("bolt", None, False),
            ("bolt", "wrong", False),
            (colleague.login, None, True),
            ("ada", None, True),
            ("accountant", None, False),
        )

    def _come(self, login):
        """Start a session: of a user, of nobody, or of a guest of another order."""
        self.authenticate(*[None if login == "guest" else login] * 2)
        if login == "guest":
            self.session["reverse_bought"] = {
                "model": self.other_order._name,
                "id": self.other_order.id,
                "email": None,
                "until": time.time() + 3600,
            }
            http.root.session_store.save(self.session)

    def _read(self, url):
        """Read a page; give the document that a browser would show."""
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.place = answer.url
        return html.fromstring(answer.text)

    def _send(self, url, values=None, files=None, **options):
        """Send a form, with the token of this session."""
        data = {"csrf_token": http.Request.csrf_token(self), **(values or {})}
        answer = self.url_open(url, data=data, files=files, **options)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.place = answer.url
        return html.fromstring(answer.text)

    def _text(self, page, place="wrapwrap"):
        """Give what a visitor reads on a page, or in a part of it."""
        return " ".join(page.get_element_by_id(place).text_content().split())

    def _begin(self, move, quantity=1, **values):
        """Fill in the form of a new return, as a logged-in customer."""
        return self._send(
            "/my/returns/new",
            {
                f"quantity-{move.id}-": quantity,
                "reason": self.unwanted.id,
                "settlement_type": "refund",
                **values,
            },
        )

    def _get_last_return(self):
        return self.env["reverse.rma"].search([], limit=1)

    @staticmethod
    def _picture(kind="JPEG"):
        """A photo that says where it was taken."""
        exif = Image.Exif()
        exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
        written = io.BytesIO()
        Image.new("RGB", (40, 30), "red").save(written, kind, exif=exif)
        return written.getvalue()
