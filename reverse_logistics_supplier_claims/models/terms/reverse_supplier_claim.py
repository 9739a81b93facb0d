from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..reverse_supplier_claim_line import SELLER


class ReverseSupplierClaim(models.Model):
    """Claims on goods whose warranty is over."""

    _inherit = "reverse.supplier.claim"

    def _is_on_seller(self):
        """Whether the goods were bought from whoever has to pay."""
        self.ensure_one()
        return self.kind in SELLER

    def _check_warranty(self):
        """What came back after the supplier's warranty is for an approver to submit."""
        for line in self.line_ids._get_out_of_warranty():
            raise UserError(
                self.env._(
                    "%(line)s came back after the supplier's warranty, which ended on "
                    "%(day)s. An approver of claims who neither opened nor changed the "
                    "claim may submit it.",
                    line=line.display_name,
                    day=format_date(self.env, line.warranty_until),
                )
            )

    def _retake_terms(self, before):
        """Ask for what another agreement lets us ask for, once it is chosen.

        What somebody has entered otherwise stays, and a note says so.

        :param dict before: ``{claim: the agreement before}``
        """
        for claim, agreement in before.items():
            if claim.state == "draft" and claim.agreement_id != agreement:
                kept = claim.line_ids._retake_terms(agreement)
                if kept:
                    claim._message_log(
                        body=self.env._(
                            "What was entered by hand, and goods that no inspection "
                            "found, stay as they were under the other agreement: "
                            "%(goods)s.",
                            goods=", ".join(kept.mapped("display_name")),
                        )
                    )
