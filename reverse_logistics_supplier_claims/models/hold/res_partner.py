from odoo import api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Suppliers to whom the company sends nothing."""

    _inherit = "res.partner"

    reverse_hold_note = fields.Char(
        "On Hold",
        compute="_compute_reverse_hold_note",
        compute_sudo=True,
        # Suppliers read their own partner in the portal.
        groups="base.group_user",
    )

    def write(self, vals):
        """Refuse that contacts leave a company while it is on hold.

        What was ordered of them is of that company, and could be sent to them then.
        """
        before = {}
        if not {"parent_id", "is_company"}.isdisjoint(vals):
            # sudo: whoever changes a contact may not read its company
            moved = self._get_reverse_moved(vals).sudo()
            before = {own: own.commercial_partner_id for own in moved}
        res = super().write(vals)
        left = {
            own: company
            for own, company in before.items()
            if company not in (own, own.commercial_partner_id)
        }
        companies = self.browse().union(*left.values())
        for hold in companies._find_reverse_holds() if left else ():
            own = next(own for own in left if left[own] == hold.partner_id)
            raise UserError(
                self.env._(
                    "%(company)s is on hold, and %(contact)s belongs to it: once the "
                    "hold is lifted, change to whom the contact belongs.",
                    company=hold.partner_id.display_name,
                    contact=own.name,
                )
            )
        return res

    def _find_reverse_controls(self):
        """Find holds, too: they are known by the contact that they name."""
        return [*self._find_reverse_holds(), *super()._find_reverse_controls()]

    def _find_reverse_holds(self):
        # sudo: holds of all companies, whoever asks
        holds = self.env["reverse.supplier.hold"].sudo()
        return holds.search([("partner_id", "in", self.ids), ("state", "=", "held")])

    def _find_reverse_parties(self):
        """Find holds and agreements with suppliers, too."""
        # sudo: agreements of all companies, whoever changes a contact
        agreements = self.env["reverse.supplier.agreement"].sudo()
        agreed = agreements.search([("partner_id", "in", self.ids)], limit=1)
        found = [*self._find_reverse_holds(), *agreed]
        return found or super()._find_reverse_parties()

    @api.depends_context("company", "lang")
    def _compute_reverse_hold_note(self):
        holds = self.env["reverse.supplier.hold"]
        for partner in self:
            found = holds._find(partner._origin, self.env.company)
            partner.reverse_hold_note = found._explain() if found else False

    def action_view_reverse_hold(self):
        """Open the hold, or the form in which the supplier is put on hold."""
        self.ensure_one()
        hold = self.env["reverse.supplier.hold"]._find(self, self.env.company)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Supplier on Hold"),
            "res_model": "reverse.supplier.hold",
            "view_mode": "form",
            "res_id": hold.id,
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }
