"""Who gets what at every address of the portal, for each kind of visitor."""

import io
import re
from urllib.parse import urlencode

from PIL import Image

from odoo import http
from odoo.tests import tagged

from ..portal_common import PortalCase

#: Others test their own.
ADDON = "reverse_logistics"
#: What each route shows or does, to whom; a route without a line here fails.
ROUTES = {
    "/my/returns": "list",
    "/my/returns/page/<int:page>": "list",
    "/my/returns/new": "form",
    "/my/returns/sheet": "sheet",
    "/my/returns/<int:rma_id>": "page",
    "/my/returns/<int:rma_id>/photos/<int:file_id>": "picture",
    "/my/returns/<int:rma_id>/request": "step",
    "/my/returns/<int:rma_id>/cancel": "step",
    "/my/returns/<int:rma_id>/ship": "step",
    "/my/returns/<int:rma_id>/offer": "step",
    "/my/returns/<int:rma_id>/files": "step",
    "/returns/accessibility": "public",
    "/returns/policy": "public",
    "/returns/guest": "guest",
    "/returns/guest/open": "guest",
    "/returns/code": "guest",
    "/returns/withdraw": "withdrawal",
    "/returns/withdraw/confirm": "withdrawal step",
}


@tagged("post_install", "-at_install")
class TestPortalRoutes(PortalCase):
    def test_every_route_has_a_line(self):
        self.assertEqual(set(self._get_routes(ADDON)), set(ROUTES))

    def test_steps_are_sent_only(self):
        for rule, routing in self._get_routes(ADDON).items():
            self.assertTrue(routing.get("csrf", True), rule)
            if ROUTES[rule].endswith("step"):
                self.assertEqual(routing["methods"], ["POST"], rule)

    def test_who_sees_a_return(self):
        rma = self._requested(self._sell(3, 100).move_ids)
        draft = self.env["reverse.rma"].create({"partner_id": self.customer.id})
        token = rma.sudo()._portal_ensure_token()
        shared = draft.sudo()._portal_ensure_token()
        pages = [rule for rule, kind in ROUTES.items() if kind == "page"]
        steps = [rule for rule, kind in ROUTES.items() if kind == "step"]
        visitors = self._get_visitors(token)
        for login, key, seen in visitors:
            self._come(login)
            query = f"?access_token={key}" if key else ""
            for rule in pages:
                for record in (rma, draft):
                    url = rule.replace("<int:rma_id>", str(record.id)) + query
                    page = self._read(url)
                    shown = rma.name in page.text_content()
                    self.assertEqual(shown, seen and record == rma, (login, url))
                    if not shown:
                        self.assertNotIn(f"/my/returns/{record.id}", self.place)
            for rule in steps if not seen else ():
                self._send(
                    rule.replace("<int:rma_id>", str(rma.id)),
                    {"access_token": key or "", "tracking": "X"},
                )
                self.assertNotIn(f"/my/returns/{rma.id}", self.place)
            self.assertEqual((rma.state, rma.shipped_at), ("authorized", False))
            # a link to a colleague's draft opens nothing, and takes no step of it
            for rule in (*pages, *steps):
                url = rule.replace("<int:rma_id>", str(draft.id))
                if rule in pages:
                    self._read(f"{url}?access_token={shared}")
                else:
                    self._send(url, {"access_token": shared})
                self.assertNotIn(f"/my/returns/{draft.id}", self.place)
            self.assertEqual(draft.exists().state, "draft")
        self._check_pictures(rma, [*visitors, ("bolt", token, True)])

    def test_what_is_not_there_is_answered_like_what_is_anothers(self):
        """In the same words and with as many queries, whoever asks in whatever way."""
        rma = self._requested(self._sell(3, 100).move_ids)
        present = self._requested(self._sell(3, 100).move_ids)
        present._guarded_write({"is_by_recipient": True, "recipient_email": "e@x.y"})
        order = rma.line_ids.sale_line_id.order_id
        order._portal_ensure_token()
        missing = 999_999_999
        rules = [
            (rule, kind)
            for rule, kind in ROUTES.items()
            if kind in ("page", "step", "picture")
        ]
        visitors = self._get_visitors("wrong")
        strangers = [each for each in visitors if each[0] not in ("ada", "colleague")]
        for login, key, _seen in (*strangers, (None, "é", False), (None, "\0", False)):
            self._come(login)
            for rule, kind in rules:
                rule = rule.replace("<int:file_id>", "1")
                # what is read once for all is there
                self._answer(rule.replace("<int:rma_id>", str(missing)), kind, key)
                answers = {
                    self._answer(rule.replace("<int:rma_id>", str(number)), kind, key)
                    for number in (missing, rma.id, present.id)
                }
                self.assertEqual(len(answers), 1, (login, key, rule, answers))
            answers = {
                self._answer(f"/my/returns/new?order_id={number}", "page", key)
                for number in (missing, order.id)
            }
            self.assertEqual(len(answers), 1, (login, key, answers))

    def _answer(self, url, kind, key):
        """Give all that a visitor learns from an answer: status, place, words, cost."""
        self.env.flush_all()
        self.env.invalidate_all()
        token = {"access_token": key} if key else {}
        before = self.env.cr.sql_log_count
        if kind == "step":
            token["csrf_token"] = http.Request.csrf_token(self)
            answer = self.url_open(url, data=token, allow_redirects=False)
        else:
            url += ("&" if "?" in url else "?") + urlencode(token)
            answer = self.url_open(url, allow_redirects=False)
        return (
            answer.status_code,
            answer.headers.get("Location"),
            re.sub(r"\d+|csrf_token: .*", "", answer.text),
            self.env.cr.sql_log_count - before,
        )

    def _check_pictures(self, rma, visitors):
        """Who sees the return sees its photos, if the company shows them."""
        self._receive(rma)
        part = rma.inspection_ids
        photo, bill = self._as("inspector", self.env["ir.attachment"]).create(
            [
                {"name": name, "raw": raw, "res_model": part._name, "res_id": part.id}
                for name, raw in (("a.jpg", self._picture()), ("b.pdf", b"%PDF-1.4"))
            ]
        )
        other = self._requested(self._sell(1, 100).move_ids)
        rules = [rule for rule, kind in ROUTES.items() if kind == "picture"]

        def get(record, file, key):
            [rule] = rules
            url = rule.replace("<int:rma_id>", str(record.id))
            url = url.replace("<int:file_id>", str(file.id))
            return self.url_open(f"{url}?access_token={key or ''}")

        self.company.reverse_portal_photos = True
        self.authenticate("ada", "ada")
        self.assertEqual(get(rma, photo, None).status_code, 404, "not completed")
        self._inspect(part)
        for switched in (True, False):
            self.company.reverse_portal_photos = switched
            for login, key, seen in visitors:
                self._come(login)
                answer = get(rma, photo, key)
                expected = 200 if seen and switched else 404
                self.assertEqual(answer.status_code, expected, (login, key))
                if expected == 200:
                    self.assertEqual(answer.headers["Content-Type"], "image/jpeg")
                    kept = Image.open(io.BytesIO(answer.content))
                    self.assertEqual(dict(kept.getexif()), {})
        self.company.reverse_portal_photos = True
        self.authenticate("ada", "ada")
        for record, file in ((rma, bill), (other, photo)):
            self.assertEqual(get(record, file, None).status_code, 404)
        page = self._read(f"/my/returns/{rma.id}")
        self.assertEqual(
            page.xpath("//ul[@name='found']//img/@src"),
            [f"/my/returns/{rma.id}/photos/{photo.id}"],
        )

    def test_list_and_form_show_ones_own(self):
        rma = self._requested(self._sell(3, 100).move_ids)
        order = rma.line_ids.sale_line_id.order_id
        for login, seen in (("ada", True), ("bolt", False)):
            self.authenticate(login, login)
            for url in ("/my/returns", "/my/returns/page/1"):
                self.assertEqual(rma.name in self._read(url).text_content(), seen)
            for url in ("/my/returns/new", f"/my/returns/new?order_id={order.id}"):
                page = self._read(url)
                self.assertEqual(order.name in page.text_content(), seen, url)
        self.authenticate(None, None)
        self._read("/my/returns")
        self.assertIn("/web/login", self.place)
        key = order._portal_ensure_token()
        for token, seen in ((key, True), ("wrong", False), ("", False)):
            page = self._read(
                f"/my/returns/new?order_id={order.id}&access_token={token}"
            )
            self.assertEqual("1. What do you send back?" in page.text_content(), seen)

    def test_lists_are_for_companies(self):
        for login, company, seen in (
            ("ada", True, True),
            ("ada", False, False),
            ("accountant", True, False),
            (None, True, False),
        ):
            self.customer.is_company = company
            self.authenticate(login, login)
            page = self._read("/my/returns/sheet")
            self.assertEqual(bool(page.xpath("//input[@name='sheet']")), seen, login)
            self.company.reverse_portal = "follow"
            page = self._read("/my/returns/sheet")
            self.assertFalse(page.xpath("//input[@name='sheet']"))
            self.company.reverse_portal = "request"

    def test_everybody_withdraws_alike(self):
        """The page asks nobody who they are, and is there when the company wants it."""
        order = self._sell(3, 100).order_id
        self.env.ref("base.public_user").write(
            {"company_ids": [(4, self.company.id)], "company_id": self.company.id}
        )
        said = {"person": "Ada", "email": "ada@example.com"}
        rules = [rule for rule, kind in ROUTES.items() if kind == "withdrawal"]
        steps = [rule for rule, kind in ROUTES.items() if kind == "withdrawal step"]
        for login in (None, "ada", "bolt", "accountant"):
            self.authenticate(login, login)
            for switched in (False, True):
                self.company.reverse_withdrawal_page = switched
                expected = 200 if switched else 404
                answers = [self.url_open(rule) for rule in rules]
                for rule in rules + steps:
                    for contract in (order.name, "S99999"):
                        answers.append(
                            self.url_open(
                                rule,
                                data={
                                    "csrf_token": http.Request.csrf_token(self),
                                    "contract": contract,
                                    "key": f"{login}-{contract}".ljust(43, "x"),
                                    **said,
                                },
                            )
                        )
                for answer in answers:
                    self.assertEqual(answer.status_code, expected, (login, answer.url))
                    self.assertNotIn(order.partner_id.name, answer.text)
        stored = self.env["reverse.withdrawal.statement"].search([])
        self.assertEqual(len(stored), 8)
        self.assertEqual(set(stored.mapped("state")), {"received"})

    def test_guests_are_answered_alike(self):
        """Whoever asks, and whatever there is: the same page, and nobody's name."""
        order = self._sell(3, 100).order_id
        self.env.ref("base.public_user").write(
            {"company_ids": [(4, self.company.id)], "company_id": self.company.id}
        )
        self.company.reverse_slip_code = True
        rules = [rule for rule, kind in ROUTES.items() if kind == "guest"]
        for login in (None, "ada", "bolt", "accountant"):
            self.authenticate(login, login)
            for rule in rules:
                self.company.reverse_portal = "request"
                self._read(rule)
                bodies = set()
                for number in (order.name, "S99999"):
                    entered = {"number": number, "code": number, "key": number}
                    page = self._send(rule, {**entered, "email": "eve@example.com"})
                    self.assertNotIn(order.partner_id.name, page.text_content())
                    self.assertIn(rule, self.place)
                    bodies.add(self._text(page).replace(number, ""))
                self.assertEqual(len(bodies), 1, (login, rule))
                self.company.reverse_portal = "follow"
                self.assertEqual(self.url_open(rule).status_code, 404)
                answer = self.url_open(
                    rule, data={"csrf_token": http.Request.csrf_token(self)}
                )
                self.assertEqual(answer.status_code, 404)

    def test_no_form_without_its_token(self):
        rma = self._requested(self._sell(3, 100).move_ids)
        self.authenticate("ada", "ada")
        for rule, kind in ROUTES.items():
            if kind not in ("list", "page", "picture", "public"):
                url = rule.replace("<int:rma_id>", str(rma.id))
                answer = self.url_open(url, data={"csrf_token": "x", "tracking": "X"})
                self.assertEqual(answer.status_code, 400, url)
        self.assertEqual((rma.state, rma.shipped_at), ("authorized", False))

    def test_nothing_by_another_way(self):
        """The web client's own calls give a customer nothing."""
        rma = self._requested(self._sell(3, 100).move_ids)
        self.authenticate("ada", "ada")
        for model, method, args in (
            ("reverse.rma", "read", [rma.ids]),
            ("reverse.rma", "search_read", [[]]),
            ("reverse.rma", "get_portal_url", [rma.ids]),
            ("reverse.rma.line", "search_read", [[]]),
            ("reverse.event", "search_read", [[]]),
            ("reverse.guest.request", "search_read", [[]]),
            ("reverse.withdrawal.statement", "search_read", [[]]),
            ("reverse.withdrawal.word", "search_read", [[]]),
        ):
            answer = self.make_jsonrpc_request_raw(model, method, args)
            self.assertIn("AccessError", answer.text, method)

    def make_jsonrpc_request_raw(self, model, method, args):
        return self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={
                "params": {"model": model, "method": method, "args": args, "kwargs": {}}
            },
        )
