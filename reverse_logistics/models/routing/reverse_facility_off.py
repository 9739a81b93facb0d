from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseFacility(models.Model):
    """Facilities that are switched off, and what was on its way to them."""

    _inherit = "reverse.facility"

    is_off = fields.Boolean(
        compute="_compute_is_off", help="As saved, while a form is being filled in."
    )

    @api.depends("switched_off")
    def _compute_is_off(self):
        for facility in self:
            facility.is_off = facility._origin.switched_off

    def _is_off(self, day):
        """Whether goods that arrive on a day cannot come here."""
        self.ensure_one()
        return self.switched_off and (not self.off_until or day <= self.off_until)

    def action_reroute(self):
        """Send elsewhere what is authorized and has not been shipped yet.

        Customers are told the new address. What a person sent here stays, as does what
        no other facility takes.

        :raises AccessError: without the role customer service
        :raises UserError: when the facility is on, or nothing can go elsewhere
        """
        self.env["reverse.rma"]._check_duty("service")
        self.check_access("read")
        for facility in self:
            if not facility.switched_off:
                raise UserError(
                    self.env._(
                        "%(facility)s takes returns: switch it off first.",
                        facility=facility.name,
                    )
                )
        open_rmas = self._find_unshipped()
        moved = open_rmas._leave_facility()
        message = self.env._(
            "Routed elsewhere: %(moved)s. Unchanged: %(stay)s, because a person "
            "chose the facility, the goods arrive later, or no other facility takes "
            "them.",
            moved=len(moved),
            stay=len(open_rmas - moved),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if moved else "warning",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _find_unshipped(self):
        """Find the returns of which nothing is on its way yet."""
        return self.env["reverse.rma"].search(
            [
                ("facility_id", "in", self.ids),
                ("state", "in", ("requested", "authorized")),
                ("shipped_at", "=", False),
                ("received_at", "=", False),
                ("carrier_tracking_ref", "in", (False, "")),
            ]
        )
