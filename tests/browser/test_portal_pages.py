"""The customer's pages in a browser: wide and narrow, left to right and the other way.

A customer walks from the list of returns to a request that is sent. On each page
axe-core looks for what keeps people out, and nothing may be wider than the window.
"""

import base64
import io
import json
import os
import threading
from unittest.mock import patch

import zxingcpp
from PIL import Image

from odoo.tests.common import HOST, ChromeBrowser

from odoo.addons.reverse_logistics.tests.portal_common import PortalCase

from tooling import node

WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
#: Language, direction of writing, and whether pages run scripts: nothing needs them.
WALKS = (("en_US", "ltr", True), ("ar_001", "rtl", False))
#: What axe-core finds and nobody may leave as it is.
GRAVE = ("serious", "critical")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
#: Odoo's own, the same on all of its pages.
LEFT_OUT = [".js_language_selector"]
RUN_AXE = f"""
    axe.run({{exclude: {LEFT_OUT}}}, {{runOnly: {RULES}}}).then((found) =>
        found.violations.map(({{id, impact, nodes}}) => ({{
            id, impact, nodes: nodes.map((node) => node.html),
        }}))
    )
"""


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
            timeout=30,
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def go(self, step):
        """Do something that leads to another page, and wait until it is there."""
        loaded = threading.Event()
        self.browser._frames[self.frame] = loaded.set
        step()
        assert loaded.wait(30), "the next page never came"

    def open(self, url):
        self.go(lambda: self.browser.navigate_to(url))

    def press(self, place):
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

    def photograph(self):
        """Give a picture of the page as sharp as it is printed."""
        size = self.run("[document.body.scrollWidth, document.body.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 3}
        answer = self.browser._websocket_request(
            "Page.captureScreenshot",
            params={"clip": clip, "captureBeyondViewport": True},
            timeout=30,
        )
        return Image.open(io.BytesIO(base64.b64decode(answer["data"]))).convert("L")

    def find_faults(self):
        """Give what is wrong with the page at each width."""
        self.run(self.axe)
        faults = []
        for name, size in WIDTHS.items():
            self.resize(*size)
            wide = self.run("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                faults.append(f"{name}: {wide} pixels wider than the window")
            faults += [
                f"{name}: {found['impact']} {found['id']} {found['nodes']}"
                for found in self.run(RUN_AXE)
                if found["impact"] in GRAVE
            ]
        return faults


class TestPortalPages(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # turns style sheets round; Odoo looks for it where programs are
        programs = os.pathsep.join([str(node.folder() / ".bin"), os.environ["PATH"]])
        cls.enterClassContext(patch.dict(os.environ, PATH=programs))
        cls.company.reverse_slip_code = True
        service = cls.env["product.product"].create({"name": "Way", "type": "service"})
        cls.warehouse.reverse_facility_ids.carrier_ids = cls.env[
            "delivery.carrier"
        ].create(
            {
                "name": "Swift Parcels",
                "product_id": service.id,
                "delivery_type": "reverse_own",
                "reverse_picks_up": True,
            }
        )

    def test_from_the_list_to_the_request(self):
        lines = [self._sell(3, 100) for _walk in WALKS]
        for lang, _direction, _scripts in WALKS:
            self.env["res.lang"]._activate_lang(lang)
        browser = ChromeBrowser(self)
        self.addCleanup(browser.stop)
        faults = []
        # Pages ask for more when they are there: the test leaves the database to them.
        with self.allow_requests(browser=browser):
            self.authenticate("ada", "ada", browser=browser)
            pages = Pages(browser)
            for (lang, direction, scripts), line in zip(WALKS, lines, strict=True):
                pages.set_scripts(scripts)
                browser.set_cookie("frontend_lang", lang, "/", HOST)
                for name in self._walk(pages, line.move_ids.id):
                    place = f"{lang} {name}"
                    self.assertEqual(pages.run("document.dir"), direction, place)
                    faults += [f"{place} {fault}" for fault in pages.find_faults()]
                self._check_papers(pages, line)
            self._wait_remaining_requests()
        self.assertEqual(faults, [])
        for line in lines:
            rma = self.env["reverse.rma.line"].search([("sale_line_id", "=", line.id)])
            self.assertEqual(
                (rma.state, rma.rma_id.requested_by_id), ("authorized", self.ada)
            )

    def _walk(self, pages, delivery):
        """Go from page to page, and give the name of each."""
        for name in ("guest", "guest/open?key=x", "code"):
            pages.open(f"{self.base_url()}/returns/{name}")
            yield name
        pages.open(f"{self.base_url()}/my/returns")
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

    def _check_papers(self, pages, line):
        """A scanner reads the codes of slip and label as a browser prints them."""
        rma = line.reverse_line_ids.rma_id
        url = f"{self.base_url()}/my/returns/{rma.id}"
        for paper, number in (
            (f"{url}?report_type=pdf", rma.name),
            (f"{url}/label", rma.carrier_tracking_ref),
        ):
            pages.open(paper)
            codes = zxingcpp.read_barcodes(pages.photograph())
            self.assertEqual({code.text for code in codes}, {number}, paper)
            self.assertEqual(len(codes), 2, "lines and a QR code")
