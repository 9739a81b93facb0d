from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Odoo merges contacts in the database, where no model is asked."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Note on the returns of merged customers that they are another's now.

        :raises UserError: naming returns that are under legal hold, or under way: their
            credit would be another's
        """
        # sudo: returns of every company, whoever merges contacts
        rmas = self.env["reverse.rma"].sudo().with_context(active_test=False)
        names = rmas._get_person_fields()
        found = rmas.search(Domain.OR(Domain(n, "in", src_partners.ids) for n in names))
        found._check_not_held()
        open_rmas = found.filtered(lambda rma: rma.state in ("requested", "authorized"))
        if open_rmas and not self.env.user.has_group("base.group_system"):
            raise UserError(
                self.env._(
                    "%(rmas)s is under way, and its credit would go to another "
                    "customer. Finish it before you merge these contacts, or ask an "
                    "administrator of the system to merge them.",
                    rmas=", ".join(open_rmas.mapped("name")),
                )
            )
        moved = src_partners._get_reverse_moved({"parent_id"}) - src_partners
        res = super()._update_foreign_keys(src_partners, dst_partner)
        found.invalidate_recordset()
        (dst_partner | moved)._note_reverse_let_in()
        self.env["reverse.event"]._log(
            found,
            "CustomerMerged",
            {"partners": src_partners.ids, "into": dst_partner.id},
        )
        return res
