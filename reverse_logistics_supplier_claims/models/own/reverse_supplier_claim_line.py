from odoo import api, fields, models
from odoo.fields import Domain

from ...engine import sources
from ..reverse_supplier_claim_line import LIVE


class ReverseSupplierClaimLine(models.Model):
    """Goods that no customer sent back: found in our stock, or wrong on arrival."""

    _inherit = "reverse.supplier.claim.line"

    found = fields.Selection(
        [
            ("defect", "Defective"),
            ("damaged", "Damaged on arrival"),
            ("wrong", "Wrong goods"),
            ("short", "Missing on arrival"),
        ],
        "What Was Found",
        readonly=True,
        guarded=True,
        help="Of own goods; of those that customers sent back, an inspection says it.",
    )

    kept_location_id = fields.Many2one(
        "stock.location",
        "Stays In",
        readonly=True,
        guarded=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Where own goods lay when they were claimed, which do not go back.",
    )

    def _get_faulty_own(self):
        """Give the lines of own goods of which a fault is claimed."""
        return self.filtered(lambda line: line.kind == "goods" and line.found)

    @api.model
    def _read_waiting(self, places):
        """Sum own goods that are claimed and still lie there, to go back or to stay.

        What is announced to the supplier is reserved, and not free anyway.

        :return: ``{(product, lot, place): quantity}``
        """
        waiting = self._read_set_aside(places)
        kept = self._read_kept([("kept_location_id", "in", places.ids)])
        for key, quantity in kept.items():
            waiting[key] = waiting.get(key, 0.0) + quantity
        return waiting

    @api.model
    def _read_set_aside(self, places):
        """Sum own goods that are claimed and wait there for the supplier; see above."""
        # sudo: claims of every user count
        lines = self.sudo().search(
            [("stock_location_id", "in", places.ids), ("kind", "=", "goods"), *LIVE]
        )
        waiting = {}
        for line in lines.filtered(lambda line: line._get_parts_state() == "here"):
            key = line.product_id, line.lot_id, line.stock_location_id
            waiting[key] = waiting.get(key, 0.0) + line.quantity
        return waiting

    @api.model
    def _read_here(self, places):
        """Sum own goods that were set aside there, and have not left yet; see above."""
        # sudo: claims of every user count
        lines = self.sudo().search(
            [
                ("stock_location_id", "in", places.ids),
                ("inspection_id", "=", False),
                ("destroyed_on", "=", False),
                ("kind", "=", "goods"),
                *LIVE,
            ]
        )
        here = {}
        for line in lines:
            sent = line.move_ids.filtered(lambda move: move.state == "done")
            left = line.quantity - sum(sent.mapped("quantity"))
            if line.uom_id.compare(left, 0) > 0:
                key = line.product_id, line.lot_id, line.stock_location_id
                here[key] = here.get(key, 0.0) + left
        return here

    @api.model
    def _read_kept(self, domain):
        """Count own goods that are claimed, and may still lie where they lay.

        They stay with us, whether the supplier has paid or not, and are not claimed
        again.

        :return: ``{(product, lot, place): quantity}``
        """
        # sudo: claims of every user count
        lines = self.sudo().search(
            [("kept_location_id", "!=", False), ("kind", "=", "goods"), *LIVE, *domain]
        )
        kept = {}
        for key, own in lines.grouped(
            lambda line: (line.product_id, line.lot_id, line.kept_location_id)
        ).items():
            claimed = [(line.create_date, line.quantity) for line in own]
            left = self._read_left(*key, min(own.mapped("create_date")))
            kept[key] = sources.still_there(claimed, left)
        return kept

    @api.model
    def _read_left(self, product, lot, place, start):
        """Give ``[(moment, quantity)]`` of what has left a place since then."""
        # sudo: transfers of every user count
        moved = self.env["stock.move.line"].sudo()
        moved = moved.search(
            Domain(
                [
                    ("state", "=", "done"),
                    ("product_id", "=", product.id),
                    ("lot_id", "=", lot.id),
                    ("move_id.reverse_done_at", ">=", start),
                    ("location_id", "child_of", place.id),
                ]
            )
            & ~Domain("location_dest_id", "child_of", place.id)
        )
        return [
            (line.move_id.reverse_done_at, line.quantity_product_uom) for line in moved
        ]

    def _set_aside(self, places):
        """Move own goods to where what suppliers get back waits.

        :param dict places: ``{line: where its goods lie}``
        """
        none = self.env["stock.picking.type"]
        for line, source in places.items():
            if source == line.stock_location_id:
                continue
            moves = line._workflow()._sudo_clean(self.env["stock.move"])
            move = moves.create(
                {
                    **line._prepare_stock_move(none, source, line.stock_location_id),
                    "origin": line.claim_id.name,
                    "reverse_aside_line_id": line.id,
                }
            )
            move._take_reverse_own(line.lot_id, picked=True)
            move._action_confirm(merge=False)
            move._action_done()
