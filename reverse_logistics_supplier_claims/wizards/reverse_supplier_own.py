from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.claimed import Claimed
from ..models.own.reverse_supplier_claim import Own


class ReverseSupplierOwn(models.TransientModel):
    """What is claimed of our own stock, or of a receipt that was not as ordered."""

    _name = "reverse.supplier.own"
    _description = "Claim Own Goods from Their Supplier"

    kind = fields.Selection(
        [("supplier", "Supplier"), ("carrier", "Carrier")],
        "Claim From",
        default="supplier",
        required=True,
        help="A carrier pays for what it damaged or lost on the way to you.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Supplier",
        domain="[('parent_id', '=', False)]",
        help="Needed only where several have sold or carried these goods.",
    )
    line_ids = fields.One2many("reverse.supplier.own.line", "own_id", "Goods")
    is_receipt = fields.Boolean(compute="_compute_is_receipt")

    @api.depends("line_ids.receipt_move_id")
    def _compute_is_receipt(self):
        for entry in self:
            entry.is_receipt = bool(entry.line_ids.receipt_move_id)

    @api.model
    def _open(self, goods):
        """Open the form over some goods.

        :param list goods: values of its lines
        """
        self.env["reverse.supplier.claim"]._check_duty("claims")
        if not goods:
            raise UserError(
                self.env._(
                    "Nothing of these can be claimed: only our own goods that are "
                    "here, or that were received on a purchase."
                )
            )
        entry = self.create({"line_ids": [Command.create(vals) for vals in goods]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Claim from Supplier"),
            "res_model": self._name,
            "res_id": entry.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Open the claims of what was entered.

        :return: action that shows them
        """
        self.ensure_one()
        claims = self.env["reverse.supplier.claim"]
        lines = self.line_ids.filtered("quantity")
        if not lines:
            raise UserError(self.env._("Enter how many are claimed."))
        # sudo: who claims need not read the receipt; the claim checks what it is about
        claims = claims._claim_own(
            [
                Own(
                    Claimed(
                        company=line.receipt_move_id.company_id
                        or line.location_id.company_id,
                        product=line.product_id,
                        quantity=line.quantity,
                        found_on=self._get_found_on(line),
                        lot=line.lot_id,
                        owner=self.env["res.partner"],
                    ),
                    line.found,
                    line.receipt_move_id,
                    line.location_id,
                    line.set_aside
                    and self.kind == "supplier"
                    and line.found != "short",
                )
                # sudo: receipts of what is chosen, for whoever may claim
                for line in lines.sudo()
            ],
            self.partner_id or None,
            self.kind,
        )
        return claims._open([("id", "in", claims.ids)])

    def _get_found_on(self, line):
        """Give the day from which it counts: a carrier's from when the goods came."""
        came = line.receipt_move_id.reverse_done_at
        if self.kind == "carrier" and came:
            return line.receipt_move_id.company_id._to_reverse_day(came)
        return fields.Date.context_today(self)
