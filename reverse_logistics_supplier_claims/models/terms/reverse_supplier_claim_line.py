from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

#: What is asked for inspected goods by an agreement.
FLAT = ("goods", "labour", "freight", "handling")


class ReverseSupplierClaimLine(models.Model):
    """The supplier's warranty for goods, and its words for what was found."""

    _inherit = "reverse.supplier.claim.line"

    warranty_until = fields.Date(
        "Supplier's Warranty Until",
        compute="_compute_warranty_until",
        compute_sudo=True,
        help="As noted on the serial number, else counted from the receipt.",
    )
    code_id = fields.Many2one(
        "reverse.supplier.code",
        "Supplier's Code",
        compute="_compute_code_id",
        compute_sudo=True,
    )

    @api.depends("lot_id.reverse_supplier_warranty", "received_on", "claim_id.kind")
    def _compute_warranty_until(self):
        for line in self:
            months = line.claim_id.agreement_id.warranty_months
            counted = (
                months
                and line.received_on
                and line.received_on + relativedelta(months=months)
            )
            noted = line.lot_id.reverse_supplier_warranty
            is_sold = line.kind == "goods" and line.claim_id._is_on_seller()
            line.warranty_until = is_sold and (noted or counted)

    @api.depends("inspection_id", "claim_id.agreement_id.code_ids")
    def _compute_code_id(self):
        for claim, lines in self.grouped("claim_id").items():
            found = claim.agreement_id._find_codes(lines.inspection_id)
            none = self.env["reverse.supplier.code"]
            for line in lines:
                line.code_id = found.get(line.inspection_id, none)

    def _get_out_of_warranty(self):
        """Give the lines whose goods came back after the supplier's warranty."""
        return self.filtered(
            lambda line: (
                line.warranty_until
                and line.inspection_id
                and line.warranty_until < line._get_returned_on()
            )
        )

    def _get_returned_on(self):
        # sudo: the day only
        part = self.inspection_id.sudo()
        moment = part.receipt_move_id.reverse_done_at or part.inspected_at
        return part.company_id._to_reverse_day(moment)

    def _retake_terms(self, before):
        """Take basis, amounts and days of inspected goods from their claim's agreement.

        :param before: the agreement that they are as yet of
        :return: the lines of goods that stay as they were: something was entered by
            hand, or nobody inspected them
        """
        # sudo: who claims need not read purchases and terms
        lines = self.sudo()
        asked = lines.filtered(lambda line: line.kind in FLAT and line.inspection_id)
        goods = asked.filtered(lambda line: line.kind == "goods")
        agreed = goods.filtered(lambda line: line._is_as_agreed(before.sudo(), asked))
        # What comes with the goods is asked for anew.
        follows = (asked - goods).filtered(
            lambda line: line.inspection_id in agreed.inspection_id
        )
        moves = agreed._find_receipts()
        bills = moves.purchase_line_id._read_reverse_bills(agreed)
        follows._workflow().unlink()
        for line in agreed:
            line._take_terms(bills)
        left = lines - follows
        own = left.filtered(lambda line: line.kind == "goods" and line.found)
        return (goods - agreed | own).with_env(self.env)

    def _is_as_agreed(self, agreement, asked):
        """Whether these goods, and what comes with them, ask for what was agreed."""
        own = asked.filtered(lambda line: line.inspection_id == self.inspection_id)
        found = self._get_agreed_amounts(agreement, self._get_claimed().quantity)
        # What comes with goods by the agreement need not be asked for.
        return all(found.get(line.kind) == line.amount_claimed for line in own)

    def _find_receipts(self):
        """Give the receipts that the goods of these lines are likeliest of."""
        chosen = self.receipt_move_id
        open_lines = self.filtered(lambda line: not line.receipt_move_id)
        sources = open_lines.inspection_id._find_supplier_sources()
        return chosen.union(*(moves[:1] for moves, _sure in sources.values()))

    def _take_terms(self, bills):
        """Ask for goods, and what comes with them, as their claim's agreement says."""
        self.ensure_one()
        claim, part, move = self.claim_id, self.inspection_id, self.receipt_move_id
        sure = bool(move)
        if not move:
            moves, sure = part._find_supplier_sources()[part]
            move = moves[:1]
        goods, agreement = self._get_claimed(), claim.agreement_id
        currency, kind = claim.currency_id, claim.kind
        self._guarded_write(
            self._prepare_source(goods, move, sure, agreement, currency, kind, bills)
        )
        asked = self._get_agreed_amounts(agreement, goods.quantity)
        self._guarded_write({"amount_claimed": asked.pop("goods", 0.0)})
        own = {
            "claim_id": claim.id,
            "inspection_id": part.id,
            "factor": self.factor,
        }
        self._guarded_create(
            [
                {**own, "kind": what, "amount_claimed": amount}
                for what, amount in asked.items()
            ]
        )
