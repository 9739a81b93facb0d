from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseSupplierClaim(models.Model):
    """Goods that are destroyed here, or that the supplier sends back to us."""

    _inherit = "reverse.supplier.claim"

    is_destroy_allowed = fields.Boolean(compute="_compute_goods_steps_allowed")
    is_back_allowed = fields.Boolean(compute="_compute_goods_steps_allowed")

    @api.depends(
        "state",
        "answered_on",
        "line_ids.amount_approved",
        "line_ids.destroyed_on",
        "line_ids.move_ids.state",
    )
    @api.depends_context("uid")
    def _compute_goods_steps_allowed(self):
        mine = self._has_duty("claims")
        for claim in self:
            # sudo: who took earlier steps, for whoever reads the claim
            known = claim.sudo()
            own = self.env.user in known.opened_by_id | known.submitter_ids
            claim.is_destroy_allowed = (
                mine and not own and bool(claim._get_destroyable())
            )
            claim.is_back_allowed = mine and bool(claim._get_returnable())

    # ------------------------------------------------------------------
    # Destroyed here, with a certificate
    # ------------------------------------------------------------------
    def action_destroy(self):
        """Open the form in which the destruction and its certificate are noted."""
        self._check_duty("claims")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Note Destruction"),
            "res_model": "reverse.supplier.destruction",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id},
        }

    def _get_destroyable(self):
        """Give the lines whose goods are destroyed by agreement, and are there yet.

        What the supplier has not approved may have to go back to it, or stay ours.
        """
        self.ensure_one()
        if self.agreement_id.goods != "destroy" or self.state in ("draft", "cancelled"):
            return self.line_ids.browse()
        return self.line_ids.filtered(
            lambda line: (
                line.kind == "goods"
                and line.amount_approved > 0
                and not line.destroyed_on
                and (line.inspection_id.state == "done" or line.stock_location_id)
            )
        )

    def _destroy(self, lines, day, certificate, text=False):
        """Note that goods were destroyed; what lay here is written off.

        :param certificate: files that prove it
        :raises UserError: without a certificate, for other goods, for another day than
            since the claim was opened, or for one's own claim: the goods are gone then
        """
        self.ensure_one()
        self._check_duty("claims")
        self._check_destroyer()
        first = self.company_id._to_reverse_day(self.create_date)
        if not day or not first <= day <= self.company_id._get_reverse_today():
            raise UserError(
                self.env._(
                    "%(claim)s: enter the day on which the goods were destroyed, since "
                    "the claim was opened and until today.",
                    claim=self.name,
                )
            )
        self._reverse_touch()
        if not any(file._is_reverse_evidence() for file in certificate):
            raise UserError(
                self.env._(
                    "%(claim)s: attach the certificate of destruction, as a picture "
                    "or a document.",
                    claim=self.name,
                )
            )
        if not lines or lines - self._get_destroyable():
            raise UserError(
                self.env._(
                    "%(claim)s: goods are destroyed that the agreement lets us "
                    "destroy, once, after the supplier has approved the claim. Note "
                    "its answer first.",
                    claim=self.name,
                )
            )
        lines._scrap_destroyed()
        lines._guarded_write({"destroyed_on": day})
        self._note_answer("destroy", "out", {}, files=certificate, day=day, text=text)
        self._log("SupplierClaimDestroyed")

    def _check_destroyer(self):
        """Goods are destroyed by somebody else than who wants money for them."""
        steps = self._find_earlier_steps(
            self.env.user, ("opened_by_id", "submitter_ids")
        )
        self.filtered(steps.get)._refuse_own_step(steps)

    # ------------------------------------------------------------------
    # The supplier refuses the goods
    # ------------------------------------------------------------------
    def action_goods_back(self):
        """Take goods in that the supplier did not keep; they are inspected anew.

        They lie where they lay before they were sent, and their inspections open
        again, so that somebody decides what becomes of them.

        :return: action that shows the inspections
        """
        self._check_duty("claims")
        self._reverse_touch()
        parts = self.env["reverse.inspection"]
        for claim in self:
            lines = claim._get_returnable()
            if not lines:
                raise UserError(
                    self.env._(
                        "%(claim)s: no goods are with the supplier that it could send "
                        "back. It sends back what it did not approve, once it has "
                        "answered.",
                        claim=claim.name,
                    )
                )
            parts |= lines._take_back()
            claim._log("SupplierClaimGoodsBack")
        return self._open_records(parts, self.env._("Inspections"))

    def _get_returnable(self):
        """Give the lines whose goods the supplier has, and did not approve.

        Until it has answered, nobody knows what it keeps.
        """
        self.ensure_one()
        if not self.answered_on:
            return self.line_ids.browse()
        return self.line_ids.filtered(
            lambda line: (
                line.inspection_id.state == "done"
                and not line.amount_approved
                and line._is_with_supplier()
            )
        )
