from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.reverse_logistics.tests.portal_common import PortalCase

from .common import GROUPS, ClaimCase


class SupplierPortalCase(PortalCase, ClaimCase):
    """The supplier of the pumps with users of its own, and everybody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.supplier.write({"email": "claims@cobalt.example", "is_company": True})
        cls.cora = cls._create_portal_user("cora", cls.supplier)
        cls.cora.partner_id.email = "cora@cobalt.example"
        cls.rival = cls.env["res.partner"].create({"name": "Rival Pumps"})
        cls.rita = cls._create_portal_user("rita", cls.rival)
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.far = new_test_user(
            cls.env,
            login="far",
            groups=f"{GROUPS}claims_approver",
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )
        cls.lots = cls._create_lots(cls.pump, "P1", "P2", "P3")
        cls.bought = cls._purchase(cls.pump, 3, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def _submitted(self, **values):
        """Claim a broken pump from its supplier."""
        part = self._broken(self.sold)
        photo = self.env["ir.attachment"].create(
            {"name": "seal.jpg", "raw": self._picture(), **values}
        )
        # evidence of a completed part: as the inspector had added it before
        photo.with_env(part._workflow().env).write(
            {"res_model": part._name, "res_id": part.id}
        )
        claim = self._claim(part)
        self._call(claim, "action_submit")
        return claim.with_env(self.env)

    def _answer(self, claim, kind, key="k" * 43, files=None, **values):
        """Send a form of the claim's page."""
        return self._send(
            f"/my/supplier-claims/{claim.id}/answer",
            {"kind": kind, "key": key, **values},
            files=files,
        )

    def _say(self, page):
        """Give the refusal that stands above a page, nothing without one."""
        return (
            self._text(page, "claim_error")
            if page.xpath("//*[@id='claim_error']")
            else ""
        )
