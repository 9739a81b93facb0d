from odoo import models


class StockMove(models.Model):
    """Consigned goods become ours at what was billed for them."""

    _inherit = "stock.move"

    def _get_reverse_title_value(self, quantity):
        found = super()._get_reverse_title_value(quantity)
        # sudo: the value of goods does not depend on who asks
        part = self.sudo().reverse_title_id
        if found and not part.title_by_id:
            found["description"] = self.env._(
                "Billed by their supplier (%(rma)s)", rma=part.rma_id.name
            )
        return found

    def _get_reverse_sold_owner(self, lot):
        """Give whose goods these were before they left: nobody's where they were ours.

        :param lot: the only one that counts, if there is one
        :return: None where nothing says it, or it were several
        """
        # sudo: whose goods they were does not depend on who asks
        lines = self.sudo().move_line_ids
        lines = lines.filtered(lambda line: line.lot_id == lot) or lines
        owners = lines.grouped("owner_id")
        return next(iter(owners)) if len(owners) == 1 else None
