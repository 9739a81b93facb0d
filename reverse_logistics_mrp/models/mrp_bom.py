from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .res_company import KIT_CREDITS


class MrpBom(models.Model):
    """Say on a kit what is credited when one of its components comes back."""

    _inherit = "mrp.bom"

    reverse_kit_credit = fields.Selection(
        KIT_CREDITS,
        "Credit of Components",
        help="What is credited when a component comes back. Empty: as the company "
        "says.",
    )

    def _get_reverse_kit_credit(self, company):
        return self.reverse_kit_credit or company.reverse_kit_credit

    @api.constrains("reverse_kit_credit", "type", "bom_line_ids")
    def _check_reverse_shares(self):
        for bom in self:
            if bom.type != "phantom":
                continue
            total = sum(bom.bom_line_ids.mapped("reverse_share"))
            named = bom.reverse_kit_credit == "table" or total
            if named and abs(total - 100.0) >= 0.005:
                raise ValidationError(
                    self.env._(
                        "The credit shares of %(bom)s add up to %(total).12g %%: enter "
                        "100 %% in total, or none at all.",
                        bom=bom.display_name,
                        total=total,
                    )
                )


class MrpBomLine(models.Model):
    """Say on a component which share of the kit's price it is worth."""

    _inherit = "mrp.bom.line"

    reverse_share = fields.Float(
        "Credit Share (%)",
        digits=(5, 2),
        help="The part of the kit's price that is credited when this component comes "
        "back.",
    )

    _reverse_share_percent = models.Constraint(
        "CHECK (reverse_share >= 0 AND reverse_share <= 100)",
        "A credit share lies between 0 and 100 %.",
    )
