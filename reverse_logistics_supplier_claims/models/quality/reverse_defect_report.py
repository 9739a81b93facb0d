from odoo import fields, models
from odoo.tools import SQL

from ...engine import quality
from .columns import local_day


class ReverseDefectReport(models.Model):
    """How many pieces of a supplier came in, and how many of them were defective.

    A view of the database: rows of what came in with purchases, of what inspections of
    returns found, and of what was claimed of our own goods, each by supplier, product
    and lot. The rate of any group is that of its sums; both counts stand beside it,
    because one of three says little. Nobody writes it.
    """

    _name = "reverse.defect.report"
    _description = "Defects of Suppliers"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "product_id"
    _depends = {
        "res.company": ["reverse_tz"],
        "stock.move": [
            "company_id",
            "origin_returned_move_id",
            "purchase_line_id",
            "reverse_back_line_id",
            "reverse_done_at",
            "reverse_replaced_line_id",
            "state",
        ],
        "stock.move.line": ["lot_id", "product_id", "quantity_product_uom"],
        "reverse.inspection": [
            "claim_partner_id",
            "company_id",
            "inspected_at",
            "liability",
            "lot_id",
            "no_trouble_found",
            "no_trouble_seller_id",
            "product_id",
            "quantity",
            "reason_id",
            "state",
        ],
        "reverse.supplier.claim": ["create_date", "kind", "partner_id"],
        "reverse.supplier.claim.line": [
            "found",
            "inspection_id",
            "kind",
            "lot_id",
            "product_id",
            "quantity",
            "state",
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", "Supplier", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", readonly=True)
    reason_id = fields.Many2one("reverse.reason", readonly=True)
    day = fields.Date(
        readonly=True, help="On which the goods came in, or were found to be defective."
    )
    received = fields.Float(
        readonly=True,
        digits="Product Unit",
        help="Pieces that came in with purchases, without what a supplier refused and "
        "sent back.",
    )
    defective = fields.Float(
        readonly=True,
        digits="Product Unit",
        help="Pieces with a defect that is the supplier's fault, from returns and from "
        "our own stock. No trouble found is none.",
    )
    no_trouble = fields.Float("No Trouble Found", readonly=True, digits="Product Unit")
    ppm = fields.Float(
        "Defects per Million",
        readonly=True,
        aggregator="avg",
        digits=(16, 0),
        help="Defective pieces of a million received, of all that is summed up. What "
        "came in an earlier period may be found defective in this one.",
    )

    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is that of its sums, not the mean of its rows."""
        if aggregate_spec != "ppm:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "SUM(%(defective)s) * %(scale)s / NULLIF(SUM(%(received)s), 0)",
            defective=self._field_to_sql(self._table, "defective", query),
            received=self._field_to_sql(self._table, "received", query),
            scale=quality.MILLION,
        )

    @property
    def _table_query(self):
        return SQL(
            "%s UNION ALL %s UNION ALL %s",
            self._select_received(),
            self._select_inspected(),
            self._select_own(),
        )

    def _select_received(self):
        """What came in from suppliers; ids that no other row has, as below."""
        return SQL(
            """
            SELECT piece.id * 3 AS id, move.company_id,
                   partner.commercial_partner_id AS partner_id, piece.product_id,
                   piece.lot_id, NULL::int AS reason_id, %(day)s AS day,
                   piece.quantity_product_uom::numeric AS received,
                   0::numeric AS defective, 0::numeric AS no_trouble,
                   NULL::numeric AS ppm
              FROM stock_move_line piece
              JOIN stock_move move ON move.id = piece.move_id
              JOIN stock_location source ON source.id = piece.location_id
              JOIN purchase_order_line bought ON bought.id = move.purchase_line_id
              JOIN res_partner partner ON partner.id = bought.partner_id
              JOIN res_company company ON company.id = move.company_id
              LEFT JOIN stock_move sent ON sent.id = move.origin_returned_move_id
              LEFT JOIN stock_location goal ON goal.id = sent.location_dest_id
             WHERE move.state = 'done' AND source.usage = 'supplier'
               AND move.reverse_back_line_id IS NULL
               AND (goal.usage IS DISTINCT FROM 'supplier'
                    OR move.reverse_replaced_line_id IS NOT NULL)
            """,
            day=local_day("move", "reverse_done_at"),
        )

    def _select_inspected(self):
        """What inspections found to be the supplier's fault, or no defect at all."""
        return SQL(
            """
            SELECT part.id * 3 + 1 AS id, part.company_id,
                   CASE WHEN part.no_trouble_found THEN part.no_trouble_seller_id
                        ELSE part.claim_partner_id END AS partner_id,
                   part.product_id, part.lot_id, part.reason_id, %(day)s AS day,
                   0::numeric AS received,
                   CASE WHEN part.no_trouble_found THEN 0 ELSE %(pieces)s
                    END AS defective,
                   CASE WHEN part.no_trouble_found THEN %(pieces)s ELSE 0
                    END AS no_trouble,
                   NULL::numeric AS ppm
              FROM reverse_inspection part
              JOIN reverse_rma_line line ON line.id = part.line_id
              JOIN uom_uom unit ON unit.id = line.uom_id
              JOIN product_product product ON product.id = part.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom own ON own.id = template.uom_id
              JOIN res_company company ON company.id = part.company_id
             WHERE part.state = 'done'
               AND CASE WHEN part.no_trouble_found
                        THEN part.no_trouble_seller_id IS NOT NULL
                        ELSE part.liability = 'supplier'
                             AND part.claim_partner_id IS NOT NULL END
            """,
            day=local_day("part", "inspected_at"),
            pieces=SQL("(part.quantity * unit.factor / own.factor)::numeric"),
        )

    def _select_own(self):
        """What was claimed as defective of our own stock and receipts."""
        return SQL(
            """
            SELECT line.id * 3 + 2 AS id, claim.company_id, claim.partner_id,
                   line.product_id, line.lot_id, NULL::int AS reason_id,
                   %(day)s AS day, 0::numeric AS received,
                   line.quantity::numeric AS defective, 0::numeric AS no_trouble,
                   NULL::numeric AS ppm
              FROM reverse_supplier_claim_line line
              JOIN reverse_supplier_claim claim ON claim.id = line.claim_id
              JOIN res_company company ON company.id = claim.company_id
             WHERE line.kind = 'goods' AND line.state != 'cancelled'
               AND claim.kind = 'supplier' AND line.inspection_id IS NULL
               AND line.found IN ('defect', 'damaged')
            """,
            day=local_day("claim", "create_date"),
        )
