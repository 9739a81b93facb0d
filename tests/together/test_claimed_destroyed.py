"""Goods that the law protects, which a supplier pays to have destroyed."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.reverse_logistics_supplier_claims.tests.common import ClaimCase

OWN = "reverse_logistics_disposal"


@tagged("post_install", "-at_install")
class TestClaimedDestroyed(ClaimCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write({"authorization_required": False, "goods": "destroy"})
        cls.plug = cls._create_product("Plug", categ_id=cls.perpetual.id)
        cls._purchase(cls.plug, 5, price=3.0)
        cls.company.reverse_espr = True
        trait = cls.env.ref(f"{OWN}.trait_destruction")
        cls.plug.reverse_trait_ids = [Command.link(trait.id)]
        cls.damage = cls.env.ref(f"{OWN}.derogation_damage")
        cls.stocker = new_test_user(
            cls.env, login="stocker", groups="stock.group_stock_user"
        )

    def _own(self):
        """Set two of our own aside, which the supplier pays; give the claim."""
        self.users["claims_user"].group_ids += self.env.ref("stock.group_stock_user")
        stock = self.warehouse.lot_stock_id
        quants = self.env["stock.quant"].search(
            [("product_id", "=", self.plug.id), ("location_id", "=", stock.id)]
        )
        action = self._call(self._as("claims_user", quants), "action_claim_supplier")
        entry = self._as("claims_user", self.env[action["res_model"]])
        entry = entry.browse(action["res_id"])
        entry.line_ids.quantity = 2
        action = self._call(entry, "action_confirm")
        claims = self.env["reverse.supplier.claim"].browse(action["res_id"])
        return self._paid(self._as("claims_user", claims))

    def _returned(self):
        return self._paid(
            self._claim(self._broken(self._sell(2, product=self.plug), 2))
        )

    def _paid(self, claim):
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        return self._as("claims_approver", claim)

    def _entry(self, claim):
        """Open the form for what was destroyed, with its certificate."""
        file = self.env["ir.attachment"].with_user(claim.env.user)
        file = file.create({"name": "certificate.pdf", "raw": b"%PDF"})
        entries = self.env["reverse.supplier.destruction"].with_user(claim.env.user)
        return entries.create(
            {"claim_id": claim.id, "attachment_ids": [Command.set(file.ids)]}
        )

    def _prepare(self, entry):
        """Make the order; give it to the warehouse, which finds it by the claim."""
        action = self._call(entry, "action_prepare")
        scraps = self.env["stock.scrap"].with_user(self.stocker)
        scrap = scraps.search([("origin", "=", entry.claim_id.name)])
        self.assertEqual(action["res_id"], scrap.id)
        return scrap

    def _name_derogation(self, scrap):
        self._call(scrap, "write", {"reverse_derogation_id": self.damage.id})
        self.env["ir.attachment"].with_user(self.stocker).create(
            {
                "name": "proof.txt",
                "raw": b"torn",
                "res_model": scrap._name,
                "res_id": scrap.id,
            }
        )

    def _here(self):
        quants = self.env["stock.quant"]
        return quants._get_available_quantity(self.plug, self.vendor_place)

    def test_the_derogation_is_named_on_the_order(self):
        """Own goods and returned ones are destroyed with it, and with no other."""
        for make in (self._own, self._returned):
            with self.subTest(make.__name__):
                claim = make()
                entry = self._entry(claim)
                with self.assertRaisesRegex(UserError, "need a derog[^“]*“Prepare Scr"):
                    self._call(entry, "action_confirm")
                scrap = self._prepare(entry)
                self.assertEqual((scrap.state, scrap.scrap_qty), ("draft", 2))
                self.assertEqual(self._prepare(entry), scrap, "once")
                with self.assertRaisesRegex(UserError, "need a derog"):
                    self._call(entry, "action_confirm")
                self._name_derogation(scrap)
                self._call(entry, "action_confirm")
                self.assertEqual((scrap.state, self._here()), ("done", 0))
                self.assertEqual(claim.line_ids.parts_state, "destroyed")
                paper = self.env["reverse.disposal"].search(
                    [("scrap_id", "=", scrap.id)]
                )
                self.assertEqual(paper.line_ids.derogation_id, self.damage)
                part = claim.sudo().line_ids.inspection_id
                self.assertEqual(scrap.sudo().move_ids.reverse_inspection_id, part)

    def test_an_order_that_scraps_something_else(self):
        """What was changed since it was prepared destroys nothing in the claim."""
        claim = self._own()
        entry = self._entry(claim)
        scrap = self._prepare(entry)
        self._name_derogation(scrap)
        self._call(scrap, "write", {"scrap_qty": 1})
        with self.assertRaisesRegex(UserError, "need a derog"):
            self._call(entry, "action_confirm")
        self._call(scrap, "write", {"scrap_qty": 2})
        self._call(entry, "action_confirm")
        self.assertEqual((scrap.state, self._here()), ("done", 0))

    def test_an_order_that_was_approved_by_hand(self):
        """The warehouse has asked for approval itself: the goods are gone by it."""
        claim = self._own()
        entry = self._entry(claim)
        scrap = self._prepare(entry)
        self._name_derogation(scrap)
        self._call(scrap, "action_reverse_ask_scrap", "Agreed with the supplier")
        approvals = scrap.sudo().reverse_quantity_change_ids.approval_ids
        self._call(self._as("approver", approvals), "action_approve")
        self.assertEqual((scrap.state, self._here()), ("done", 0))
        self._call(entry, "action_confirm")
        self.assertEqual(claim.line_ids.parts_state, "destroyed")
        self.assertEqual(claim.sudo().line_ids.scrap_ids, scrap.sudo())

    def test_whose_orders_are_prepared(self):
        """None before the supplier pays, and by the role of claims only."""
        claim = self._claim(self._broken(self._sell(1, product=self.plug)))
        self._call(claim, "action_submit")
        with self.assertRaisesRegex(UserError, "after the supplier has approved"):
            claim._prepare_destruction(claim.line_ids)
        self._answered(claim, "approve")
        with self.assertRaisesRegex(AccessError, "is for the role “Claims”"):
            lines = self._as("inspector", claim.line_ids)
            self._as("inspector", claim)._prepare_destruction(lines)
