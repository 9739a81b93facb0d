from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


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
        self._check_reverse_named(src_partners)
        if not self.env.user.has_group("base.group_system"):
            self._check_reverse_claims(src_partners, found)
        moved = src_partners._get_reverse_moved({"parent_id"}) - src_partners
        res = super()._update_foreign_keys(src_partners, dst_partner)
        found.invalidate_recordset()
        self._rename_reverse_owners(src_partners, dst_partner.commercial_partner_id)
        (dst_partner | moved)._note_reverse_let_in()
        self.env["reverse.event"]._log(
            found,
            "CustomerMerged",
            {"partners": src_partners.ids, "into": dst_partner.id},
        )
        return res

    def _rename_reverse_owners(self, partners, owner):
        """Have what sales and returns keep of merged customers name who is left.

        No control begins to hold for sales of somebody else by a merge: where one names
        who is left, they keep who bought, and a person decides on their returns.
        """
        if owner._find_reverse_parties():
            return
        kept = {"reverse.rma": "customer_facts"}
        for model in self.env.registry.descendants(["reverse.sold.mixin"], "_inherit"):
            if not self.env[model]._abstract:
                kept[model] = "reverse_agreed"
        for model, name in kept.items():
            self.env[model].flush_model([name])
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE %(table)s
                       SET %(kept)s = jsonb_set(
                               %(kept)s, '{owner}', to_jsonb(%(owner)s::integer)
                           )
                     WHERE %(kept)s ->> 'owner' IN %(gone)s
                    """,
                    table=SQL.identifier(self.env[model]._table),
                    kept=SQL.identifier(name),
                    owner=owner.id,
                    gone=tuple(map(str, partners.ids)),
                )
            )
            self.env[model].invalidate_model([name])

    def _check_reverse_named(self, partners):
        """Refuse that controls name another contact without those who approve them.

        :raises UserError: naming the control, whoever merges
        """
        rule = partners._find_naming_rule()[0]
        for control in [rule] if rule else partners._find_reverse_controls()[:1]:
            raise UserError(
                self.env._(
                    "“%(control)s” (%(kind)s) names a contact that would be merged "
                    "into another one, and would hold for that one then. Change it "
                    "first, as such changes are approved, and then merge the contacts.",
                    control=control.display_name,
                    kind=self.env["ir.model"]._get(control._name).name,
                )
            )

    def _check_reverse_claims(self, partners, rmas):
        """Refuse to give another customer what these are still entitled to.

        :param rmas: all returns of these contacts
        :raises UserError: naming what is open
        """
        open_rmas = rmas.filtered(lambda rma: rma.state in ("requested", "authorized"))
        if open_rmas:
            raise UserError(
                self.env._(
                    "%(rmas)s is under way, and its credit would go to another "
                    "customer. Finish it before you merge these contacts, or ask an "
                    "administrator of the system to merge them.",
                    rmas=", ".join(open_rmas.mapped("name")),
                )
            )
        # sudo: deposits of every company, whoever merges contacts
        deposits = self.env["reverse.deposit"].sudo()
        left = [("partner_id", "in", partners.ids), ("qty_left", ">", 0)]
        for deposit in deposits.search(left, limit=1):
            raise UserError(
                self.env._(
                    "%(customer)s is still entitled to a deposit of %(invoice)s, which "
                    "would be another customer's. Ask an administrator of the system "
                    "to merge these contacts.",
                    customer=deposit.partner_id.display_name,
                    invoice=deposit.invoice_id.name,
                )
            )
