from odoo import fields, models
from odoo.tools import SQL

from ...engine import ages
from ..base.ages import AGES


class ReverseOpenCredit(models.Model):
    """Goods that wait for their credit, and credits that wait for their goods.

    Computed by the database from what lines of returns store, whenever it is read.
    """

    _name = "reverse.open.credit"
    _description = "Goods and Credits that Wait"
    _auto = False
    _order = "since, id"
    _rec_name = "product_id"
    _depends = {
        "res.company": ["reverse_tz"],
        "reverse.rma": ["partner_id", "settlement_type", "state", "authorized_at"],
        "reverse.rma.line": [
            "company_id",
            "customer_owned",
            "facility_id",
            "gives_credit",
            "product_id",
            "qty_billed_again",
            "qty_denied",
            "qty_kept",
            "qty_received",
            "qty_settled",
            "reason_id",
            "rma_id",
            "stage",
            "state",
            "unit_value",
            "uom_id",
        ],
        "reverse.settlement": ["state"],
        "reverse.settlement.line": ["rma_line_id", "settlement_id"],
        "account.move": ["invoice_date", "reverse_settlement_id", "state"],
        "stock.move": ["reverse_done_at", "reverse_rma_line_id", "state"],
    }

    kind = fields.Selection(
        [
            ("received", "Received, Not Credited"),
            ("credited", "Credited, Not Received"),
        ],
        readonly=True,
    )
    rma_id = fields.Many2one("reverse.rma", "Return", readonly=True)
    rma_line_id = fields.Many2one("reverse.rma.line", "Return Line", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    facility_id = fields.Many2one("reverse.facility", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    reason_id = fields.Many2one("reverse.reason", readonly=True)
    uom_id = fields.Many2one("uom.uom", "Unit", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    value = fields.Monetary(
        "Price Paid",
        readonly=True,
        help="What was paid for these goods, before tax, in the company's currency.",
    )
    since = fields.Date(
        "Waits Since",
        readonly=True,
        help="The first receipt of the line, or its first credit.",
    )
    days = fields.Integer("Age (days)", readonly=True, aggregator="max")
    age = fields.Selection(AGES, readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT waiting.id,
                   waiting.kind,
                   line.id AS rma_line_id,
                   line.rma_id,
                   line.company_id,
                   rma.partner_id,
                   line.facility_id,
                   line.product_id,
                   line.reason_id,
                   line.uom_id,
                   waiting.quantity,
                   waiting.quantity * COALESCE(line.unit_value, 0) AS value,
                   waiting.since,
                   %(age_days)s AS days,
                   %(age)s AS age
              FROM (%(received)s UNION ALL %(credited)s) waiting
              JOIN reverse_rma_line line ON line.id = waiting.line_id
              JOIN reverse_rma rma ON rma.id = line.rma_id
              JOIN res_company company ON company.id = line.company_id
            """,
            age_days=self._get_days_sql(),
            age=self._get_age_sql(),
            received=self._get_received_sql(),
            credited=self._get_credited_sql(),
        )

    def _get_local_day_sql(self, moment):
        """Give the day of a moment in UTC where the company of the line is.

        The statement joins it as ``company``.
        """
        return SQL(
            "(%s AT TIME ZONE 'UTC'"
            " AT TIME ZONE COALESCE(company.reverse_tz, 'UTC'))::date",
            moment,
        )

    def _get_days_sql(self):
        now = SQL("%s::timestamp", fields.Datetime.now())
        return SQL("%s - waiting.since", self._get_local_day_sql(now))

    def _get_age_sql(self):
        age = self._get_days_sql()
        bands = [SQL("WHEN %s <= %s THEN %s", age, last, b) for b, last in ages.BANDS]
        return SQL("CASE %s ELSE %s END", SQL(" ").join(bands), ages.OLDER)

    def _get_received_sql(self):
        """Lines with goods that are here and neither credited nor refused."""
        quantity = SQL(
            "ROUND((COALESCE(line.qty_received, 0) + COALESCE(line.qty_kept, 0) "
            "- COALESCE(line.qty_settled, 0) - COALESCE(line.qty_denied, 0))::numeric, "
            "%s)",
            self.env["decimal.precision"].precision_get("Product Unit"),
        )
        received = SQL(
            """
            COALESCE(
                (SELECT MIN(move.reverse_done_at)
                   FROM stock_move move
                  WHERE move.reverse_rma_line_id = line.id
                    AND move.state = 'done'),
                rma.authorized_at,
                rma.create_date
            )
            """
        )
        return SQL(
            """
            SELECT line.id * 2 AS id,
                   'received' AS kind,
                   line.id AS line_id,
                   %(quantity)s AS quantity,
                   %(since)s AS since
              FROM reverse_rma_line line
              JOIN reverse_rma rma ON rma.id = line.rma_id
              JOIN res_company company ON company.id = line.company_id
             WHERE line.state IN ('authorized', 'done')
               AND line.stage != 'settled'
               AND line.gives_credit
               AND line.customer_owned IS NOT TRUE
               AND rma.settlement_type IS DISTINCT FROM 'none'
               AND %(quantity)s > 0
            """,
            quantity=quantity,
            since=self._get_local_day_sql(received),
        )

    def _get_credited_sql(self):
        """Lines that were credited, or replaced, before their goods have come."""
        quantity = SQL(
            "ROUND((COALESCE(line.qty_settled, 0) - COALESCE(line.qty_billed_again, 0) "
            "- COALESCE(line.qty_received, 0) - COALESCE(line.qty_kept, 0))::numeric, "
            "%s)",
            self.env["decimal.precision"].precision_get("Product Unit"),
        )
        return SQL(
            """
            SELECT line.id * 2 + 1 AS id,
                   'credited' AS kind,
                   line.id AS line_id,
                   %(quantity)s AS quantity,
                   COALESCE(
                       (SELECT MIN(COALESCE(note.invoice_date, %(settled)s))
                          FROM reverse_settlement_line settled
                          JOIN reverse_settlement settlement
                            ON settlement.id = settled.settlement_id
                           AND settlement.state = 'released'
                     LEFT JOIN account_move note
                            ON note.reverse_settlement_id = settlement.id
                           AND note.state = 'posted'
                         WHERE settled.rma_line_id = line.id),
                       %(decided)s
                   ) AS since
              FROM reverse_rma_line line
              JOIN reverse_rma rma ON rma.id = line.rma_id
              JOIN res_company company ON company.id = line.company_id
             WHERE line.state IN ('authorized', 'expired')
               AND %(quantity)s > 0
            """,
            quantity=quantity,
            settled=self._get_local_day_sql(SQL("settlement.create_date")),
            decided=self._get_local_day_sql(
                SQL("COALESCE(rma.authorized_at, rma.create_date)")
            ),
        )

    def action_open_rma(self):
        """Open the return."""
        self.ensure_one()
        self.check_access("read")
        return self.rma_line_id.action_view_rma()
