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
        lines = self.sudo().with_prefetch()
        asked = lines.filtered(lambda line: line.kind in FLAT and line.inspection_id)
        goods = asked.filtered(lambda line: line.kind == "goods")
        agreed = goods.filtered(lambda line: line._is_as_agreed(before.sudo(), asked))
        # What comes with the goods is asked for anew.
        follows = (asked - goods).filtered(
            lambda line: line.inspection_id in agreed.inspection_id
        )
        receipts = agreed._find_receipts()
        follows._workflow().unlink()
        agreed._take_terms(receipts)
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
        """Find the receipts that the goods of these lines are likeliest of, together.

        :return: ``{line: (receipt, whether it is sure)}``
        """
        open_lines = self.filtered(lambda line: not line.receipt_move_id)
        found = open_lines.inspection_id._find_supplier_sources()
        receipts = {line: (line.receipt_move_id, True) for line in self - open_lines}
        for line in open_lines:
            moves, sure = found[line.inspection_id]
            receipts[line] = moves[:1], sure
        return receipts

    def _take_terms(self, receipts):
        """Ask for goods, and what comes with them, as their claim's agreement says.

        :param dict receipts: see ``_find_receipts``
        """
        moves = self.env["stock.move"].union(*(move for move, _ in receipts.values()))
        bills = moves.purchase_line_id._read_reverse_bills(self)
        claimed = {line: line._get_claimed() for line in self}
        self._write_sources(
            {
                line: line._prepare_source(
                    claimed[line],
                    *receipts[line],
                    line.claim_id.agreement_id,
                    line.claim_id.currency_id,
                    line.claim_id.kind,
                    bills,
                )
                for line in self
            }
        )
        asked = {
            line: line._get_agreed_amounts(
                line.claim_id.agreement_id, claimed[line].quantity
            )
            for line in self
        }
        self._guarded_write_each(
            {
                line: {"amount_claimed": own.pop("goods", 0.0)}
                for line, own in asked.items()
            }
        )
        # What another claim asks for already is not asked for again.
        already = self.inspection_id._get_asked_kinds()
        self._guarded_create(
            [
                {
                    "claim_id": line.claim_id.id,
                    "inspection_id": line.inspection_id.id,
                    "factor": line.factor,
                    "kind": what,
                    "amount_claimed": amount,
                }
                for line, own in asked.items()
                for what, amount in own.items()
                if what not in already[line.inspection_id]
            ]
        )
