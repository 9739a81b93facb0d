"""Endings taken twice, too late, or by a way round the return."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .replacement_common import ReplacementCommon


@tagged("post_install", "-at_install")
class TestOnce(ReplacementCommon):
    """A dialog that is confirmed twice counts once."""

    def _close_short_wizard(self, rma):
        model = self._as("service", self.env["reverse.close.short.wizard"])
        return model.with_context(active_id=rma.id)

    def test_part_is_closed_short_once(self):
        rma = self._requested(self._sell(5), 5)
        wizard = self._close_short_wizard(rma).create({})
        wizard.line_ids.quantity = 2
        wizard.action_close_short()
        with self.assertRaisesRegex(UserError, "received or closed short meanwhile"):
            wizard.action_close_short()
        self.assertEqual(rma.line_ids.qty_closed_short, 2)
        self.assertEqual(rma.state, "authorized")

    def test_two_people_close_short_once(self):
        rma = self._requested(self._sell(5), 5)
        form = Form(self._close_short_wizard(rma))
        self._as("service", rma.line_ids).action_close_short(1, "lost")
        with form.line_ids.edit(0) as line:
            line.quantity = 1
        with self.assertRaisesRegex(UserError, "Close this dialog, and open it again"):
            form.save().action_close_short()
        self.assertEqual(rma.line_ids.qty_closed_short, 1)
        again = Form(self._close_short_wizard(rma)).save()
        again.action_close_short()
        self.assertEqual(rma.line_ids.qty_closed_short, 5)

    def test_list_makes_one_return(self):
        self.product.default_code = "KTL-900"
        wizards = self._as("service", self.env["reverse.intake.wizard"])
        wizard = wizards.create({"partner_id": self.customer.id, "text": "KTL-900\t1"})
        self._sell(4)
        wizard.action_read()
        first = wizard.action_create()
        self.assertEqual(wizard.action_create(), first)
        made = self.env["reverse.rma"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(made.ids, [first["res_id"]])
        # Another list in the same dialog is another return.
        wizard.action_read()
        self.assertNotEqual(wizard.action_create()["res_id"], first["res_id"])
