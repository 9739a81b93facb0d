from odoo import fields, models
from odoo.tools import SQL

from .columns import local_day

#: What is a share of what.
_SHARES = {
    "recovered_share": ("recovered", "claimed"),
    "claimed_share": ("claimed", "claimable"),
}
#: What is one number of a claim, however many rows of it are shown.
_OF_CLAIMS = frozenset({"days", "days_answer"})
#: Further apart than the days of any two claims.
_STEP = 10**7


class ReverseSupplierReport(models.Model):
    """What suppliers and carriers owe for each part, and what became of it.

    A view of the database: one row for each inspection and claim about it, one for each
    inspection that nobody has claimed though somebody outside owes it, and one for each
    claim about nothing inspected, such as an allowance. What is in a draft was asked of
    nobody, so that it is not claimed. What a supplier, a carrier and
    customs are asked for the same goods stays apart. Amounts are in the currency of the
    company; nobody writes it.
    """

    _name = "reverse.supplier.report"
    _description = "Recovery Analysis"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "reverse.inspection": [
            "claim_partner_id",
            "claimable_value",
            "company_id",
            "inspected_at",
            "lot_id",
            "no_trouble_found",
            "product_id",
            "quantity",
            "reason_id",
            "state",
            "unclaimed_reason",
        ],
        "res.company": ["reverse_tz"],
        "reverse.supplier.claim": [
            "answered_on",
            "company_rate",
            "create_date",
            "partner_id",
            "recovered_on",
            "state",
            "submitted_on",
        ],
        "reverse.supplier.claim.line": [
            "amount_approved",
            "amount_claimed",
            "amount_recovered",
            "amount_written_off",
            "claim_id",
            "inspection_id",
            "kind",
            "lot_id",
            "product_id",
            "state",
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", "Supplier or Carrier", readonly=True)
    claim_id = fields.Many2one("reverse.supplier.claim", readonly=True)
    inspection_id = fields.Many2one("reverse.inspection", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", readonly=True)
    reason_id = fields.Many2one("reverse.reason", readonly=True)
    day = fields.Date(readonly=True, help="Of the inspection, or of the claim.")
    no_trouble_found = fields.Boolean(readonly=True)
    unclaimed_reason = fields.Selection(
        lambda self: (
            self.env["reverse.inspection"]._fields["unclaimed_reason"].selection
        ),
        "Why Not Claimed",
        readonly=True,
    )
    claimable = fields.Monetary(readonly=True)
    claimed = fields.Monetary(readonly=True)
    approved = fields.Monetary(readonly=True)
    recovered = fields.Monetary(readonly=True)
    written_off = fields.Monetary(readonly=True)
    recovered_share = fields.Float(
        "Recovered (%)",
        readonly=True,
        aggregator="avg",
        digits=(8, 1),
        help="Of what was claimed.",
    )
    claimed_share = fields.Float(
        "Claimed (%)",
        readonly=True,
        aggregator="avg",
        digits=(8, 1),
        help="Of what could have been claimed.",
    )
    days_answer = fields.Float(
        "Days to Answer",
        readonly=True,
        aggregator="avg",
        digits=(8, 1),
        help="Each claim counts once, also where only some of its goods are shown.",
    )
    days = fields.Float(
        "Days to Recovery",
        readonly=True,
        aggregator="avg",
        digits=(8, 1),
        help="Each claim counts once, also where only some of its goods are shown.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT rows.*,
                   rows.recovered / NULLIF(rows.claimed, 0) * 100 AS recovered_share,
                   rows.claimed / NULLIF(rows.claimable, 0) * 100 AS claimed_share
              FROM (%s UNION ALL %s UNION ALL %s) rows
            """,
            self._select_unclaimed(),
            self._select_claimed(),
            self._select_others(),
        )

    def _read_group_select(self, aggregate_spec, query):
        """Shares are of the sums, and days of claims: rows are as many as the goods."""
        name = aggregate_spec.removesuffix(":avg")
        if name == aggregate_spec or name not in _OF_CLAIMS | set(_SHARES):
            return super()._read_group_select(aggregate_spec, query)

        def column(field):
            return self._field_to_sql(self._table, field, query)

        if name in _SHARES:
            part, whole = map(column, _SHARES[name])
            return SQL("COALESCE(SUM(%s), 0) / NULLIF(SUM(%s), 0) * 100", part, whole)
        # Each number that is summed is a claim's own, so that DISTINCT leaves out its
        # other rows; then what told the claims apart is taken off again.
        return SQL(
            "(SUM(DISTINCT %(claim)s + %(days)s)"
            " - SUM(DISTINCT %(claim)s) FILTER (WHERE %(days)s IS NOT NULL))"
            " / COUNT(DISTINCT %(claim)s) FILTER (WHERE %(days)s IS NOT NULL)",
            claim=SQL("%s::numeric * %s", column("claim_id"), _STEP),
            days=column(name),
        )

    def _select_amounts(self):
        """Give what all lines of one row claim together, as columns."""
        columns = [
            SQL(
                "SUM(line.%s * claim.company_rate)"
                " FILTER (WHERE claim.state != 'draft')::numeric AS %s",
                SQL.identifier(f"amount_{name}"),
                SQL.identifier(name),
            )
            for name in ("claimed", "approved", "recovered", "written_off")
        ]
        return SQL(", ").join(columns)

    def _select_unclaimed(self):
        """Inspections that nobody has claimed; even ids, as no other row has."""
        return SQL(
            """
            SELECT part.id * 2 AS id, part.company_id,
                   part.claim_partner_id AS partner_id, NULL::int AS claim_id,
                   part.id AS inspection_id, part.product_id, part.lot_id,
                   part.reason_id,
                   %(day)s AS day, part.no_trouble_found,
                   part.unclaimed_reason, part.claimable_value AS claimable,
                   NULL::numeric AS claimed, NULL::numeric AS approved,
                   NULL::numeric AS recovered, NULL::numeric AS written_off,
                   NULL::int AS days_answer, NULL::int AS days
              FROM reverse_inspection part
              JOIN res_company company ON company.id = part.company_id
             WHERE part.state = 'done' AND part.unclaimed_reason IS NOT NULL
            """,
            day=local_day("part", "inspected_at"),
        )

    def _select_claimed(self):
        """What each claim asks for one inspection; odd ids, of one of its lines.

        What the agreement lets us claim is of the goods; duty or the like, which others
        are asked for, is claimable as far as it is claimed.
        """
        return SQL(
            """
            SELECT MIN(line.id) * 2 + 1 AS id, part.company_id, claim.partner_id,
                   claim.id AS claim_id, part.id AS inspection_id, part.product_id,
                   part.lot_id, part.reason_id, %(day)s AS day,
                   part.no_trouble_found, NULL::varchar AS unclaimed_reason,
                   CASE WHEN BOOL_OR(line.kind = 'goods') THEN part.claimable_value
                        ELSE SUM(line.amount_claimed * claim.company_rate)::numeric
                    END AS claimable,
                   %(amounts)s,
                   claim.answered_on - claim.submitted_on AS days_answer,
                   claim.recovered_on - claim.submitted_on AS days
              FROM reverse_supplier_claim_line line
              JOIN reverse_supplier_claim claim ON claim.id = line.claim_id
              JOIN reverse_inspection part ON part.id = line.inspection_id
              JOIN res_company company ON company.id = part.company_id
             WHERE line.state NOT IN ('draft', 'cancelled')
             GROUP BY part.id, claim.id, company.id
            """,
            amounts=self._select_amounts(),
            day=local_day("part", "inspected_at"),
        )

    def _select_others(self):
        """Lines of claims about nothing that was inspected, by product; odd ids.

        A draft is no claim yet: what it asks for is claimable only.
        """
        return SQL(
            """
            SELECT MIN(line.id) * 2 + 1 AS id, claim.company_id, claim.partner_id,
                   CASE WHEN claim.state != 'draft' THEN claim.id END AS claim_id,
                   NULL::int AS inspection_id,
                   line.product_id, line.lot_id, NULL::int AS reason_id,
                   %(day)s AS day, FALSE AS no_trouble_found,
                   CASE WHEN claim.state = 'draft' THEN 'draft' END::varchar
                   AS unclaimed_reason,
                   SUM(line.amount_claimed * claim.company_rate)::numeric AS claimable,
                   %(amounts)s,
                   claim.answered_on - claim.submitted_on AS days_answer,
                   claim.recovered_on - claim.submitted_on AS days
              FROM reverse_supplier_claim_line line
              JOIN reverse_supplier_claim claim ON claim.id = line.claim_id
              JOIN res_company company ON company.id = claim.company_id
             WHERE line.state != 'cancelled' AND line.inspection_id IS NULL
             GROUP BY claim.id, line.product_id, line.lot_id, company.id
            """,
            amounts=self._select_amounts(),
            day=local_day("claim", "create_date"),
        )
