from datetime import timedelta

from odoo import api, fields, models


class ReverseInspection(models.Model):
    """Find goods that should go back to the customer and are not collected."""

    _inherit = "reverse.inspection"

    abandoned = fields.Boolean(
        readonly=True,
        help="The customer did not collect the goods: nothing is credited for them.",
        guarded=True,
    )

    def _is_unclaimed(self):
        """Tell whether the part is ready to go back to the customer and still here."""
        self.ensure_one()
        to_customer = self.disposition_id.location_state == "customer"
        return (
            self.state == "done"
            and to_customer
            and not self.not_inspected
            and not self.goods_gone
            # sudo: whoever looks at the return need not have access to deliveries
            and any(m.state not in ("done", "cancel") for m in self.sudo().move_ids)
        )

    @api.model
    def _find_unclaimed(self):
        """Find goods that have been ready to leave for longer than allowed."""
        found = self.browse()
        now = fields.Datetime.now()
        for company in self.env["res.company"].search(
            [("reverse_unclaimed_days", ">", 0)]
        ):
            found |= self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "done"),
                    ("disposition_id.location_state", "=", "customer"),
                    ("not_inspected", "=", False),
                    ("goods_gone", "=", False),
                    ("move_ids.state", "not in", ("done", "cancel")),
                    (
                        "inspected_at",
                        "<",
                        now - timedelta(company.reverse_unclaimed_days),
                    ),
                ]
            )
        return found.filtered(lambda part: part._is_unclaimed())

    def _tell_unclaimed(self):
        """Tell of those of these that are still here."""
        here = self.filtered(lambda part: part._is_unclaimed())
        self.env["reverse.exception"]._raise_unclaimed(here)
