from datetime import timedelta
from functools import partial
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase

OWN = "reverse_logistics_supplier_claims"
LOGGER = "odoo.addons.reverse_logistics.models.base.reverse_retry"
NOT_NOW = "Not now"


@tagged("post_install", "-at_install")
class TestFaults(ClaimCase):
    """What is done last in each step fails: nothing is half done, and is done again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        cls.lots = cls._create_lots(cls.pump, *(f"F{n}" for n in range(6)))
        cls.bought = cls._purchase(cls.pump, 6, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def _failing(self, model, method, fails=lambda records: True):
        """Have a method of a model fail, for all records or those of which it is said.

        :param fails: function that tells for which
        """
        original = getattr(self.registry[model], method)

        def run(records, *args, **kwargs):
            if fails(records):
                raise UserError(NOT_NOW)
            return original(records, *args, **kwargs)

        return patch.object(self.registry[model], method, run)

    def _take(self, claim):
        """All that a step on a claim could have left behind."""
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        claim = claim.sudo()
        lines = claim.line_ids
        own = [("company_id", "=", self.company.id)]
        moves = self.env["stock.move"].search(own)
        books = self.env["account.move"].search(own)
        return {
            "claim": (claim.state, claim.supplier_reference, claim.response_due),
            "lines": lines.mapped(
                lambda line: (
                    line.parts_state,
                    line.amount_approved,
                    line.amount_recovered,
                    line.amount_written_off,
                )
            ),
            "answers": claim.answer_ids.mapped("kind"),
            "moves": moves.mapped(lambda move: (move.id, move.state, move.quantity)),
            "books": books.mapped(lambda book: (book.id, book.state, book.name)),
            "open": books.mapped("amount_residual"),
            "goods": self._take_stock(lines.inspection_id[:1])[:2],
            "parts": self.env["reverse.inspection"].search_count(own),
            "scraps": self.env["stock.scrap"].search_count(own),
            "events": self.env["reverse.event"].search_count(own),
        }

    def assertAllOrNothing(self, claim, step, model, method):
        """A step fails as a whole with what it stands on, and is done when it may.

        :param step: function without arguments
        :param str method: what fails, of this model
        """
        before = self._take(claim)
        with self._failing(model, method), self.assertRaisesRegex(UserError, NOT_NOW):
            step()
        self.assertEqual(self._take(claim), before, method)
        step()
        after = self._take(claim)
        self.assertNotEqual(after, before, method)
        parts = claim.sudo().line_ids.inspection_id
        self.assertFalse(self.env["reverse.event"]._find_breaks(parts.rma_id))
        return after

    def _until(self, *steps, **terms):
        """A claim as of these answers; ``sent`` sends the goods."""
        self.agreement.write(terms)
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")
        for step in steps:
            if step == "sent":
                self._send(claim)
            else:
                self._answered(claim, step, reference="R1")
        return claim

    # ------------------------------------------------------------------
    # Steps of persons
    # ------------------------------------------------------------------
    def test_submitting(self):
        claim = self._claim(self._broken(self.sold))
        step = partial(self._call, claim, "action_submit")
        after = self.assertAllOrNothing(
            claim, step, "reverse.supplier.answer", "create"
        )
        self.assertEqual(after["claim"][0], "submitted")

    def test_answering(self):
        claim = self._until("acknowledge")
        step = partial(self._answered, claim, "approve")
        after = self.assertAllOrNothing(
            claim, step, "reverse.supplier.answer", "create"
        )
        self.assertEqual(after["claim"][0], "approved")
        self.assertEqual(after["answers"].count("approve"), 1)

    def test_announcing(self):
        claim = self._until("acknowledge")
        step = partial(self._call, claim, "action_send_goods")
        after = self.assertAllOrNothing(claim, step, "stock.move", "_action_confirm")
        self.assertEqual(after["lines"][0][0], "announced")
        self.assertEqual(len(claim.sudo().line_ids.move_ids), 1)

    def test_sending(self):
        claim = self._until("acknowledge")
        self._call(claim, "action_send_goods")
        picking = self._as("receiver", claim.sudo().line_ids.move_ids.picking_id)
        step = partial(self._validate, picking)
        after = self.assertAllOrNothing(
            claim, step, "stock.quant", "_update_available_quantity"
        )
        self.assertEqual(after["lines"][0][0], "sent")
        self.bought.invalidate_recordset()
        self.assertEqual(self.bought.qty_received, 5)

    def test_crediting(self):
        """The credit note is posted and reconciled with its bill, or neither is it."""
        claim = self._until("acknowledge", "sent", "approve")
        self._call(claim, "action_credit_note")
        refund = self._books(claim.sudo().line_ids.refund_line_ids.move_id)
        step = partial(self._call, refund, "action_post")
        after = self.assertAllOrNothing(claim, step, "account.move.line", "reconcile")
        self.assertEqual(after["claim"][0], "recovered")
        self.assertEqual(after["lines"][0][2], 40.0)

    def test_drafting_a_credit_note(self):
        claim = self._until("acknowledge", "sent", "approve")
        step = partial(self._call, claim, "action_credit_note")
        self.assertAllOrNothing(claim, step, "account.move", "create")
        self.assertEqual(len(claim.sudo().line_ids.refund_line_ids), 1)

    def test_replacing(self):
        claim = self._until("acknowledge", "sent", "approve", settlement="replacement")
        step = partial(self._call, claim, "action_replacement")
        self.assertAllOrNothing(claim, step, "stock.move", "_action_confirm")
        move = claim.sudo().line_ids.replacement_move_ids
        new = self._create_lots(self.pump, "NEW")
        move.write({"lot_ids": [Command.set(new.ids)], "picked": True})
        step = partial(self._validate, move.picking_id)
        after = self.assertAllOrNothing(
            claim, step, "reverse.supplier.claim", "_update_recovered"
        )
        self.assertEqual(after["claim"][0], "recovered")

    def test_taking_goods_back(self):
        claim = self._until("acknowledge", "sent")
        self._answered(claim, "refuse", reason="Misuse")

        def step():
            action = self._call(claim, "action_goods_back")
            entry = self.env[action["res_model"]].with_user(claim.env.user)
            self._call(entry.browse(action["res_id"]), "action_confirm")

        after = self.assertAllOrNothing(
            claim, step, "reverse.inspection", "_take_from_supplier"
        )
        self.assertEqual(after["lines"][0][0], "back")

    def test_destroying(self):
        claim = self._until("approve", goods="destroy")
        other = self._as("claims_approver", claim)
        file = self.env["ir.attachment"].with_user(other.env.user)
        file = file.create({"name": "certificate.pdf", "raw": b"%PDF"})
        today = self.company._get_reverse_today()
        step = partial(other._destroy, other.line_ids, today, file)
        after = self.assertAllOrNothing(
            claim, step, "reverse.supplier.answer", "create"
        )
        self.assertEqual((after["lines"][0][0], after["scraps"]), ("destroyed", 1))

    def test_writing_off(self):
        claim = self._until()
        self._answered(claim, "refuse", reason="Misuse")
        other = self._as("claims_approver", claim)
        step = partial(self._call, other, "action_write_off")
        after = self.assertAllOrNothing(claim, step, "reverse.event", "create")
        self.assertEqual(after["lines"][0][3], 40.0)

    def test_opening(self):
        """Of two parts claimed together neither is, if one of the claims fails."""
        parts = self._broken(self.sold, 2)
        step = partial(self._claim, parts)
        with self._failing("reverse.event", "create"):
            with self.assertRaisesRegex(UserError, NOT_NOW):
                step()
        self.assertFalse(parts.supplier_claim_line_ids)
        self.assertEqual(len(step().line_ids), 2)

    # ------------------------------------------------------------------
    # What happens by itself
    # ------------------------------------------------------------------
    def test_opening_by_agreement(self):
        """The inspection stays done; an exception says so, and repeats it once."""
        self.agreement.opens_itself = True
        with self._failing("reverse.supplier.claim", "create"):
            part = self._broken(self.sold)
        self.assertEqual((part.state, part.disposed), ("done", True))
        self.assertFalse(part.supplier_claim_line_ids)
        self.assertEqual(part.unclaimed_reason, "open")
        failure = part.rma_id.exception_ids
        self.assertEqual((failure.type, failure.state), ("work_failure", "open"))
        self.assertIn(NOT_NOW, failure.message)
        self._call(self._as("administrator", failure), "action_retry")
        self.assertEqual(failure.state, "resolved")
        self.assertEqual(part.supplier_claim_line_ids.claim_id.state, "draft")
        self.assertEqual(part.unclaimed_reason, "draft")

    def test_opening_by_agreement_of_one_of_two(self):
        """One of two inspected together cannot be claimed: the other one is."""
        self.agreement.opens_itself = True
        rma = self._received(self.sold, 2)
        parts = self._as("inspector", rma.inspection_ids).sorted("id")
        self._call(parts, "write", {"liability": "supplier"})
        bad = parts[:1]
        with self._failing(
            "reverse.inspection", "_find_claims", lambda these: bad.id in these.ids
        ):
            self._inspect(parts, "D", "VENDOR")
        claimed = parts.with_env(self.env).filtered("supplier_claim_line_ids")
        self.assertEqual(claimed.ids, parts[1:].ids)
        failure = rma.exception_ids.filtered(lambda one: one.type == "work_failure")
        self.assertEqual(failure.res_id, bad.id)
        self._call(self._as("administrator", failure), "action_retry")
        lines = parts.with_env(self.env).supplier_claim_line_ids
        self.assertEqual(len(lines.inspection_id), 2)
        self.assertEqual(len(lines.filtered(lambda one: one.kind == "goods")), 2)

    def _run(self, cron):
        with self.enter_registry_test_mode():
            self.env.ref(f"{OWN}.{cron}").method_direct_trigger()
        self.env.invalidate_all()

    def _run_failing(self, cron, method, bad):
        """Run a scheduled action of which a method fails for one record."""
        with (
            self._failing(bad._name, method, lambda these: bad.id in these.ids),
            self.assertLogs(LOGGER, "WARNING") as log,
        ):
            self._run(cron)
        self.assertEqual(len(log.output), 1)
        self.assertIn(f"({bad.id},) is left out: {NOT_NOW}", log.output[0])

    def test_reminders(self):
        """One claim that cannot be reminded of keeps none of the others waiting."""
        claims = self.env["reverse.supplier.claim"]
        for _n in range(3):
            claims |= self._claim(self._broken(self.sold)).sudo()
        due = fields.Date.today() - timedelta(1)
        claims._guarded_write({"response_due": due, "state": "submitted"})
        self._run_failing("cron_remind", "_remind", claims[:1])
        stages = [False, "reminded", "reminded"]
        self.assertEqual(claims.mapped("reminder_stage"), stages)
        self._run("cron_remind")
        self.assertEqual(claims.mapped("reminder_stage"), ["reminded"] * 3)
        told = claims.activity_ids.filtered("automated")
        self.assertEqual(sorted(told.mapped("res_id")), sorted(claims.ids))

    def test_unclaimed_goods(self):
        parts = self._broken(self.sold, 3)
        parts._guarded_write({"unclaimed_reason": "late"})
        self._run_failing("cron_note_claimable", "_note_claimable", parts[1])
        self.assertEqual(parts.mapped("unclaimed_reason"), ["open", "late", "open"])
        self._run("cron_note_claimable")
        self.assertEqual(parts.mapped("unclaimed_reason"), ["open"] * 3)

    def test_allowances(self):
        """The first agreement fails: the second is claimed all the same."""
        month = fields.Date.today().replace(day=1) - relativedelta(months=1)
        other = self.env["res.partner"].create({"name": "Delta Works"})
        seal = self._create_product("Seal")
        late = self._purchase(seal, 2, price=50.0, partner_id=other.id)
        for bill in (self.bought | late).order_id.invoice_ids:
            bill.button_draft()
            bill.name = False
            bill.write({"invoice_date": month, "date": month})
            bill.action_post()
        self.agreement.write({"is_allowance": True, "allowance": 5.0})
        both = self.agreement | self.agreement.copy({"partner_id": other.id})
        self._run_failing("cron_claim_allowances", "_claim_allowance", both[:1])
        amounts = [one.allowance_ids.mapped("amount") for one in both]
        self.assertEqual(amounts, [[], [5.0]])
        for _again in range(2):
            self._run("cron_claim_allowances")
        amounts = [one.allowance_ids.mapped("amount") for one in both]
        self.assertEqual(amounts, [[12.0], [5.0]])
