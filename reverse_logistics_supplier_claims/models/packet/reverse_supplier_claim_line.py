from odoo import models
from odoo.tools import format_date

from odoo.addons.reverse_logistics.models.base.reverse_labels import get_labels


class ReverseSupplierClaimLine(models.Model):
    """What papers and pages say of one line."""

    _inherit = "reverse.supplier.claim.line"

    def _get_kind_label(self):
        self.ensure_one()
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _get_short_name(self):
        """Give the name of a line below the number of its claim."""
        self.ensure_one()
        return self.display_name.removeprefix(f"{self.claim_id.name}: ")

    def _get_facts(self):
        """Say of the goods what their supplier knows them by.

        :return: ``[(label, value)]``, without what is not known
        """
        self.ensure_one()
        # sudo: what a claim is about, for whoever may read the claim
        line = self.sudo()
        part = line.inspection_id
        facts = [
            (self.env._("Lot/serial number"), line.lot_id.name),
            (self.env._("Your code"), line.code_id._say() if line.code_id else None),
            (self.env._("Reason"), part.reason_id.name),
            (self.env._("Condition"), part.condition_id.name),
            (
                self.env._("What was found"),
                line.kind == "goods" and get_labels(line, "found").get(line.found),
            ),
            *(line._get_bought_facts() if line.claim_id._is_on_seller() else ()),
            (self.env._("Consignment"), line.claim_id.consignment),
            (
                self.env._("Came back"),
                line._say_day(line._get_returned_on()) if part else None,
            ),
            (self.env._("Warranty until"), line._say_day(line.warranty_until)),
        ]
        return [(label, value) for label, value in facts if value]

    def _get_bought_facts(self):
        """Say with which purchase the goods came in, which no carrier has to know."""
        order, move = self.purchase_line_id.order_id, self.receipt_move_id
        return [
            (self.env._("Purchase order"), order.name),
            (self.env._("Your order number"), order.partner_ref),
            (self.env._("Receipt"), move.picking_id.name),
            (self.env._("Received"), self._say_day(self.received_on)),
            (self.env._("Your bill"), self._get_bill_number()),
        ]

    def _say_day(self, day):
        return day and format_date(self.env, day)

    def _get_bill_number(self):
        """Give the supplier's numbers of the bills, else ours."""
        bills = self.bill_ids.bill_line_id.move_id
        return ", ".join(bill.ref or bill.name for bill in bills)
