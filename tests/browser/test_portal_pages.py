"""The customer's pages in a browser: wide and narrow, left to right and the other way.

A customer walks from the first page to the credit note, and a guest from a withdrawal
to theirs; what staff do in between, the test does. On each page axe-core looks for what
keeps people out, and nothing may be wider than the window.

Whoever wants to look at the pages names a folder for their pictures:
``PAGES_KEPT=/tmp/pages``.
"""

import base64
import io
import json
import os
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import zxingcpp
from PIL import Image

from odoo import SUPERUSER_ID, Command
from odoo.tests.common import HOST, ChromeBrowser

from odoo.addons.reverse_logistics.tests.agreements.test_withdrawal import (
    WithdrawalCase,
)
from odoo.addons.reverse_logistics.tests.offers.test_offers import OfferCommon
from odoo.addons.reverse_logistics.tests.portal_common import PortalCase

from tooling import node

WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
#: Language, direction of writing, and whether pages run scripts: nothing needs them.
WALKS = (("en_US", "ltr", True), ("ar_001", "rtl", False))
#: What axe-core finds and nobody may leave as it is.
GRAVE = ("serious", "critical")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
KEPT = os.environ.get("PAGES_KEPT")
#: Seconds until a page that does not come counts as failed.
PATIENCE = 60
#: Odoo's own, the same on all of its pages.
LEFT_OUT = [".js_language_selector"]
RUN_AXE = f"""
    axe.run({{exclude: {LEFT_OUT}}}, {{runOnly: {RULES}}}).then((found) =>
        found.violations.map(({{id, impact, nodes}}) => ({{
            id, impact, nodes: nodes.map((node) => node.html),
        }}))
    )
"""
#: On a page whose scripts are there: until then it holds back what is pressed.
READY = "body:not(.o_lazy_js_waiting)"


class Pages:
    """A browser that a test walks through pages with."""

    def __init__(self, browser):
        self.browser = browser
        browser._websocket_request("Network.enable")
        self.axe = (node.folder() / "axe-core" / "axe.min.js").read_text()
        self.frame = browser._websocket_request("Page.getFrameTree")["frameTree"][
            "frame"
        ]["id"]

    def run(self, script):
        """Give what a script returns on the page that is open."""
        answer = self.browser._websocket_request(
            "Runtime.evaluate",
            params={
                "expression": script,
                "awaitPromise": True,
                "returnByValue": True,
            },
            timeout=PATIENCE,
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def go(self, step):
        """Do something that leads to another page, and wait until it is there."""
        loaded = threading.Event()
        self.browser._frames[self.frame] = loaded.set
        step()
        assert loaded.wait(PATIENCE), "the next page never came"

    def wait_for(self, place, within="document"):
        """Wait until scripts have put something on the page."""
        found = f"({within})?.querySelector({json.dumps(place)})"
        self.run(
            "new Promise((there, never) => { const tick = setInterval(() => "
            f"{found} && there(clearInterval(tick)), 50); "
            f"setTimeout(() => never({json.dumps(place)}), {PATIENCE * 900}); }})"
        )

    def open(self, url, ready=READY):
        self.go(lambda: self.browser.navigate_to(url))
        self.load(ready)

    def load(self, ready=READY):
        """Load the page anew, as visitors do, where its scripts do not start.

        A page asks for things when it likes; what it asks while the test has the
        database is refused, and then its scripts wait for ever.
        """
        for _try in range(3):
            if self.comes(ready):
                return
            self.go(lambda: self.run("location.reload()"))
        assert self.comes(ready), f"{ready} never came"

    def comes(self, place):
        """Whether something is on the page within some seconds."""
        return self.run(
            "new Promise((tell) => { const end = Date.now() + 10000; "
            "const tick = setInterval(() => { "
            f"const found = !!document.querySelector({json.dumps(place)}); "
            "if (found || Date.now() > end) { clearInterval(tick); tell(found); } "
            "}, 50); })"
        )

    def press(self, place):
        self.load()
        self.go(
            lambda: self.run(f"document.querySelector({json.dumps(place)}).click()")
        )

    def enter(self, place, value):
        self.run(
            f"document.querySelector({json.dumps(place)}).value = {json.dumps(value)}"
        )

    def set_scripts(self, run):
        urls = [] if run else ["*.js"]
        self.browser._websocket_request("Network.setBlockedURLs", params={"urls": urls})

    def resize(self, width, height):
        self.browser._websocket_request(
            "Emulation.setDeviceMetricsOverride",
            params={
                "width": width,
                "height": height,
                "deviceScaleFactor": 1,
                "mobile": False,
            },
        )

    def photograph(self, scale=3):
        """Give a picture of the whole page."""
        size = self.run("[innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": scale}
        answer = self.browser._websocket_request(
            "Page.captureScreenshot",
            params={"clip": clip, "captureBeyondViewport": True},
            timeout=PATIENCE,
        )
        return Image.open(io.BytesIO(base64.b64decode(answer["data"])))

    def keep(self, name):
        """Keep a picture of the page for whoever wants to look at it."""
        if KEPT:
            file = Path(KEPT) / f"{re.sub('[^a-z0-9_]+', '-', name.lower())}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            self.photograph(scale=1).save(file)

    def find_faults(self, place):
        """Give what is wrong with the page at each width."""
        self.run(self.axe)
        faults = []
        for name, size in WIDTHS.items():
            self.resize(*size)
            self.keep(f"{place} {name}")
            wide = self.run("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                faults.append(f"{place} {name}: {wide} pixels wider than the window")
            faults += [
                f"{place} {name}: {found['impact']} {found['id']} {found['nodes']}"
                for found in self.run(RUN_AXE)
                if found["impact"] in GRAVE
            ]
        return faults


class PagesCase(PortalCase):
    """Customers' pages in a browser, while nothing else uses the database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # turns style sheets round; Odoo looks for it where programs are
        programs = os.pathsep.join([str(node.folder() / ".bin"), os.environ["PATH"]])
        cls.enterClassContext(patch.dict(os.environ, PATH=programs))
        cls.env.ref("base.public_user").write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )

    def setUp(self):
        super().setUp()
        self.browser = ChromeBrowser(self)
        self.addCleanup(self.browser.stop)
        self.pages = Pages(self.browser)
        self.faults = []

    @contextmanager
    def _leave_to_visitors(self):
        """Leave the database to the pages: they ask for more when they are there."""
        with self.allow_requests(browser=self.browser):
            yield self.pages
            self._wait_remaining_requests()
        self.env.invalidate_all()

    def _check(self, name):
        self.faults += self.pages.find_faults(name)

    def _read_page(self, place="#wrapwrap"):
        """Give what can be read on the page that is open, or in a part of it."""
        text = self.pages.run(f"document.querySelector({json.dumps(place)}).innerText")
        return " ".join(text.split())

    def _find_link_in_mail(self, template, record):
        """Give the link to the return in the last mail of a kind."""
        mail = self.env["mail.mail"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)], limit=1
        )
        self.assertIn(template.subject.partition("}}")[2], mail.subject)
        [path] = re.findall(r"/my/returns/\d+\?[^\"]+", mail.body_html)
        return self.base_url() + path.replace("&amp;", "&")


class TestPortalPages(PagesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"reverse_slip_code": True, "reverse_portal_photos": True})
        cls.company.partner_id.write({"email": "us@example.com", "phone": "555 0100"})
        cls.customer.is_company = True
        service = cls.env["product.product"].create({"name": "Way", "type": "service"})
        cls.warehouse.reverse_facility_ids.carrier_ids = cls.env[
            "delivery.carrier"
        ].create(
            {
                "name": "Swift Parcels",
                "product_id": service.id,
                "delivery_type": "reverse_own",
                "reverse_picks_up": True,
                "reverse_drop_off": "At every post office until six o'clock.",
                "reverse_drop_off_url": "https://parcels.example/shops",
            }
        )

    def test_from_the_first_page_to_the_credit_note(self):
        lines = [self._sell(3, 100) for _walk in WALKS]
        for lang, _direction, _scripts in WALKS:
            self.env["res.lang"]._activate_lang(lang)
        self.authenticate("ada", "ada", browser=self.browser)
        for (lang, direction, scripts), line in zip(WALKS, lines, strict=True):
            self.pages.set_scripts(scripts)
            self.browser.set_cookie("frontend_lang", lang, "/", HOST)
            self._walk(f"{lang} {{}}".format, direction, scripts, line)
        self.assertEqual(self.faults, [])

    def _walk(self, place, direction, scripts, line):
        """Return goods of an order line, page by page, and see their credit."""

        def pass_pages(walk):
            for name in walk:
                self.assertEqual(self.pages.run("document.dir"), direction, name)
                self._check(place(name))

        with self._leave_to_visitors() as pages:
            pass_pages(self._pass_by(pages))
            pass_pages(self._ask(pages, line.move_ids.id))
        rma = line.reverse_line_ids.rma_id
        self.assertEqual((rma.state, rma.requested_by_id), ("authorized", self.ada))
        with self._leave_to_visitors() as pages:
            self._check_papers(pages, rma)
            pages.open(f"{self.base_url()}/my/returns/{rma.id}")
            pages.press("#reverse_ship")
            pass_pages(["sent"])
        self.assertEqual(rma.stage, "in_transit")
        part = self._receive(rma)
        self._as("inspector", self.env["ir.attachment"]).create(
            {
                "name": "lid.jpg",
                "raw": self._picture(),
                "res_model": part._name,
                "res_id": part.id,
            }
        )
        self._inspect(part, "D")
        with self._leave_to_visitors() as pages:
            pages.open(f"{self.base_url()}/my/returns/{rma.id}")
            pass_pages(["inspected"])
        note = self._settle(rma.settlement_ids)
        with self._leave_to_visitors() as pages:
            messages = "#chatterRoot" if scripts else READY
            pages.open(f"{self.base_url()}/my/returns/{rma.id}", messages)
            if scripts:
                pages.wait_for(".o-mail-Composer", "chatterRoot.shadowRoot")
            pass_pages(["settled"])
            pages.press(f"#reverse_money a[href*='/my/invoices/{note.id}']")
            self.assertIn(note.name, self._read_page())
            pages.keep(place("credit note"))

    def _pass_by(self, pages):
        """Look at what is open to everybody, and at lists; give the name of each."""
        for name in (
            "returns/guest",
            "returns/guest/open?key=x",
            "returns/code",
            "returns/policy",
            "returns/accessibility",
            "my/returns/sheet",
            "my/returns/new?search=kettle",
        ):
            pages.open(f"{self.base_url()}/{name}")
            yield name
        self.assertIn("from any of 2 deliveries", self._read_page("#reverse_sums"))

    def _ask(self, pages, delivery):
        """Go from the first page to a label; give the name of each page."""
        pages.open(f"{self.base_url()}/my/home")
        pages.press("a[href='/my/returns']")
        yield "list"
        pages.press("a[href*='/my/returns/new']")
        yield "form"
        pages.enter(f"#quantity-{delivery}-", 1)
        pages.enter("#reason", self.unwanted.id)
        pages.press("#reverse_continue")
        yield "review"
        pages.press("#reverse_request")
        yield "return"
        pages.press("#reverse_label_ask")
        yield "label"

    def _check_papers(self, pages, rma):
        """A scanner reads the codes of slip and label as a browser prints them.

        What wkhtmltopdf prints is looked at in ``tests/papers``.
        """
        url = f"{self.base_url()}/my/returns/{rma.id}"
        reports = self.registry["ir.actions.report"]
        missing = patch.object(reports, "get_wkhtmltopdf_state", return_value="install")
        with missing:
            for paper, number in (
                (f"{url}?report_type=pdf", rma.name),
                (f"{url}/label", rma.carrier_tracking_ref),
            ):
                pages.open(paper)
                codes = zxingcpp.read_barcodes(pages.photograph().convert("L"))
                self.assertEqual({code.text for code in codes}, {number}, paper)
                self.assertEqual(len(codes), 2, "lines and a QR code")


class TestWithdrawalPages(PagesCase, WithdrawalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"reverse_withdrawal_page": True, "country_id": cls.germany})

    def test_a_guest_from_withdrawal_to_credit_note(self):
        line = self._sell(2, 100)
        self.authenticate(None, None, browser=self.browser)
        with self._leave_to_visitors() as pages:
            for name in ("policy", "accessibility"):
                pages.open(f"{self.base_url()}/returns/{name}")
                self._check(f"withdraw {name}")
            pages.open(f"{self.base_url()}/web/login")
            pages.press("#reverse_withdraw_login")
            self._check("withdraw")
            pages.enter("#person", "Ada Lovelace")
            pages.enter("#contract", line.order_id.name)
            pages.enter("#email", self.customer.email)
            pages.press("#reverse_continue")
            self._check("withdraw check")
            pages.press("#reverse_confirm")
            self._check("withdraw receipt")
        statement = self.env["reverse.withdrawal.statement"].search([])
        self._answer(statement)
        rma = statement.rma_id
        self.assertEqual((statement.receipt, rma.state), ("sent", "authorized"))
        mailed = self._find_link_in_mail(
            self.env.ref("reverse_logistics.mail_template_authorized"), rma
        )
        with self._leave_to_visitors() as pages:
            pages.open(mailed)
            self._check("withdrawal return")
            pages.press("#reverse_ship")
            self._check("withdrawal sent")
        self._receive(rma)
        with self._leave_to_visitors() as pages:
            pages.open(mailed)
            self._check("withdrawal received")
        self._inspect(rma.inspection_ids)
        if rma.settlement_ids.state != "released":
            self._settle(rma.settlement_ids)
        mailed = self._find_link_in_mail(
            self.env.ref("reverse_logistics.mail_template_credited"), rma
        )
        [note] = rma.credit_note_ids
        with self._leave_to_visitors() as pages:
            pages.open(mailed)
            self._check("withdrawal settled")
            self.assertIn("$ 200.00", self._read_page("#reverse_money"))
            pages.press(f"#reverse_money a[href*='/my/invoices/{note.id}']")
            self.assertIn(note.name, self._read_page())
            pages.keep("withdrawal credit note")
        self.assertEqual(self.faults, [])

    def _answer(self, statement):
        """Do what the server does right after a statement; its receipt is mailed."""
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60.0):
            statement.with_user(SUPERUSER_ID)._cron_answer()
        self.env.invalidate_all()
        mail = self.env["mail.mail"].search(
            [("model", "=", statement._name), ("res_id", "=", statement.id)]
        )
        self.assertEqual(mail.email_to, self.customer.email)
        self.assertIn(statement.name, mail.body_html)


class TestOfferPages(PagesCase, OfferCommon):
    def test_offers_are_read_and_answered(self):
        """With and without scripts, in both directions of writing."""
        self.authenticate("ada", "ada", browser=self.browser)
        for lang, direction, scripts in WALKS:
            self.env["res.lang"]._activate_lang(lang)
            kept = self._offered_to_keep(self._sell(2), 2, percent=40)
            less = self._offered_less(self._sell(1))
            self.pages.set_scripts(scripts)
            self.browser.set_cookie("frontend_lang", lang, "/", HOST)
            for offer, answer, state in (
                (kept, "accept", "accepted"),
                (less, "refuse", "refused"),
            ):
                rma = offer.rma_id
                with self._leave_to_visitors() as pages:
                    pages.open(f"{self.base_url()}/my/returns/{rma.id}")
                    self.assertEqual(pages.run("document.dir"), direction)
                    self._check(f"{lang} offer {offer.kind}")
                    pages.press(f"section[name='reverse_offer'] button[value={answer}]")
                    self._check(f"{lang} offer {state}")
                self.assertEqual((offer.state, offer.answered_by_id), (state, self.ada))
        self.assertEqual(self.faults, [])
