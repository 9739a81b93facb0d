from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import claims
from ..config.reverse_reason import CLAIMS


class ReverseRmaLine(models.Model):
    """Shipping errors: what the customer says arrived, and what is made of it."""

    _inherit = "reverse.rma.line"

    claim = fields.Selection(
        CLAIMS,
        "Shipping Error",
        compute="_compute_claim",
        store=True,
        readonly=False,
        index="btree_not_null",
        help="The books say something else was shipped than arrived. A person decides; "
        "then both are made to agree.",
    )
    remedy = fields.Selection(
        [("reship", "Send it"), ("credit", "Credit it")],
        compute="_compute_remedy",
        store=True,
        readonly=False,
        help="What the customer gets for goods that did not arrive.",
    )
    claimed_product_id = fields.Many2one(
        "product.product",
        "Came Instead",
        check_company=True,
        ondelete="restrict",
        help="The product that was sent by mistake: one for each that was ordered.",
    )
    claimed_tracking = fields.Selection(
        related="claimed_product_id.tracking", string="Tracking of What Came"
    )
    claimed_lot_id = fields.Many2one(
        "stock.lot",
        "Lot/Serial That Came",
        check_company=True,
        domain="[('product_id', '=', claimed_product_id)]",
        ondelete="restrict",
    )
    claimed_price = fields.Float(
        "Agreed Price",
        min_display_digits="Product Price",
        help="Per unit of this line, before discounts, as on the invoice.",
    )
    carrier_claim_ref = fields.Char(
        "Claim at Carrier",
        help="Number of the claim or inquiry at the carrier. Goods that never arrived "
        "need it, or a proof attached to the return.",
        unlocked=True,
    )
    claimed_move_id = fields.Many2one(
        "stock.move",
        "Delivery with the Error",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
    )
    claim_line_id = fields.Many2one(
        "reverse.rma.line",
        "Sent Instead Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The line whose product was ordered.",
        guarded=True,
    )
    gives_credit = fields.Boolean(
        default=True,
        readonly=True,
        copy=False,
        help="Goods that were sent by mistake were never sold: nothing is credited.",
        guarded=True,
    )

    @api.depends("reason_id")
    def _compute_claim(self):
        for line in self:
            line.claim = line.reason_id.claim

    @api.depends("claim", "rma_id.settlement_type")
    def _compute_remedy(self):
        for line in self:
            plan = claims.PLANS.get(line.claim)
            reship = line.rma_id.settlement_type == "replacement"
            line.remedy = (
                plan and plan.gives == "goods" and ("reship" if reship else "credit")
            )

    def _get_plan(self):
        self.ensure_one()
        return claims.PLANS.get(self.claim)

    # ------------------------------------------------------------------
    # What is asked for
    # ------------------------------------------------------------------
    def _get_claim_facts(self, **values):
        self.ensure_one()
        return claims.Facts(
            product=self.product_id.id,
            lot=self.lot_id.id,
            tracking=self.tracking,
            claimed_product=self.claimed_product_id.id,
            claimed_lot=self.claimed_lot_id.id,
            claimed_tracking=self.claimed_tracking or "none",
            claimed_price=self.claimed_price or None,
            **values,
        )

    def _get_claim_gap(self):
        """Say what has to be entered before this line can be requested."""
        self.ensure_one()
        gap = self.claim and claims.find_gap(self.claim, self._get_claim_facts())
        return gap and self._explain_obstacle(gap)

    def _check_claim_gaps(self):
        for line in self.filtered("claim"):
            gap = line._get_claim_gap()
            if gap:
                raise UserError(gap)

    @api.constrains("claimed_product_id", "claimed_lot_id")
    def _check_claimed_lot(self):
        for line in self:
            lot = line.claimed_lot_id
            if lot and lot.product_id != line.claimed_product_id:
                raise UserError(
                    self.env._(
                        "%(lot)s is not a lot or serial number of %(product)s.",
                        lot=lot.name,
                        product=line.claimed_product_id.display_name,
                    )
                )

    def _find_deliveries(self, preview=False):
        """Claims that take nothing of a delivery are about the newest one."""
        unnamed = self.filtered(
            lambda line: line.claim and not line._get_plan().takes and not line.move_id
        )
        if unnamed:
            # sudo: the order's deliveries
            moves = unnamed._get_candidate_moves().sudo()
            for line in unnamed:
                line._name_claimed_delivery(moves)
        return super()._find_deliveries(preview)

    def _name_claimed_delivery(self, moves):
        self.ensure_one()
        own = moves.filtered(
            lambda m: (
                m.product_id == self.product_id
                and self.sale_line_id in (m.sale_line_id, m.sale_line_id.browse())
            )
        )[:1]
        if own:
            vals = {"move_id": own.id, "sale_line_id": own.sale_line_id.id}
            self._guarded_write(vals)

    def _takes_from_delivery(self):
        """Whether these goods are counted as coming back of the named delivery."""
        self.ensure_one()
        plan = self._get_plan()
        return not plan or plan.takes or bool(self.claimed_move_id)

    def _get_claims(self, by_lot=False):
        lines = self.filtered(lambda line: line._takes_from_delivery())
        return super(ReverseRmaLine, lines)._get_claims(by_lot)

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------
    def _evaluate(self, versions):
        """No policy decides that the books are wrong."""
        verdicts = super()._evaluate(versions)
        for line in self.filtered(lambda line: line.claim and line._is_sourced()):
            verdicts[line] |= {
                "decision": "review",
                "decision_code": "claim",
                "explanation": line._explain_claim(),
            }
        return verdicts

    def _explain_claim(self):
        label = dict(self._fields["claim"]._description_selection(self.env))
        return self.env._(
            "“%(claim)s”: a person checks what was shipped and decides.",
            claim=label[self.claim],
        )

    def _get_settlement_type(self):
        if not self.gives_credit:
            return "none"
        wanted = super()._get_settlement_type()
        if not self.claim:
            return wanted
        return claims.settlement(self.claim, wanted, self.remedy)

    def _check_claim_accepted(self):
        """Refuse what cannot be accepted yet, and say what is missing.

        :raises UserError: naming line and obstacle
        """
        for line in self:
            priced = line._get_priced() if line.claim == "price_error" else []
            prices = [one.price * one.factor for one in priced]
            facts = line._get_claim_facts(
                proven=line._is_proven(), price=max(prices, default=None)
            )
            obstacle = claims.find_obstacle(line.claim, facts)
            if obstacle:
                raise UserError(line._explain_obstacle(obstacle))

    def _is_proven(self):
        """A claim at the carrier, or a document at the line or its return."""
        self.ensure_one()
        if self.carrier_claim_ref and self.carrier_claim_ref.strip():
            return True
        # sudo: whether there is one
        files = self.env["ir.attachment"].sudo()
        files = files.search(
            [
                "|",
                "&",
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                "&",
                ("res_model", "=", self.rma_id._name),
                ("res_id", "=", self.rma_id.id),
            ]
        )
        # Anything can come with a message on the return.
        return any(file._is_reverse_evidence() for file in files)

    def _explain_obstacle(self, code):
        """Say what is missing, as a sentence."""
        sentences = {
            "lot": self.env._("%(line)s: enter which lot or serial number it is."),
            "product": self.env._("%(line)s: enter which product came instead."),
            "same": self.env._(
                "%(line)s: what came instead is what was delivered by the books. Enter "
                "the other product, or the other serial number."
            ),
            "claimed_lot": self.env._(
                "%(line)s: enter the lot or serial number of what came instead."
            ),
            "price": self.env._("%(line)s: enter the price that was agreed."),
            "proof": self.env._(
                "%(line)s: attach a proof of what was delivered or not, or enter the "
                "claim at the carrier, before goods that never arrived are made good."
            ),
            "invoice": self.env._(
                "%(line)s has no posted invoice whose price could be wrong. Change the "
                "price on the order instead."
            ),
            "not_lower": self.env._(
                "%(line)s: the agreed price is not below the invoiced one, so there is "
                "nothing to credit."
            ),
        }
        return sentences[code] % {"line": self.display_name}
