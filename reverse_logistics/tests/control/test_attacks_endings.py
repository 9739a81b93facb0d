"""Endings taken twice, too late, or by a way round the return."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..replacement_common import ReplacementCommon
from ..sources_common import SourcesCommon


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


@tagged("post_install", "-at_install")
class TestLateAfterInvoice(ReplacementCommon):
    """Replaced in advance, billed because nothing came, and then it came."""

    def _billed(self, product, quantity=2, short=2):
        """Replace in advance, close short and bill; give order line and return."""
        sold = self._sell(quantity, product=product)
        wanted = {"settlement_type": "replacement"}
        rma = self._requested(sold, quantity, rma=wanted)
        self._as("service", rma).action_replace_in_advance()
        self._settle(rma.settlement_ids)
        self._send(rma)
        self._as("service", rma.line_ids).action_close_short(short, "not_sent")
        self.assertEqual(sold.qty_to_invoice, short)
        self._invoice(sold.order_id)
        return sold, rma

    def _arrive_late(self, rma, quantity):
        late = {str(rma.line_ids.id): quantity}
        self._as("receiver", rma).action_receive(late)
        return rma.inspection_ids.filtered(lambda part: part.state == "draft")

    def test_billed_advance_is_credited_by_a_person(self):
        for product in self.product, self.ordered_product:
            with self.subTest(product=product.name):
                sold, rma = self._billed(product)
                self._inspect(self._arrive_late(rma, 2))
                credit = rma.settlement_ids.filtered(lambda s: s.type == "refund")
                self.assertEqual((credit.state, len(credit.line_ids)), ("draft", 1))
                # whatever else sets off what policy releases
                credit._release_by_policy()
                self.assertEqual(credit.state, "draft")
                self.assertFalse(rma.credit_note_ids)
                self.assertFalse(rma._get_unsettled_parts())
                self._settle(credit)
                self.assertAmounts(rma.credit_note_ids, 200)
                self.assertEqual((sold.qty_invoiced, sold.qty_to_invoice), (2, 0))
                self.assertEqual((rma.state, rma.stage), ("done", "settled"))
                self.assertChecked(rma)

    def test_the_charge_itself_is_credited(self):
        """Sold in two parts, the replacement charged on a third invoice."""
        order = self._new_order((self.product, 3, {"price_unit": 600}))
        for quantity in (1, 2):
            self._deliver(order, quantity)
            self._invoice(order)
        before = order.invoice_ids.sorted("id")
        rma = self._requested(
            order.order_line, 2, rma={"settlement_type": "replacement"}
        )
        self._as("service", rma).action_replace_in_advance()
        self._settle(rma.settlement_ids)
        self._send(rma)
        for line in self._as("service", rma.line_ids):
            line.action_close_short(line.quantity, "not_sent")
        charge = self._invoice(order)
        self.assertAmounts(charge, 1200)
        late = {str(line.id): line.quantity for line in rma.line_ids}
        self._as("receiver", rma).action_receive(late)
        self._inspect(rma.inspection_ids.filtered(lambda p: p.state == "draft"))
        credit = rma.settlement_ids.filtered(lambda s: s.type == "refund")
        self.assertEqual(credit.line_ids.invoice_id, charge)
        self._settle(credit)
        self.assertEqual(rma.credit_note_ids.reversed_entry_id, charge)
        self.assertAmounts(rma.credit_note_ids, 1200)
        self.assertEqual(charge.amount_residual, 0)
        self.assertEqual(before.mapped("amount_residual"), [600, 1200])

    def test_unbilled_advance_is_not_credited(self):
        sold = self._sell(2, product=self.ordered_product)
        rma = self._requested(sold, 2, rma={"settlement_type": "replacement"})
        self._as("service", rma).action_replace_in_advance()
        self._settle(rma.settlement_ids)
        self._send(rma)
        self._as("service", rma.line_ids).action_close_short(2, "not_sent")
        self._inspect(self._arrive_late(rma, 2))
        self.assertEqual(rma.settlement_ids.type, "replacement")
        self.assertEqual((sold.qty_invoiced, sold.qty_to_invoice), (2, 0))

    def test_only_what_was_billed_is_credited(self):
        sold, rma = self._billed(self.ordered_product, 3, 1)
        self._inspect(self._receive(rma))
        self.assertEqual(len(rma.settlement_ids), 1)
        self._inspect(self._arrive_late(rma, 1))
        credit = rma.settlement_ids.filtered(lambda s: s.type == "refund")
        self.assertEqual(credit.line_ids.quantity, 1)
        self._settle(credit)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual((sold.qty_invoiced, sold.qty_to_invoice), (3, 0))


@tagged("post_install", "-at_install")
class TestOtherWays(SourcesCommon, ReplacementCommon):
    """Documents of Odoo that go round the return."""

    def test_return_button_on_the_replacement_of_an_old_sale(self):
        sale = self._historic(1)
        rma = self._draft_of(sale)
        rma.settlement_type = "replacement"
        rma.action_request()
        self._inspect(self._receive(rma))
        sent = self._send(rma)
        back = self._return_button(sent.picking_id, 1)
        message = "Kettle replaced goods of the old invoice OLD-1, .* enter a return of"
        with self.assertRaisesRegex(UserError, message):
            self._validate(back)
        # What the message says works.
        back.action_cancel()
        again = self._requested_of(sale)
        self._inspect(self._receive(again))
        self.assertEqual((again.state, again.line_ids.qty_received), ("done", 1))


@tagged("post_install", "-at_install")
class TestCompanies(ReplacementCommon):
    """Links between documents of two companies are refused whoever writes them."""

    def test_links_stay_in_their_company(self):
        rma = self._requested(self._sell(1))
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids += company
        elsewhere = {**self.env.context, "allowed_company_ids": company.ids}
        foreign = (
            self.env(context=elsewhere)["reverse.rma"]
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": company.id,
                    "line_ids": [Command.create({"product_id": self.product.id})],
                }
            )
            .with_env(self.env)
        )
        values = {"rma_id": rma.id, "line_id": foreign.line_ids.id, "message": "Lost"}
        exceptions = self.env["reverse.exception"]
        with self.assertRaisesRegex(UserError, "belongs to company"):
            exceptions._guarded_create([{**values, "type": "no_source"}])
        self.assertFalse(rma.exception_ids)
        settled = self._return(self._sell(1), 1).settlement_ids.line_ids
        with self.assertRaisesRegex(UserError, "belongs to company"):
            settled._guarded_write({"rma_line_id": foreign.line_ids.id})
