"""Roles of returns work beside Manufacturing, with no right of another app."""

from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestAccess(ReturnsCommon):
    def test_policy_credits_goods_at_first_in_first_out(self):
        """Odoo looks for a kit behind each credited product, as whoever acts."""
        category = self._create_category("fifo", "real_time")
        product = self._create_product("Drill", categ_id=category.id)
        self._buy(product, 10, 10.0)
        line = self._sell(4, product=product)
        rma = self._return(line, 2)
        self.assertEqual(rma.credit_note_ids.state, "posted")
        self.assertFalse(rma.exception_ids)
        self.assertAlmostEqual(self._cogs(rma.credit_note_ids), -20)

    def test_bills_of_materials_are_only_read(self):
        bills = self._as("inspector", self.env["mrp.bom"])
        self.assertTrue(bills.has_access("read"))
        self.assertTrue(bills.env["mrp.bom.line"].has_access("read"))
        with self.assertRaisesRegex(AccessError, "not allowed to create"):
            bills.create({"product_tmpl_id": self.product.product_tmpl_id.id})

    def test_productions_are_merged_whatever_came_back(self):
        """What Manufacturing notes on done transfers says nothing of returned goods."""
        line = self._sell(2)
        self._return(line, 1)
        user = new_test_user(self.env, login="maker", groups="mrp.group_mrp_user")
        group = self.env["mrp.production.group"].create({"name": "Together"})
        move = line.move_ids.filtered("returned_move_ids").with_user(user)
        move.production_group_id = group
        self.assertEqual(move.production_group_id, group)
