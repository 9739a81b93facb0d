from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import liability
from .reverse_claim_deadline import ASSUMED, FINDINGS


class ReverseSupplierClaim(models.Model):
    """Claims on carriers, who pay up to a limit, and on customs for duty."""

    _inherit = "reverse.supplier.claim"

    kind = fields.Selection(
        [
            ("supplier", "Supplier"),
            ("carrier", "Carrier"),
            ("duty", "Duty drawback"),
            ("rotation", "Stock rotation"),
        ],
        compute="_compute_kind",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        index=True,
        help="A supplier pays for what it sold, a carrier for what it damaged, customs "
        "gives duty back for goods that leave the country again. With stock rotation a "
        "supplier takes unsold goods back.",
    )
    finding = fields.Selection(
        [pair for pair in FINDINGS if pair[0] != "damage"],
        "What Was Found",
        default=ASSUMED,
        help="Until when the carrier has to be told depends on it.",
    )
    delivered_on = fields.Date(
        compute="_compute_delivered_on",
        store=True,
        readonly=False,
        help="From which the deadline counts.",
    )
    proof_of_delivery = fields.Binary(
        attachment=True,
        copy=False,
        unlocked=True,
        help="Signed by whoever took the goods, with what was noted there.",
    )
    proof_of_delivery_name = fields.Char("Name of the Proof", copy=False, unlocked=True)
    consignment = fields.Char(
        "Consignment Number", copy=False, help="The carrier's number of the transport."
    )
    declared_value = fields.Monetary(
        help="As declared to the carrier for a surcharge: it replaces the limit by "
        "weight."
    )
    gross_weight = fields.Float(
        "Gross Weight (kg)",
        digits="Stock Weight",
        compute="_compute_gross_weight",
        store=True,
        readonly=False,
        help="Of what was damaged or lost, with its packaging.",
    )
    cap_unit_value = fields.Monetary(
        "Value of One Unit",
        compute="_compute_cap_unit_value",
        store=True,
        readonly=False,
        help="What one special drawing right (SDR) is worth, in which the limit is "
        "stated.",
    )
    amount_limit = fields.Monetary(
        "Carrier Pays at Most", compute="_compute_amount_limit", store=True
    )
    limit_reason = fields.Char(compute="_compute_limit_reason")
    is_above_limit = fields.Boolean(compute="_compute_limit_reason")
    import_entry = fields.Char(
        copy=False, help="Number of the customs entry with which the goods came in."
    )
    export_reference = fields.Char(
        copy=False, help="Number of the export declaration, or of the destruction."
    )
    duty_paid = fields.Monetary(help="According to the import entry.")

    _duty_positive = models.Constraint(
        "CHECK (duty_paid >= 0 AND declared_value >= 0 AND gross_weight >= 0 "
        "AND cap_unit_value >= 0)",
        "Duty, value and weight of a claim cannot be negative.",
    )

    # ------------------------------------------------------------------
    # What is proposed
    # ------------------------------------------------------------------
    @api.depends("agreement_id")
    def _compute_kind(self):
        for claim in self:
            claim.kind = claim.agreement_id.kind or claim.kind or "supplier"

    @api.depends("line_ids.counted_from")
    def _compute_delivered_on(self):
        for claim in self:
            starts = [day for day in claim.line_ids.mapped("counted_from") if day]
            claim.delivered_on = min(starts, default=claim.delivered_on)

    @api.depends("kind", "line_ids.quantity", "line_ids.product_id")
    def _compute_gross_weight(self):
        products = self.env["product.template"]
        unit = products._get_weight_uom_id_from_ir_config_parameter()
        kg = self.env.ref("uom.product_uom_kgm")
        for claim in self:
            # sudo: only what the goods weigh is read
            lines = claim.sudo().line_ids.filtered(lambda line: line.kind == "goods")
            weight = sum(line.product_id.weight * line.quantity for line in lines)
            if claim.kind == "carrier" and weight:
                weight = unit._compute_quantity(weight, kg, round=False)
                claim.gross_weight = weight
            else:
                claim.gross_weight = claim.gross_weight

    @api.depends("agreement_id", "currency_id")
    def _compute_cap_unit_value(self):
        today = fields.Date.context_today(self)
        for claim in self:
            agreement = claim.agreement_id
            value = agreement.cap_unit_value
            if value and claim.currency_id and claim.company_id:
                claim.cap_unit_value = agreement.currency_id._convert(
                    value, claim.currency_id, claim.company_id, today, round=False
                )
            else:
                claim.cap_unit_value = claim.cap_unit_value

    # ------------------------------------------------------------------
    # How much a carrier pays at most
    # ------------------------------------------------------------------
    @api.depends(
        "kind",
        "finding",
        "gross_weight",
        "declared_value",
        "cap_unit_value",
        "agreement_id.carriage",
    )
    def _compute_amount_limit(self):
        for claim in self:
            limit = claim._get_limit()
            claim.amount_limit = limit.amount if limit else 0.0

    def _get_limit(self):
        """Give the ``engine.liability.Limit``, None where there is none."""
        self.ensure_one()
        if self.kind != "carrier":
            return None
        per_kg, _unit = self._get_cap()
        return liability.limit(
            self.gross_weight,
            per_kg,
            self.cap_unit_value,
            self.declared_value,
            self.currency_id.round,
        )

    def _get_cap(self):
        # sudo: which law counts, whoever reads the agreement
        carriage = self.sudo().agreement_id.carriage
        if not carriage:
            return 0.0, ""
        return self.env["reverse.claim.deadline"]._get_cap(carriage, self.finding)

    @api.depends("amount_limit", "amount_claimed", "gross_weight", "cap_unit_value")
    @api.depends_context("lang")
    def _compute_limit_reason(self):
        for claim in self:
            limit = claim._get_limit()
            claim.limit_reason = claim._explain_limit(limit)
            claim.is_above_limit = bool(limit) and (
                claim.currency_id.compare_amounts(claim.amount_claimed, limit.amount)
                > 0
            )

    def _explain_limit(self, limit):
        """Say what the carrier pays at most and why, or what is missing to tell."""
        self.ensure_one()
        per_kg, unit = self._get_cap()
        values = {
            "per_kg": f"{per_kg:.2f}",
            "unit": unit,
            "weight": f"{self.gross_weight:.12g}",
        }
        if not limit:
            if self.kind != "carrier" or not per_kg:
                return False
            return self.env._(
                "The carrier's liability is limited to %(per_kg)s %(unit)s for each kg "
                "of gross weight. Enter the weight and what one unit is worth to see "
                "the limit.",
                **values,
            )
        values["most"] = self.currency_id.format(limit.amount)
        if limit.basis == "declared":
            return self.env._(
                "The carrier pays at most %(most)s: the value that was declared.",
                **values,
            )
        return self.env._(
            "The carrier pays at most %(most)s: %(per_kg)s %(unit)s for each of "
            "%(weight)s kg, at %(rate)s.",
            rate=self.currency_id.format(self.cap_unit_value),
            **values,
        )

    def action_lower_to_limit(self):
        """Claim what the carrier pays at most, from each line in proportion."""
        self._check_duty("claims")
        for claim in self:
            claim._check_editable()
            limit = claim._get_limit()
            if limit:
                lines = {line: line.amount_claimed for line in claim.line_ids}
                lowered = liability.lower(lines, limit.amount, claim.currency_id.round)
                claim.line_ids._guarded_write_each(
                    {line: {"amount_claimed": each} for line, each in lowered.items()}
                )
        return True

    # ------------------------------------------------------------------
    # Submitting
    # ------------------------------------------------------------------
    def _check_limit(self):
        """More than the carrier has to pay is for an approver to claim."""
        self.ensure_one()
        if self.is_above_limit:
            raise UserError(
                self.env._(
                    "%(claim)s: %(reason)s Choose “Lower to Limit”, or let an approver "
                    "of claims submit it who neither opened nor changed it: with "
                    "intent or gross negligence no limit counts.",
                    claim=self.name,
                    reason=self.limit_reason,
                )
            )

    def _check_drawback(self):
        """Customs gives back what was paid, for goods that it can trace."""
        self.ensure_one()
        if self.kind != "duty":
            return
        if not (self.import_entry and self.export_reference and self.duty_paid):
            raise UserError(
                self.env._(
                    "%(claim)s: enter the import entry, the duty paid with it, and the "
                    "export reference. Customs gives nothing back without them.",
                    claim=self.name,
                )
            )
        if self.currency_id.compare_amounts(self.amount_claimed, self.duty_paid) > 0:
            raise UserError(
                self.env._(
                    "%(claim)s claims %(claimed)s, but only %(paid)s of duty was paid.",
                    claim=self.name,
                    claimed=self.currency_id.format(self.amount_claimed),
                    paid=self.currency_id.format(self.duty_paid),
                )
            )
