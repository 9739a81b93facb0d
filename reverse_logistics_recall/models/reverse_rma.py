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

    def _is_by_right(self):
        self.ensure_one()
        recalled = bool(self.recall_id) and all(
            line.decision_code == "recall" for line in self.line_ids
        )
        return recalled or super()._is_by_right()
