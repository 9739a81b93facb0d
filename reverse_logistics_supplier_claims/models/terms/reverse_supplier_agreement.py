from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ...engine import agreements, codes


class ReverseSupplierAgreement(models.Model):
    """The supplier's warranty, and its words for what we find."""

    _inherit = "reverse.supplier.agreement"
    _warranty_positive = models.Constraint(
        "CHECK (warranty_months >= 0)", "A warranty cannot be negative."
    )

    warranty_months = fields.Integer(
        "Warranty in Months",
        help="Counted from the receipt, and noted on each serial number that comes in. "
        "What comes back later is submitted by an approver only. 0: none was promised.",
    )
    code_ids = fields.One2many(
        "reverse.supplier.code", "agreement_id", "Supplier's Codes", copy=True
    )

    @api.model
    def _find_warranties(self, goods):
        """Say until when the suppliers of goods that come in give warranty.

        :param dict goods: ``{key: engine.agreements.Goods}``
        :return: ``{key: last day}``, without those that have no warranty
        """
        companies = self._get_companies(goods.values())
        # sudo: what was agreed counts whoever receives the goods
        known = self.sudo().search(
            [("warranty_months", ">", 0), ("company_id", "in", companies)]
        )
        choices = [agreement._for_engine() for agreement in known]
        months = {
            key: agreements.find_warranty(choices, one) for key, one in goods.items()
        }
        return {
            key: goods[key].day + relativedelta(months=count)
            for key, count in months.items()
            if count
        }

    def _find_codes(self, parts):
        """Give the supplier's code for each part, an empty one where none fits."""
        rows = self.code_ids
        choices = [row._for_engine() for row in rows]
        found = {}
        for part in parts:
            reason, reasons = part.reason_id, []
            while reason:
                reasons.append(reason.id)
                reason = reason.parent_id
            code = codes.find(choices, tuple(reasons), part.condition_id.id)
            found[part] = rows.browse(code.id if code else ())
        return found
