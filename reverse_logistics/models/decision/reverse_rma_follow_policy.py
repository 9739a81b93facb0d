from odoo import models

from ...engine.release import MOMENTS


class ReverseRma(models.Model):
    """What policy does by itself once a return is authorized, shipped or received."""

    _inherit = "reverse.rma"

    def _authorize(self, version=None, bypassed=()):
        res = super()._authorize(version, bypassed)
        self._get_policy_followers()._work("_follow_policy")
        return res

    def write(self, vals):
        res = super().write(vals)
        if vals.get("shipped_at"):
            self._get_policy_followers()._work("_follow_policy")
        return res

    def _get_policy_followers(self):
        """Those of which policy says more than that they may come back."""
        return self.filtered(
            lambda rma: (
                rma.state == "authorized"
                and any(
                    line.credit_release in MOMENTS
                    or line._is_left_to_customer()
                    or line.undelivered
                    for line in rma.line_ids
                )
            )
        )

    def _follow_policy(self):
        """Leave goods to the customer that need not come back, credit what is due.

        Whoever authorized the return or noted its shipment only set it off. What was
        done is not done again.
        """
        # sudo: policy decided, and what follows needs no right of a person
        rmas = self.sudo()
        rmas.line_ids._cancel_undelivered()
        rmas.line_ids._keep_by_policy()
        for shipped, group in rmas.grouped(lambda rma: bool(rma.shipped_at)).items():
            moment = "shipped" if shipped else "authorization"
            group.line_ids._release_early(moment)
        self._update_progress()

    def _has_begun(self):
        """What was credited already is not simply cancelled."""
        return super()._has_begun() or bool(self.line_ids._get_early_lines())


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _on_received(self, moves):
        res = super()._on_received(moves)
        # sudo: policy decided; the receiver only set it off
        self.sudo()._release_early("receipt")
        return res

    # ------------------------------------------------------------------
    # Goods that stay with the customer
    # ------------------------------------------------------------------
    def _is_left_to_customer(self):
        """Whether policy says that the goods need not come back: by its rule, or by the
        route of the return.
        """
        self.ensure_one()
        rma = self.rma_id
        by_route = (
            rma.facility_kind == "customer_keeps" and rma.facility_source == "rule"
        )
        return self.returnless or (by_route and bool(self._get_keepable()))

    def _comes_in(self):
        """Whether the warehouse is to wait for the goods."""
        self.ensure_one()
        return not self.undelivered and (
            bool(self.inspection_ids) or not self._is_left_to_customer()
        )

    def _keep_by_policy(self):
        """Note that goods stay with the customer, as an inspector would."""
        disposition = self.env.ref("reverse_logistics.disposition_keep")
        lines = self.filtered(
            lambda line: (
                not line.inspection_ids
                and line._is_left_to_customer()
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
            )
        )
        lines._note_not_coming(disposition)

    def _note_not_coming(self, disposition):
        """Note that all that is still expected does not come in, and settle it."""
        parts = self.env["reverse.inspection"]._guarded_create(
            [
                {
                    "line_id": line.id,
                    "quantity": line._get_expected_quantity(),
                    "lot_id": line.lot_id.id,
                    "disposition_id": disposition.id,
                    "policy_id": line.policy_id.id,
                    "policy_version": line.policy_version,
                }
                for line in self
            ]
        )
        parts._complete_by_policy()


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _get_credit_decider(self):
        """Say who decides on the credit: policy leaves to persons what is outside of
        it, what its rule says so of, and what a person took back before.
        """
        credit = super()._get_credit_decider()
        line = self.line_id
        if credit == "none":
            return credit
        if line.credit_release == "person" or line._has_taken_back():
            return "person"
        if self.not_inspected and self.policy_id:
            return "policy" if line.decision == "authorize" else "person"
        return credit
