from odoo import Command, fields, models
from odoo.exceptions import UserError

# Where goods may go that are not ours.
_FOREIGN = ("customer", "customer_return", "hold", "scrap")


class ReverseInspection(models.Model):
    """Goods of customers become ours at an agreed value, or stay theirs."""

    _inherit = "reverse.inspection"

    customer_owned = fields.Boolean(
        "Customer's Property", compute="_compute_customer_owned", compute_sudo=True
    )
    title_value = fields.Monetary(
        "Agreed Value",
        currency_field="company_currency_id",
        copy=False,
        help="What all the goods of this part are worth to us once they are ours.",
    )
    title_by_id = fields.Many2one(
        "res.users",
        "Taken over by",
        readonly=True,
        copy=False,
        guarded=True,
    )
    title_move_ids = fields.One2many(
        "stock.move", "reverse_title_id", "Taken Over", guarded=True
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")

    def _compute_customer_owned(self):
        for part in self:
            part.customer_owned = bool(part._get_goods_owner())

    def _get_goods_owner(self):
        """Whose the goods of this part are; nobody's name means ours."""
        self.ensure_one()
        part = self
        while part:
            if part.title_by_id:
                return self.env["res.partner"]
            part = part.supersedes_id
        return self.line_id._get_goods_owner()

    def _get_stock_owner(self):
        """Under whose name the goods lie in stock: the customer's, or a supplier's,
        whose goods we sell in consignment. These are inspected and sold as our own.
        """
        self.ensure_one()
        owner = self._get_goods_owner()
        return owner if self.line_id._get_goods_owner() else self.owner_id

    def _is_creditable(self):
        # No sale, no price: only a person can grant something, as goodwill.
        return super()._is_creditable() and not self.line_id.customer_owned

    def _check_complete(self):
        res = super()._check_complete()
        for part in self.filtered(lambda p: not p.not_inspected):
            if part._get_goods_owner() and not part._is_for_foreign():
                raise UserError(
                    self.env._(
                        "%(part)s belongs to %(owner)s. An approver takes the goods "
                        "over at an agreed value first; or send them back, or scrap "
                        "them.",
                        part=part.display_name,
                        owner=part._get_goods_owner().name,
                    )
                )
        return res

    def _is_for_foreign(self):
        """Whether goods that are not ours may go where the disposition says."""
        self.ensure_one()
        return self.disposition_id.location_state in _FOREIGN

    def write(self, vals):
        if "quantity" in vals and not self._in_workflow() and self.title_by_id:
            raise UserError(
                self.env._(
                    "%(part)s was taken over as a whole and cannot be split.",
                    part=self.filtered("title_by_id")[0].display_name,
                )
            )
        return super().write(vals)

    def action_take_title(self, value=None):
        """Make customers' goods ours at the value agreed, for an approver.

        :param float value: what all goods of each part are worth; left out, the agreed
            value entered on it
        :raises AccessError: without the role approver
        :raises UserError: when the goods are ours, not here, or dealt with already, and
            for one's own request
        """
        bypassed = self.rma_id._check_duty("approver", excluded=("requested_by_id",))
        for part in self:
            if (
                part.state != "draft"
                or part.not_inspected
                or not part._get_goods_owner()
            ):
                raise UserError(
                    self.env._(
                        "%(part)s is not waiting here as the customer's property.",
                        part=part.display_name,
                    )
                )
            if (part.title_value if value is None else value) < 0:
                raise UserError(self.env._("The agreed value cannot be negative."))
        if value is not None:
            self._guarded_write({"title_value": value})
        for part in self:
            part._take_title()
        self._log_title(bypassed)
        return True

    def _take_title(self):
        """The owner's goods out, ours in: Odoo values goods as they come in."""
        self.ensure_one()
        owner = self._get_goods_owner()
        outside = self.line_id._get_receipt_origin()
        here = self.location_id
        self._do_title_move(self._prepare_title_move(here, outside, owner), owner)
        self._guarded_write({"title_by_id": self.env.uid})
        self._do_title_move(
            self._prepare_title_move(outside, here), self.env["res.partner"]
        )

    def _prepare_title_move(self, source, destination, owner=None):
        picking_type = self.facility_id.putaway_type_id
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "location_final_id": destination.id,
            "picking_type_id": picking_type.id,
            "company_id": self.company_id.id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "restrict_partner_id": owner.id if owner else False,
            "reverse_title_id": self.id,
        }

    def _do_title_move(self, vals, owner):
        # sudo: the duty is checked; exactly this part's goods change their owner, and
        # only the workflow makes such moves
        move = self._sudo_clean(self._workflow().env["stock.move"].create(vals))
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": move.product_id.id,
                    "product_uom_id": move.product_uom.id,
                    "quantity": move.product_uom_qty,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "lot_id": self.lot_id.id,
                    "owner_id": owner.id,
                    "company_id": move.company_id.id,
                    "picked": True,
                }
            )
        ]
        move._action_confirm(merge=False)
        move._action_done()
        if move.state != "done":
            raise UserError(
                self.env._("%(part)s could not be taken over.", part=self.display_name)
            )

    def _log_title(self, bypassed):
        for part in self:
            self.env["reverse.event"]._log(
                part.rma_id,
                "TitleTaken",
                {
                    "inspection": part.id,
                    "line": part.line_id.id,
                    "quantity": part.quantity,
                    "value": part.title_value,
                    "currency": part.company_currency_id.name,
                    "combined_duties": part.rma_id in bypassed,
                },
            )
