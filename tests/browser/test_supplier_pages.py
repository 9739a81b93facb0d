"""The supplier's pages in a browser, as the customer's are looked at."""

from odoo import Command
from odoo.tests.common import HOST

from odoo.addons.reverse_logistics_supplier_claims.tests.portal_common import (
    SupplierPortalCase,
)

from .test_portal_pages import WALKS, PagesCase

OPEN_ALL = "document.querySelectorAll('details').forEach((one) => (one.open = true))"


class TestSupplierPages(PagesCase, SupplierPortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write(
            {
                "labour_amount": 12.5,
                "warranty_months": 24,
                "code_ids": [
                    Command.create(
                        {
                            "condition_id": cls.env.ref(
                                "reverse_logistics.condition_d"
                            ).id,
                            "code": "F-17",
                            "name": "Leaks at the shaft seal",
                        }
                    )
                ],
            }
        )

    def test_from_the_list_to_the_answers(self):
        claims = [self._submitted() for _walk in WALKS]
        for claim in claims:
            self._call(self._as("claims_user", claim), "action_ask_corrective")
        for lang, _direction, _scripts in WALKS:
            self.env["res.lang"]._activate_lang(lang)
        self.authenticate("cora", "cora", browser=self.browser)
        for (lang, direction, scripts), claim in zip(WALKS, claims, strict=True):
            self.pages.set_scripts(scripts)
            self.browser.set_cookie("frontend_lang", lang, "/", HOST)
            goods = claim.line_ids.filtered("product_id")[:1]
            step = claim.corrective_ids.step_ids[:1]
            with self._leave_to_visitors() as pages:
                for name in self._walk(pages, claim.id, goods.id, step.id):
                    self.assertEqual(pages.run("document.dir"), direction, name)
                    self._check(f"{lang} supplier {name}")
        self.assertEqual(self.faults, [])
        for claim in claims:
            goods = claim.line_ids.filtered("product_id")[:1]
            self.assertEqual((claim.state, goods.amount_approved), ("partly", 25.5))
            self.assertEqual(claim.supplier_reference, "RMA-77")
            step = claim.corrective_ids.step_ids[:1]
            self.assertEqual((step.state, step.answer), ("answered", "Stopped"))

    def _walk(self, pages, claim, goods, step):
        """Answer a claim, and give the name of each page."""
        pages.open(f"{self.base_url()}/my/home")
        pages.press("a[href='/my/supplier-claims']")
        yield "list"
        pages.press(f"a[href='/my/supplier-claims/{claim}']")
        pages.run(OPEN_ALL)
        yield "claim"
        pages.enter("#acknowledge-reference", "RMA-77")
        pages.press("#answer-acknowledge button")
        pages.enter(f"#amount-{goods}", "25.50")
        # browsers ask for numbers only; the reason is missed by us
        pages.press("#answer-approve_part button")
        yield "refused"
        pages.enter(f"#reason-{goods}", "Worn seal")
        pages.press("#answer-approve_part button")
        yield "answered"
        pages.enter(f"#step-{step}-answer", "Stopped")
        pages.press(f"#step-{step} button")
        pages.run(OPEN_ALL)
        yield "report"
