from odoo import fields, models


class ReverseRma(models.Model):
    """Know the recall with which goods come back: nobody has to allow that."""

    _inherit = "reverse.rma"

    recall_id = fields.Many2one(
        "reverse.recall",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        guarded=True,
    )

    def _set_validity(self, version=None):
        """What is not safe comes back whenever it is sent."""
        lasting = self.filtered("recall_id")
        return super(ReverseRma, self - lasting)._set_validity(version)

    def _get_recall_lines(self):
        """Give what the notice names: goods of the recall that is told of."""
        self.ensure_one()
        recall = self._get_recall()
        # sudo: the notice says what customers have to know
        lines = recall.sudo().line_ids
        return lines.filtered(lambda line: line.rma_id == self)

    def _get_recall(self):
        """Give the recall that is told of, which need not be the one of the return.

        Odoo tries the mail on any return when its template is saved.
        """
        recall_id = self.env.context.get("reverse_recall_id")
        # sudo: the notice says what customers have to know
        return self.env["reverse.recall"].sudo().browse(recall_id or self.recall_id.id)

    def _message_receive_bounce(self, email, partner):
        """Who was told of a recall was not, where the notice came back."""
        # sudo: the mail server tells it, whoever fetches its messages
        lines = self.env["reverse.recall.line"].sudo()
        lines.search([("rma_id", "in", self.ids), ("told_at", "!=", False)]).filtered(
            lambda line: line.partner_id == partner or line.partner_id.email == email
        )._note_lost()
        return super()._message_receive_bounce(email, partner)

    def _is_by_right(self):
        self.ensure_one()
        recalled = bool(self.recall_id) and all(
            line.decision_code == "recall" for line in self.line_ids
        )
        return recalled or super()._is_by_right()
