from odoo import fields, models

from odoo.addons.reverse_logistics.models.inspection.reverse_inspection import FINDINGS

from ..reverse_inspection import READERS


class ReverseInspection(models.Model):
    """No goods are put aside for a supplier on hold; those that wait go elsewhere."""

    _inherit = "reverse.inspection"

    supplier_loss_id = fields.Many2one(
        "reverse.supplier.loss",
        "New Disposition By",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
        groups=READERS,
        help="The approval with which these goods got another disposition, since their "
        "supplier is on hold.",
    )

    def _redispose(self, loss):
        """Give these the disposition that was approved, with what was found before."""
        parts = self._look_again(FINDINGS)
        gone = parts.filtered("goods_gone")
        gone._complete_as_found()
        here = parts - gone
        here._guarded_write(
            {
                "disposition_id": loss.disposition_id.id,
                "override_reason": loss.reason,
                "supplier_loss_id": loss.id,
            }
        )
        here._review_credits()
        here._check_complete()
        here._complete_decided()

    def _check_disposer(self):
        """What was approved with the hold is moved for whoever approved it."""
        # sudo: who decided
        known = self.sudo()
        agreed = known.filtered(lambda p: p.supplier_loss_id.state == "approved")
        others = self - agreed.with_env(self.env)
        if self and not others:
            return
        super(ReverseInspection, others)._check_disposer()

    def _find_obstacles(self, dispositions):
        """Put nothing aside that is surely of a supplier on hold, and send it nothing
        to work on.
        """
        found = super()._find_obstacles(dispositions)
        to_supplier = dispositions.filtered(
            lambda d: d.location_state == "vendor_return"
        )
        holds = self.env["reverse.supplier.hold"]
        for part in self:
            keeper = part._get_keeper()
            for hold in keeper and holds._find(keeper, part.company_id)[:1]:
                found[part][part.disposition_id] = hold._explain()
        parts = self.filtered(
            lambda part: to_supplier and holds._get_held(part.company_id.id)
        )
        for part, (moves, _sure) in parts._find_supplier_sources().items():
            sellers = moves.purchase_line_id.partner_id.commercial_partner_id
            hold = len(sellers) == 1 and holds._find(sellers, part.company_id)
            for disposition in to_supplier if hold else ():
                found[part][disposition] = hold[:1]._explain()
        return found
