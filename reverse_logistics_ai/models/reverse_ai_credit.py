from collections import defaultdict

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import peers

#: Months that are looked at: those that are watched, and what was usual.
MONTHS = 12 + peers.WATCHED
#: Of each kind so many are listed, those with the highest score, and all that are
#: unusual; so many of these are told.
LISTED, TOLD = 100, 20
UNUSUAL = "unusual"
#: The gate at which rules ask about such credits.
GATE = "unusual_credit"
#: What is compared, by kind: its model.
KINDS = {
    "customer": "res.partner",
    "branch": "stock.warehouse",
    "category": "product.category",
    "salesperson": "res.users",
    "approver": "res.users",
}
#: Sales by these are what credits are a share of.
SOLD_BY = {
    "customer": "commercial_partner_id",
    "branch": "reverse_branch_id",
    "category": "categ_id",
    "salesperson": "reverse_seller_id",
}


class ReverseAiCredit(models.AbstractModel):
    """Who is credited more than others of their kind, of what they bought or sold.

    Nothing is learned from people. Approvers are compared by the amount of a credit
    that they approve. It lists and tells; a rule of approvals may ask somebody about
    such credits, and nothing else follows.
    """

    _name = "reverse.ai.credit"
    _inherit = ["reverse.ai.worker"]
    _description = "Unusual Credits"
    _compares = True

    @api.model
    def _work(self, task, model, records):
        self._clear(task)
        rows = self.env["reverse.ai.peer"].create(self._compare(task.company_id))
        records._note_looked()
        if rows:
            # That a control was computed shows in the chain as well.
            self.env["reverse.event"]._log(
                task.company_id,
                "CreditsCompared",
                {"count": len(rows), "unusual": len(rows.filtered("is_unusual"))},
            )
        unusual = rows.filtered("is_unusual").sorted("score", reverse=True)
        told = rows.browse().union(
            *(own[:TOLD] for own in unusual.grouped("kind").values())
        )
        return self._renew(
            task,
            [
                {
                    "res_model": row.res_model,
                    "res_id": row.res_id,
                    "answer": UNUSUAL,
                    "confidence": 1.0,
                    "state": "open",
                    "details": {
                        "kind": row.kind,
                        "credited": row.credited,
                        "usual": row.usual,
                    },
                }
                for row in told.sorted("score")
            ],
        )

    @api.model
    def _check_may_end(self, task):
        """A rule of approvals that others decided on is not ended by one switch."""
        rules = self.env["reverse.approval.rule"]
        if rules._is_in_use(task.company_id, (GATE,)):
            raise ValidationError(
                self.env._(
                    "An approval rule asks somebody about unusual credits. Archive the "
                    "rule first; then %(task)s can be switched off.",
                    task=task.display_name,
                )
            )

    @api.model
    def _clear(self, task):
        # sudo: nobody may delete comparisons; whoever may switch the task ends them
        rows = self.env["reverse.ai.peer"].sudo()
        rows.search([("company_id", "=", task.company_id.id)]).unlink()

    # ------------------------------------------------------------------
    # Comparing
    # ------------------------------------------------------------------
    @api.model
    def _compare(self, company):
        """Give the values of a row for each of those with the highest scores, and for
        all that are unusual: rules ask about these, however many they are.
        """
        today = company._get_reverse_today()
        first = fields.Date.subtract(today.replace(day=1), months=MONTHS - 1)
        credits_by_kind = self._sum_credits(company, first)
        values = []
        for kind in KINDS:
            credited, counts = credits_by_kind[kind]
            sold = self._get_base(kind, company, first, counts)
            ids = sorted(set(sold) | set(credited))
            if not ids:
                continue
            none = np.zeros(MONTHS)
            based, given = (
                np.array([rows.get(id_, none) for id_ in ids])
                for rows in (sold, credited)
            )
            found = peers.compare(given, based, sum(c.sum() for c in counts.values()))
            watched = based[:, -peers.WATCHED :].sum(axis=1)
            order = np.lexsort((-found.credited, -found.score))
            more = [row for row in order[LISTED:] if found.unusual[row]]
            values += [
                {
                    "company_id": company.id,
                    "kind": kind,
                    "res_model": KINDS[kind],
                    "res_id": ids[row],
                    "based": watched[row],
                    "credited": found.credited[row],
                    "usual": found.usual[row],
                    "score": found.score[row],
                    "is_unusual": bool(found.unusual[row]),
                }
                for row in [*order[:LISTED], *more]
                if found.credited[row] > 0
            ]
        return values

    @api.model
    def _get_base(self, kind, company, first, counts):
        """Give what credits of a kind are a share of: ``{id: of each month}``."""
        if kind == "approver":
            return counts
        field = SOLD_BY[kind]
        found = defaultdict(lambda: np.zeros(MONTHS))
        for record, month, amount in self.env["sale.report"]._read_group(
            [
                ("company_id", "=", company.id),
                ("state", "=", "sale"),
                ("date", ">=", first),
                (field, "!=", False),
            ],
            [field, "date:month"],
            ["price_subtotal:sum"],
        ):
            self._add(found[record.id], first, month, amount)
        return found

    @api.model
    def _add(self, months, first, day, amount):
        number = 12 * (day.year - first.year) + day.month - first.month
        if 0 <= number < MONTHS:
            months[number] += amount

    @api.model
    def _sum_credits(self, company, first):
        """Give what was credited, and how often, in each month.

        :return: ``{kind: ({id: amounts}, {id: counts})}``
        """
        found = {
            kind: (
                defaultdict(lambda: np.zeros(MONTHS)),
                defaultdict(lambda: np.zeros(MONTHS)),
            )
            for kind in KINDS
        }
        rows = self.env["reverse.settlement.line"]._read_group(
            [
                ("company_id", "=", company.id),
                ("settlement_id.state", "=", "released"),
                ("create_date", ">=", first),
                ("amount_net", ">", 0),
            ],
            ["rma_line_id", "settlement_id", "currency_id", "create_date:month"],
            ["amount_net:sum"],
        )
        lines = self.env["reverse.rma.line"].union(*(row[0] for row in rows))
        subjects = self._get_subjects(lines)
        for line, settlement, currency, month, amount in rows:
            net = (currency or company.currency_id)._convert(
                amount, company.currency_id, company, month
            )
            by_kind = {**subjects[line], "approver": settlement.approved_by_id}
            for kind, record in by_kind.items():
                if record:
                    for sums, number in zip(found[kind], (net, 1), strict=True):
                        self._add(sums[record.id], first, month, number)
        return found

    @api.model
    def _get_subjects(self, lines):
        """Give who or what lines of returns are compared as.

        By category, and by who sold it, and where, when the order was confirmed:
        whoever is asked about could write another name there.

        :return: ``{line: {kind: record}}``
        """
        paths = lines._get_category_paths()
        categories = self.env["product.category"]
        subjects = {}
        for line in lines:
            order = line.sale_line_id.order_id
            subjects[line] = {
                "customer": line.rma_id.commercial_partner_id,
                "branch": order.reverse_branch_id,
                "category": categories.browse(paths[line][-1:]),
                "salesperson": order.reverse_seller_id,
            }
        return subjects

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------
    @api.model
    def _name_answer(self, answer):
        labels = {
            UNUSUAL: self.env._("More credits than others"),
            "wrong": self.env._("Nothing unusual"),
        }
        return labels.get(answer, "")

    @api.model
    def _explain(self, answer, details):
        if not details:
            return []
        return [
            self.env["reverse.ai.peer"]._describe(
                details["kind"],
                details["credited"],
                details["usual"],
                self.env.company.currency_id,
            )
        ]

    @api.model
    def _check_may_choose(self, record):
        """Whoever is told may say whether it was right."""
        record.check_access("read")

    @api.model
    def _find_unusual(self, lines_by_record):
        """Tell which kinds of a document's lines are told now.

        What people said of it does not count here: nobody ends a control alone.

        :param lines_by_record: ``{record: reverse.rma.line}``
        :return: ``{record: comparisons}``
        """
        peer = self.env["reverse.ai.peer"]
        lines = self.env["reverse.rma.line"].union(*lines_by_record.values())
        known = {}
        for company in lines.company_id:
            known |= peer._get_unusual(company.id)
        if not known:
            return dict.fromkeys(lines_by_record, peer)
        subjects = self._get_subjects(lines)
        return {
            record: peer.browse(
                {
                    known[key]: None
                    for line in own
                    for kind, subject in subjects[line].items()
                    if (key := (line.company_id.id, kind, subject.id)) in known
                }
            )
            for record, own in lines_by_record.items()
        }
