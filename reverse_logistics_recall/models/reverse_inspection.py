from odoo import models

#: Where recalled goods may go.
_SAFE = ("quarantine", "hold", "scrap", "vendor_return")


class ReverseInspection(models.Model):
    """Keep recalled goods off sale, and credit them whatever became of them."""

    _inherit = "reverse.inspection"

    def _is_recalled(self):
        """Tell whether the lot is stopped, or the goods came back with a recall that
        was not taken back, or left on its days, with whatever return they come.
        """
        self.ensure_one()
        # sudo: a recall stops goods for everybody
        recalls = self.sudo().lot_id.reverse_recall_id | self.sudo().rma_id.recall_id
        if any(recall.state != "cancelled" for recall in recalls):
            return True
        by_day, line = self.env["reverse.recall"], self.line_id
        if self.product_id.id not in by_day._get_products_by_day():
            return False
        day = line._get_delivered_days().get(line)
        return bool(by_day._find_by_day(self.company_id, self.product_id, day))

    def _get_recommended_dispositions(self):
        recommended = super()._get_recommended_dispositions()
        for part, disposition in recommended.items():
            if disposition.location_state not in _SAFE and part._is_recalled():
                recommended[part] = self.env.ref(
                    "reverse_logistics.disposition_quarantine"
                )
        return recommended

    def _find_obstacles(self, dispositions):
        found = super()._find_obstacles(dispositions)
        unsafe = dispositions.filtered(lambda d: d.location_state not in _SAFE)
        for part in self if unsafe else ():
            if part.not_inspected or not part._is_recalled():
                continue
            for disposition in unsafe:
                found[part][disposition] = self.env._(
                    "this was recalled, so “%(disposition)s” is not possible. Choose "
                    "“Quarantine”, “Scrap” or the supplier.",
                    disposition=disposition.name,
                )
        return found

    def _get_credit_decider(self):
        """Policy gives back what was paid for recalled goods, in whatever condition.

        That they do not come is the word of one person, and as anywhere.
        """
        decider = super()._get_credit_decider()
        recalled = self.line_id.decision_code == "recall" and not self.not_inspected
        taken_back = self.line_id._has_taken_back()
        return "policy" if recalled and not taken_back else decider
