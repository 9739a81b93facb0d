"""Who makes something theirs to read it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestAttacksReading(ReturnsCommon):
    def test_nobody_makes_a_customer_theirs(self):
        """Salespeople read the returns of their customers, and keep contacts."""
        own, other = (
            new_test_user(
                self.env,
                login=f"seller-{number}",
                groups="sales_team.group_sale_salesman,base.group_partner_manager",
            )
            for number in (1, 2)
        )
        manager = new_test_user(
            self.env,
            login="sales",
            groups="sales_team.group_sale_salesman_all_leads,base.group_partner_manager",
        )
        rma = self._requested(self._sell(1))
        contact = ["res.partner", "write", self.customer.ids]
        for user, named in ((own, own), (own, other)):
            with self.assertRaisesRegex(UserError, "Ada Distribution has returns, whi"):
                self._rpc(user, *contact, {"user_id": named.id})
        with self.assertRaisesRegex(AccessError, "Return"):
            self._rpc(own, "reverse.rma", "read", rma.ids, ["name"])
        # whose customer has no returns, and what says the same as before
        self._rpc(own, "res.partner", "write", self.stranger.ids, {"user_id": own.id})
        self._rpc(manager, *contact, {"user_id": own.id})
        self.assertTrue(self._rpc(own, "reverse.rma", "read", rma.ids, ["name"]))
        self._rpc(own, *contact, {"user_id": own.id, "comment": "Calls on Mondays"})
