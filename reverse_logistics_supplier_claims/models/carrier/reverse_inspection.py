from odoo import api, fields, models

from ...engine import liability
from .reverse_claim_deadline import ASSUMED


class ReverseInspection(models.Model):
    """Until when the carrier has to be told, where damage is found."""

    _inherit = "reverse.inspection"

    carrier_notice = fields.Char(
        "Tell the Carrier", compute="_compute_carrier_notice", compute_sudo=True
    )

    @api.depends("state", "liability", "rma_id.carrier_partner_id")
    @api.depends_context("lang")
    def _compute_carrier_notice(self):
        """To be inspected, or found to be the carrier's fault and not claimed yet."""
        waiting = self.filtered(
            lambda part: (
                part.state == "draft"
                or (part.state == "done" and part.liability == "carrier")
            )
        )
        found = waiting.filtered(lambda part: part.state == "done")
        claimed = self.browse(part.id for part in found._find_claimed())
        notices = waiting.line_id._get_carrier_notices()
        for part in self:
            tells = part in waiting and part not in claimed
            part.carrier_notice = tells and " ".join(notices.get(part.line_id, ()))

    def _get_carried_weights(self):
        """Give what the goods weigh, ``{part: kg}``, without their packaging."""
        products = self.env["product.template"]
        unit = products._get_weight_uom_id_from_ir_config_parameter()
        kg = self.env.ref("uom.product_uom_kgm")
        return {
            part: unit._compute_quantity(
                part.product_id.weight * part.line_id._in_product_uom(part.quantity),
                kg,
                round=False,
            )
            for part in self
        }

    def _get_carrier_limit(self, weight, agreement, currency, day):
        """Give the most that the carrier pays for these goods, None without a limit.

        A claim may state more: what was declared, or what the packaging weighs.
        """
        self.ensure_one()
        if agreement.kind != "carrier" or not agreement.carriage:
            return None
        per_kg, _unit = self.env["reverse.claim.deadline"]._get_cap(
            agreement.carriage, ASSUMED
        )
        limit = liability.limit(
            weight,
            per_kg,
            agreement.currency_id._convert(
                agreement.cap_unit_value, currency, self.company_id, day, round=False
            ),
            0.0,
            currency.round,
        )
        return limit and limit.amount
