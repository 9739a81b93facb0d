"""What the law protects from being destroyed stays protected as another product."""

from odoo import Command
from odoo.exceptions import UserError, ValidationError

from odoo.addons.reverse_logistics_resale.tests.common import ResaleCommon


class TestProtected(ResaleCommon):
    def test_regrading_does_not_take_protection_off(self):
        self.company.reverse_espr = True
        trait = self.company._get_protecting_traits()[self.company]
        part = self._back()
        self.product.reverse_trait_ids = [Command.link(trait.id)]
        words = "Kettle B lacks the trait “Destruction needs a derogation”, which stays"
        with self.assertRaisesRegex(UserError, words):
            self._decide(part, "REGRADE")
        self.assertEqual(part.state, "draft")
        regrade = self.dispositions["REGRADE"]
        self.assertRegex(part._find_obstacles(regrade)[part][regrade], words)
        # nor does a row that is entered now
        with self.assertRaisesRegex(ValidationError, words):
            self._configure(
                self.product, self.bstock, 10, condition_id=self.conditions["E"].id
            )
        self.bstock.reverse_trait_ids = [Command.link(trait.id)]
        self._decide(part, "REGRADE")
        self.assertEqual((part.state, part.disposed), ("done", True))
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.bstock.id,
                "location_id": part.location_id.id,
                "company_id": self.company.id,
            }
        )
        with self.assertRaisesRegex(UserError, "may neither be destroyed nor recycled"):
            self._call(scrap, "action_validate")

    def test_goods_that_were_sold_with_protection_keep_it(self):
        """Taking the trait off the product afterwards changes nothing."""
        self.company.reverse_espr = True
        trait = self.company._get_protecting_traits()[self.company]
        self.sold[self.product].reverse_trait_ids = [Command.link(trait.id)]
        part = self._back()
        with self.assertRaisesRegex(UserError, "Kettle B lacks the trait"):
            self._decide(part, "REGRADE")
        self.company.reverse_espr = False
        self._decide(part, "REGRADE")
        self.assertEqual(part.state, "done")
