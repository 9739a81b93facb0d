from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Corrections of what the books say was delivered, after a shipping error.

    They are no returns: the goods are where they were all the time, so nothing is
    received or inspected. Only an accepted claim makes them.
    """

    _inherit = "stock.move"

    reverse_correction = fields.Boolean(
        "Corrects a Shipping Error",
        readonly=True,
        copy=False,
        help=(
            "The goods did not move: the books said something other than what "
            "was shipped."
        ),
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered("reverse_correction")._check_reverse_correction()
        return moves

    def write(self, vals):
        if "reverse_correction" in vals:
            self._check_reverse_correction()
        return super().write(vals)

    def _check_reverse_correction(self):
        # Being superuser is not enough: defaults of a client reach such code as well.
        if self and not self.env["reverse.rma"]._in_workflow():
            raise UserError(
                self.env._(
                    "What was shipped wrongly is corrected by a return with a claim: "
                    "enter it there, and have it authorized."
                )
            )

    @api.depends("reverse_correction", "origin")
    def _compute_reference(self):
        res = super()._compute_reference()
        for move in self.filtered("reverse_correction"):
            move.reference = self.env._("%(rma)s: correction", rma=move.origin)
        return res
