from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class StockPicking(models.Model):
    _inherit = "stock.picking"

    reverse_rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        compute="_compute_reverse_rma_id",
        store=True,
        index="btree_not_null",
    )

    reverse_possessed_on = fields.Date(
        "With the Customer on",
        copy=False,
        tracking=True,
        help="The day of the carrier's proof of delivery. While it is empty, what "
        "customers have to do within days of having the goods counts from the day of "
        "dispatch and the transit time.",
    )

    @api.depends(
        "move_ids.reverse_rma_line_id",
        "move_ids.reverse_inspection_id",
        "move_ids.reverse_settlement_line_id",
    )
    def _compute_reverse_rma_id(self):
        for picking in self:
            moves = picking.move_ids
            picking.reverse_rma_id = (
                moves.reverse_rma_line_id.rma_id
                or moves.reverse_inspection_id.rma_id
                or moves.reverse_settlement_line_id.rma_id
            )[:1]

    @api.constrains("reverse_possessed_on")
    def _check_reverse_possessed_on(self):
        for picking in self.filtered("reverse_possessed_on"):
            day, company = picking.reverse_possessed_on, picking.company_id
            if day > company._get_reverse_today():
                raise ValidationError(
                    self.env._(
                        "The customer cannot have %(transfer)s on a day to come: enter "
                        "the day of the carrier's proof of delivery.",
                        transfer=picking.display_name,
                    )
                )
            # What a supplier sends is often booked after it has arrived.
            sent = picking.picking_type_code == "outgoing" and picking.move_ids
            done = sent and sent.filtered(lambda move: move.state == "done")
            if done and day < (
                left := company._to_reverse_day(min(done.mapped("date")))
            ):
                raise ValidationError(
                    self.env._(
                        "The customer cannot have %(transfer)s before it left on "
                        "%(day)s.",
                        transfer=picking.display_name,
                        day=format_date(self.env, left),
                    )
                )

    def write(self, vals):
        # Clients never run as superuser; whatever does was checked before.
        if "reverse_rma_id" in vals and not self.env.su:
            raise UserError(
                self.env._("The return of a transfer cannot be set by hand.")
            )
        return super().write(vals)

    def _get_reverse_transit_keys(self):
        """What the transit time depends on; other addons add the carrier."""
        self.ensure_one()
        return {"country": self.partner_id.country_id.id}

    @api.model
    def _get_reverse_search_domain(self, text):
        """What finds the transfer that a text from its papers means.

        Other addons add what else is written on a parcel.

        :param str text: what was typed or scanned, wildcards escaped
        """
        return Domain("name", "=ilike", text) | Domain("origin", "=ilike", text)

    def action_view_reverse_rma(self):
        self.ensure_one()
        return self.reverse_rma_id.get_formview_action()
