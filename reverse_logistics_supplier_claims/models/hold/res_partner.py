from odoo import api, fields, models
from odoo.exceptions import UserError

#: These say to which company a contact belongs.
_OWNERS = frozenset({"is_company", "parent_id"})


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
        """Refuse that who is on hold becomes a contact of somebody who is not."""
        companies = self.browse()
        if not _OWNERS.isdisjoint(vals):
            companies = self._filter_reverse_own()
        res = super().write(vals)
        (companies - companies._filter_reverse_own())._check_reverse_agreed()
        return res

    def _filter_reverse_own(self):
        """Give those that belong to nobody else."""
        # sudo: whoever changes a contact may not read its company
        return self.filtered(lambda own: own == own.sudo().commercial_partner_id)

    def _find_reverse_controls(self):
        """Find holds, too: they are known by the contact that they name."""
        return [*self._find_reverse_holds(), *super()._find_reverse_controls()]

    def _find_reverse_holds(self):
        # sudo: holds of all companies, whoever asks
        holds = self.env["reverse.supplier.hold"].sudo()
        return holds.search([("partner_id", "in", self.ids), ("state", "=", "held")])

    def _check_reverse_agreed(self):
        """Refuse that these belong to others, where holds or agreements name them."""
        # sudo: agreements of all companies, whoever changes a contact
        agreements = self.env["reverse.supplier.agreement"].sudo()
        agreed = self and agreements.search([("partner_id", "in", self.ids)], limit=1)
        for control in [*self._find_reverse_holds(), *agreed][:1]:
            partner = control.partner_id
            raise UserError(
                self.env._(
                    "“%(kind)s” names %(partner)s as a company of its own, and would "
                    "not hold for %(company)s. Let an approver of claims end it before "
                    "you change to whom the contact belongs.",
                    kind=self.env["ir.model"]._get(control._name).name,
                    partner=partner.name,
                    company=partner.commercial_partner_id.name,
                )
            )

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
