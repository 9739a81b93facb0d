from odoo import models
from odoo.exceptions import UserError

#: Where goods go that leave us, or become something else.
LEAVING = frozenset({"customer", "transit", "production"})


class StockMoveLine(models.Model):
    """Know which lines move lots that were recalled."""

    _inherit = "stock.move.line"

    def _is_reverse_leaving(self):
        """Whether the goods leave us, or become something else, at once or by the
        transfers that follow, such as when they are picked for a delivery.
        """
        self.ensure_one()
        # sudo: where the goods are meant to go, whoever moves them
        goals = self.sudo().location_dest_id | self.sudo().move_id._get_reverse_goals()
        return not LEAVING.isdisjoint(goals.mapped("usage"))

    def _brings_recall_repaired(self):
        """Whether it brings back to its customer what was recalled, and repaired here.

        Nothing else of the lot leaves with it, and nobody else gets it.
        """
        self.ensure_one()
        # sudo: why the goods leave, whoever sends them
        line = self.sudo()
        move, part = line.move_id, line.move_id.reverse_inspection_id
        if not part or line.location_dest_id.usage != "customer":
            return False
        own = part.lot_id, part._get_stock_owner(), part.location_id
        return (
            (line.lot_id, line.owner_id, line.location_id) == own
            and line.picking_id.partner_id == part.line_id._get_goods_partner()
            and move.product_uom.compare(move.quantity, part.quantity) <= 0
            and part._is_repaired()
            and part.line_id._is_recall_repair(part.lot_id)
        )

    def _find_stopping_recall(self):
        """Give the recall that stops all of this product that is in stock."""
        self.ensure_one()
        return self.move_id._find_stopping_recall(self.location_id)

    def _find_recalled(self):
        """Give the recalled lots that are moved: ``{line: lot}``, others left out."""
        # sudo: a recall stops lots for everybody
        lots = self.env["stock.lot"].sudo()
        # Odoo looks for the lot that a name means only while it moves the goods.
        named = self.filtered(lambda line: line.lot_name and not line.lot_id)
        by_name = {
            (lot.product_id.id, lot.name): lot
            for lot in named
            and lots.search(
                [
                    ("product_id", "in", named.product_id.ids),
                    ("name", "in", named.mapped("lot_name")),
                    ("reverse_recall_id", "!=", False),
                ]
            )
        }
        found = {
            # sudo: as above
            line: line.lot_id.sudo()
            or by_name.get((line.product_id.id, line.lot_name), lots)
            for line in self
        }
        return {line: lot for line, lot in found.items() if lot.reverse_recall_id}

    def _filter_reverse_dangerous(self):
        recalled = self.browse(line.id for line in self._find_recalled())
        return super()._filter_reverse_dangerous() | recalled

    def _check_reverse_named(self):
        """Refuse pieces without a number, where some lots of their product are stopped.

        Odoo lets them go where an operation type asks for no numbers.
        """
        unnamed = self._filter_reverse_unnumbered()
        if not unnamed:
            return
        stopped = unnamed.product_id._find_reverse_recalled_lots().grouped("product_id")
        for line in unnamed:
            lot = stopped.get(line.product_id, line.lot_id)[:1]
            if lot:
                raise UserError(
                    self.env._(
                        "%(transfer)s takes %(product)s without a number, and lot "
                        "%(lot)s of it was recalled with %(recall)s. Enter the number "
                        "of each piece.",
                        transfer=line.picking_id.name or line.move_id.reference,
                        product=line.product_id.display_name,
                        lot=lot.name,
                        recall=lot.reverse_recall_id.name,
                    )
                )
