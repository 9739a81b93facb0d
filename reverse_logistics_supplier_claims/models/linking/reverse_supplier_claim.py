from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseSupplierClaim(models.Model):
    """Credit notes of suppliers and carriers that name no purchase.

    What one credits for labour or freight, or for a broken parcel, *Match Credit Notes*
    does not find: a person says which line it pays.
    """

    _inherit = "reverse.supplier.claim"

    is_link_allowed = fields.Boolean(compute="_compute_is_link_allowed")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_is_link_allowed(self):
        mine = self._has_duty("claims")
        for claim in self:
            claim.is_link_allowed = mine and claim.state in transitions.PAID_IN

    def _find_linkable(self):
        """Find lines of posted credit notes of the partner that pay nothing yet.

        Those that name a purchase are matched with it; those of our own memos pay what
        these were made for.
        """
        self.ensure_one()
        # sudo: who claims need not read the books; credit notes of this partner only
        found = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("parent_state", "=", "posted"),
                    ("move_id.move_type", "=", "in_refund"),
                    ("display_type", "=", "product"),
                    ("price_subtotal", ">", 0),
                    ("purchase_line_id", "=", False),
                    ("currency_id", "=", self.currency_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("move_id.commercial_partner_id", "=", self.partner_id.id),
                    ("move_id.reverse_recovery", "=", False),
                    ("reverse_claim_line_id", "=", False),
                    ("reverse_consigned_id", "=", False),
                ],
                order="date, id",
            )
        )
        linked = found.move_id.line_ids.filtered("reverse_claim_line_id")
        ours = linked.filtered(lambda aml: not aml.reverse_claim_matched).move_id
        return found.filtered(lambda aml: aml.move_id not in ours)

    def action_link(self):
        """Open the form in which is said which line of a credit note pays what.

        :raises UserError: when there is none
        """
        self.ensure_one()
        self._check_duty("claims")
        self._check_paid_in()
        found = self._find_linkable()
        if not found:
            raise UserError(
                self.env._(
                    "%(claim)s: no posted credit note of %(partner)s in %(currency)s "
                    "is left that names no purchase.",
                    claim=self.name,
                    partner=self.partner_id.display_name,
                    currency=self.currency_id.name,
                )
            )
        choice = self.env["reverse.supplier.link"].create(
            {
                "claim_id": self.id,
                "line_ids": [
                    Command.create(
                        {
                            "credit_id": aml.id,
                            "name": aml.move_id.name,
                            "label": aml.name or aml.product_id.display_name,
                            "amount": aml.price_subtotal,
                        }
                    )
                    for aml in found
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Link Credit Notes"),
            "res_model": choice._name,
            "res_id": choice.id,
            "view_mode": "form",
            "target": "new",
        }

    def _link(self, chosen):
        """Note which line of the claim each line of a credit note pays.

        :param dict chosen: ``{account.move.line: claim line}``
        :raises UserError: for what pays something already, and for what is paid
        """
        self.ensure_one()
        self._check_duty("claims")
        self._check_paid_in()
        self._reverse_touch()
        # sudo: exactly the credit notes that were chosen; they are looked at below
        credits = self.env["account.move.line"].sudo().concat(*chosen)
        # Of two users at once, the second finds what the first has linked.
        credits.move_id._reverse_touch()
        if credits - self._find_linkable():
            raise UserError(
                self.env._(
                    "%(claim)s: choose posted credit notes of %(partner)s that pay "
                    "nothing yet and name no purchase.",
                    claim=self.name,
                    partner=self.partner_id.display_name,
                )
            )
        self._check_due(self.line_ids.concat(*chosen.values()))
        paid = {}
        for credit in credits:
            line = chosen[credit]
            credit.write(
                {"reverse_claim_line_id": line.id, "reverse_claim_matched": True}
            )
            paid[line] = paid.get(line, 0.0) + credit.price_subtotal
        if self._is_on_seller():
            credits.move_id._reconcile_reverse_bills()
        self.line_ids._check_bill_covers()
        names = ", ".join(credits.move_id.mapped("name"))
        self._note_answer("match", "out", paid, reference=names)
        self._update_recovered()

    def _check_due(self, lines):
        """Only lines of this claim are paid of which something is due yet."""
        for line in lines:
            left = line.amount_approved - line.amount_recovered
            if line.claim_id != self or line.currency_id.compare_amounts(left, 0) <= 0:
                raise UserError(
                    self.env._(
                        "%(line)s: nothing of it is approved that has not come yet. "
                        "Choose another line of %(claim)s.",
                        line=line.display_name,
                        claim=self.name,
                    )
                )
