from odoo import api, fields, models
from odoo.exceptions import UserError

#: States in which a supplier gets nothing more.
ENDED = ("refused", "closed", "cancelled")


class ReverseSupplierClaim(models.Model):
    """Own goods that their supplier does not get go back to stock."""

    _inherit = "reverse.supplier.claim"

    is_keep_allowed = fields.Boolean(compute="_compute_is_keep_allowed")

    @api.depends(
        "state",
        "answered_on",
        "is_awaited",
        "partner_id",
        "line_ids.amount_approved",
        "line_ids.stock_location_id",
        "line_ids.move_ids.state",
    )
    @api.depends_context("uid")
    def _compute_is_keep_allowed(self):
        mine = self._has_duty("claims")
        for claim in self:
            claim.is_keep_allowed = mine and bool(claim._get_keepable())

    def _get_keepable(self):
        """Give the lines of own goods that wait for a supplier which gets nothing.

        The claim is refused or ended, nothing is paid for these goods, they may stay as
        agreed, or the supplier is on hold. What it pays to have destroyed stays set
        aside for that.
        """
        self.ensure_one()
        lines = self.line_ids._filter_aside() - self._get_destroyable()
        holds = self.env["reverse.supplier.hold"]
        if self.state in ENDED or holds._find(self.partner_id, self.company_id):
            return lines
        if self.is_awaited or not self.answered_on:
            return lines.browse()
        return lines.filtered(
            lambda line: not (line.amount_approved and line._is_wanted_back())
        )

    def action_keep_goods(self):
        """Put own goods back to where they lay before they were set aside.

        :raises UserError: where the supplier may still get them, or they are gone
        """
        self._check_duty("claims")
        # Of two users at once, the second finds nothing set aside.
        self._reverse_touch()
        for claim in self:
            lines = claim._get_keepable()
            if not lines:
                claim._refuse_keep()
            kept = lines._put_back()
            for line in lines.filtered(lambda line, kept=kept: line not in kept):
                line._refuse_gone()
            claim._log(
                "SupplierClaimGoodsKept",
                quantities={str(line.id): many for line, many in kept.items()},
            )
        return True

    def _refuse_keep(self):
        raise UserError(
            self.env._(
                "%(claim)s: no own goods are set aside that the supplier does not get. "
                "They go back to stock once it has refused them or is on hold, or when "
                "the claim is cancelled.",
                claim=self.name,
            )
        )
