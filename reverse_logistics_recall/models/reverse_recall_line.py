from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.effect import Reach

#: What customers say, as customer service notes it.
_SAID = {"answer", "destroyed", "told_otherwise"}


class ReverseRecallLine(models.Model):
    """Recalled goods of one lot that one customer got with one delivery.

    It is found through the delivery, and counts what is still with the customer then.
    Customer service notes what the customer says.
    """

    _name = "reverse.recall.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Recalled Goods of a Customer"
    _order = "recall_id desc, partner_id, id"
    _check_company_auto = True
    _found_once = models.UniqueIndex("(recall_id, move_id, COALESCE(lot_id, 0))")

    recall_id = fields.Many2one(
        "reverse.recall",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        guarded=True,
    )
    company_id = fields.Many2one(related="recall_id.company_id", store=True, index=True)
    state = fields.Selection(related="recall_id.state")
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    move_id = fields.Many2one(
        "stock.move",
        "Delivery",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    picking_id = fields.Many2one(related="move_id.picking_id", string="Transfer")
    product_id = fields.Many2one(related="move_id.product_id", store=True, index=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    lot_id = fields.Many2one(
        "stock.lot",
        "Lot/Serial",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="What the customer had of it when the recall found the delivery.",
        guarded=True,
    )
    rma_line_id = fields.Many2one(
        "reverse.rma.line",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    rma_id = fields.Many2one(related="rma_line_id.rma_id", string="Return", store=True)
    told_at = fields.Datetime(
        "Told",
        readonly=True,
        help="When the notice was mailed. Empty as well where the mail came back: "
        "call or write to the customer then.",
        guarded=True,
    )
    reminded_at = fields.Datetime("Reminded", readonly=True, guarded=True)
    unreached_reason = fields.Char(
        "Why There Is No Return",
        readonly=True,
        help="What kept the customer from getting a return; tried again each day.",
        guarded=True,
    )
    told_otherwise = fields.Char(
        help="How the customer was told, where a mail does not reach them.",
        unlocked=True,
    )
    answer = fields.Selection(
        [
            ("returns", "Sends It Back"),
            ("destroyed", "Destroyed It"),
            ("gone", "No Longer Has It"),
            ("keeps", "Keeps It"),
        ],
        help="What the customer says.",
        unlocked=True,
    )
    destroyed = fields.Float(
        digits="Product Unit",
        help="Destroyed, or made unusable, by the customer.",
        unlocked=True,
    )
    returned = fields.Float(
        digits="Product Unit", compute="_compute_reach", compute_sudo=True
    )
    outstanding = fields.Float(
        digits="Product Unit",
        compute="_compute_reach",
        compute_sudo=True,
        help="Nobody knows yet that these are out of use.",
    )

    _destroyed_positive = models.Constraint(
        "CHECK (destroyed >= 0)", "What was destroyed cannot be below zero."
    )

    @api.depends("product_id", "partner_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.partner_id.name}: {line.product_id.name}"

    @api.depends("rma_line_id.qty_received", "quantity", "destroyed")
    def _compute_reach(self):
        for line in self:
            reach = line._get_reach()
            line.returned = reach.returned
            line.outstanding = reach.outstanding

    def _get_reach(self):
        """Give what is known of these goods, see ``engine.effect``."""
        self.ensure_one()
        returned = self.rma_line_id.qty_received
        return Reach(
            quantity=self.quantity,
            returned=returned,
            destroyed=self.destroyed,
            told=bool(self.told_at or self.told_otherwise),
            answered=bool(self.answer or returned),
        )

    def _lacks_return(self):
        """Tell whether the customer has no return to send the goods with.

        One that the customer has cancelled is made anew, until they have answered.
        """
        self.ensure_one()
        ended = self.rma_id.state in ("cancelled", "rejected") and not self.answer
        return ended or not self.rma_line_id

    def _prepare_return_line(self, reason):
        self.ensure_one()
        return {
            "move_id": self.move_id.id,
            "product_id": self.product_id.id,
            "uom_id": self.uom_id.id,
            "lot_id": self.lot_id.id,
            "quantity": self.quantity,
            "reason_id": reason.id,
            "recall_line_id": self.id,
        }

    @api.constrains("destroyed", "answer")
    def _check_destroyed(self):
        for line in self:
            known = line.destroyed + line._get_reach().returned
            more = line.destroyed and line.uom_id.compare(known, line.quantity) > 0
            if more:
                raise UserError(
                    self.env._(
                        "%(customer)s got %(quantity)s of %(product)s, of which some "
                        "may have come back: no more can have been destroyed.",
                        customer=line.partner_id.display_name,
                        quantity=line.uom_id._say_reverse(line.quantity),
                        product=line.product_id.display_name,
                    )
                )
            if line.destroyed and line.answer in ("returns", "keeps", False):
                raise UserError(
                    self.env._(
                        "%(customer)s: choose “Destroyed It” or “No Longer Has It” "
                        "as the answer where goods were destroyed.",
                        customer=line.partner_id.display_name,
                    )
                )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("Recalled goods are found through deliveries: “Find Customers”.")
        )

    def write(self, vals):
        if not self._in_workflow():
            self._check_duty("service")
            self.recall_id._check_running()
        res = super().write(vals)
        if _SAID & vals.keys():
            self._log_answers()
        return res

    def _log_answers(self):
        """Keep who noted which answer: by these a recall is said to be effective."""
        by_rma = self.filtered("rma_id").grouped("rma_id")
        self.env["reverse.event"]._log(
            self.rma_id,
            "RecallAnswered",
            lambda rma: {
                "lines": [
                    {
                        "line": line.rma_line_id.id,
                        "answer": line.answer or "",
                        "quantity": line.destroyed,
                        "told": bool(line.told_otherwise),
                    }
                    for line in by_rma[rma]
                ]
            },
        )

    def _check_editable(self):
        """What is found is not changed by hand; see ``unlocked`` fields."""
        if not self._in_workflow():
            raise UserError(
                self.env._("What a recall has found is not changed by hand.")
            )

    def action_open_return(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()
