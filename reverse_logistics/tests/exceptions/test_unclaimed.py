"""Goods that are to go back to customers who do not collect them."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.exceptions import reverse_exception
from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestUnclaimed(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = cls._sell(3)
        cls.today = cls.company._get_reverse_today()
        cls.customer.email = "ada@example.com"
        cls.fee = cls.env["product.product"].create(
            {
                "name": "Storage",
                "type": "service",
                "list_price": 25.0,
                "taxes_id": False,
            }
        )

    def _waiting(self, days=40):
        """Goods that have been waiting to be sent back for so many days."""
        rma = self._receive_line(self.sold, 2)
        self._inspect(rma.inspection_ids, "C", "CUSTOMER")
        rma.inspection_ids._guarded_write(
            {"inspected_at": fields.Datetime.now() - timedelta(days)}
        )
        return rma

    def _run(self, seconds=60.0):
        """Do as the scheduled action does; give what it committed."""
        self.env.flush_all()
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=seconds) as commit:
            self.env["reverse.exception"]._cron_unclaimed()
        return commit

    def _unclaimed(self):
        rma = self._waiting()
        self._run()
        return rma, self._as("service", rma.exception_ids)

    def _out(self, rma):
        return rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")

    def _let_pass(self, exception):
        """Let the customer's time go by."""
        exception._guarded_write(
            {
                "noticed_on": self.today - timedelta(20),
                "deadline": self.today - timedelta(1),
            }
        )
        self._run()

    def test_told_after_the_days_of_the_company(self):
        early, late = self._waiting(29), None
        self._run()
        self.assertFalse(early.exception_ids)
        self.sold = self._sell(3)
        late = self._waiting(31)
        self._run()
        self._run()
        self.assertEqual(late.exception_ids.mapped("type"), ["unclaimed"])
        self.assertEqual(
            late.exception_ids.owner_group_id,
            self.env.ref("reverse_logistics.group_service"),
        )
        self.company.reverse_unclaimed_days = 0
        early.inspection_ids._guarded_write(
            {"inspected_at": fields.Datetime.now() - timedelta(90)}
        )
        self._run()
        self.assertFalse(early.exception_ids)

    def test_each_batch_is_kept_by_itself(self):
        first = self._waiting()
        self.sold = self._sell(3)
        second = self._waiting()
        with patch.object(reverse_exception, "BATCH", 1):
            commit = self._run(seconds=0.0)
            self.assertEqual(commit.call_count, 2)
            commit.assert_any_call(remaining=2)
            told = (first | second).exception_ids
            self.assertEqual(len(told), 1, "no time was left for the other one")
            commit = self._run()
        commit.assert_any_call(remaining=1)
        for rma in first | second:
            self.assertEqual(rma.exception_ids.mapped("type"), ["unclaimed"])
        self._run().assert_called_once_with(remaining=0)

    def test_notice_in_the_language_of_the_customer(self):
        rma, exception = self._unclaimed()
        exception.action_notify()
        self.assertEqual(exception.noticed_on, self.today)
        self.assertEqual(exception.deadline, self.today + timedelta(14))
        mail = self.env["mail.mail"].search(
            [("model", "=", "reverse.exception"), ("res_id", "=", exception.id)]
        )
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(mail.subject, f"{rma.name}: please collect your goods")
        self.assertIn("Kettle", mail.body_html)
        self.assertEqual((mail.state, exception.state), ("outgoing", "open"))

    def test_storage_is_charged_once_per_notice(self):
        rma, exception = self._unclaimed()
        with self.assertRaisesRegex(UserError, "Choose the product of the storage fee"):
            exception.action_charge_storage()
        self.company.reverse_storage_product_id = self.fee
        with self.assertRaisesRegex(UserError, "Notify the customer first"):
            exception.action_charge_storage()
        exception.action_notify()
        exception.action_charge_storage()
        invoice = exception.sudo().storage_invoice_ids
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("draft", 25))
        self.assertEqual(invoice.partner_id, rma.partner_id)
        with self.assertRaisesRegex(UserError, "charged once after each notice"):
            exception.action_charge_storage()
        invoice.button_cancel()
        self.company.reverse_storage_price = 0.5
        exception.action_charge_storage()
        second = exception.sudo().storage_invoice_ids - invoice
        self.assertEqual(second.amount_untaxed, 20)
        self.assertLine(self.sold, 1, 3, 0)

    def test_disposal_after_the_deadline(self):
        rma, exception = self._unclaimed()
        exception.action_notify()
        self._let_pass(exception)
        approver = self._as("approver", exception)
        self.assertTrue(approver.is_mine)
        approver.action_dispose()
        self.assertEqual(
            (exception.state, exception.resolution), ("resolved", "dispose")
        )
        self.assertEqual(self._out(rma).state, "cancel")
        part = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual(part.disposition_id.code, "SCRAP")
        self._inspect(part, "C", "SCRAP")
        self.assertEqual(part.location_id, self.company.reverse_scrap_location_id)
        self.assertEqual((rma.state, rma.line_ids.qty_denied), ("done", 2))
        self.assertFalse(rma.settlement_ids)
        self.assertEqual(rma.sudo()._check_quantities(), {})

    def test_disposal_is_refused(self):
        _rma, exception = self._unclaimed()
        with self.assertRaisesRegex(AccessError, "for the role “Approver”"):
            exception.action_dispose()
        both = self._create_user("service", "approver", login="returns-two")
        with self.assertRaisesRegex(UserError, "has to be notified, and the time"):
            exception.with_user(both).action_dispose()
        exception.action_notify()
        with self.assertRaisesRegex(UserError, "has to be notified, and the time"):
            exception.with_user(both).action_dispose()
        self.assertEqual(exception.state, "open")
        self._let_pass(exception)
        with self.assertRaisesRegex(UserError, "belongs to the role “Approver”"):
            exception.action_notify()

    def test_property_of_the_customer_is_worth_nothing(self):
        first = self._requested(self.sold, 3)
        self._as("receiver", first).action_receive({first.line_ids.id: 5})
        late = first.follow_up_ids
        self._as("approver", late.exception_ids).action_send_back()
        self._inspect(late.inspection_ids, "A")
        late.inspection_ids._guarded_write(
            {"inspected_at": fields.Datetime.now() - timedelta(40)}
        )
        self._run()
        exception = late.exception_ids.filtered(lambda e: e.type == "unclaimed")
        self._as("service", exception).action_notify()
        self._let_pass(exception)
        value = self.product.total_value
        self._as("approver", exception).action_dispose()
        part = late.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(part, "A", "SCRAP")
        self.assertEqual(part.move_ids.mapped("value"), [0])
        self.assertEqual((self.product.total_value, late.state), (value, "done"))

    def test_collected_after_all(self):
        rma, exception = self._unclaimed()
        exception.action_notify()
        self._validate(self._out(rma))
        self.assertEqual(
            (exception.state, exception.resolution), ("resolved", "collected")
        )
        self.assertEqual(rma.state, "done")
        self.assertIn("Sent or collected", exception.resolution_label)

    def test_sent_back_and_undeliverable(self):
        rma = self._waiting(1)
        out = self._out(rma)
        self._validate(out)
        self._as("receiver", out).action_parcel_back("undeliverable")
        again = rma.follow_up_ids
        self.assertEqual(again.exception_ids.mapped("type"), ["unclaimed"])
        exception = self._as("service", again.exception_ids)
        exception.action_notify()
        self._let_pass(exception)
        self._as("approver", exception).action_dispose()
        part = again.inspection_ids
        self.assertEqual((part.state, part.disposition_id.code), ("draft", "SCRAP"))
        self._inspect(part, "C", "SCRAP")
        self.assertEqual((again.state, again.settlement_ids.ids), ("done", []))
        self.assertLine(self.sold, 1, 3, 0)
