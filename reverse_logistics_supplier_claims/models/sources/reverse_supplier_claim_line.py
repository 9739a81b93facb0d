from dataclasses import replace

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...engine import sources
from ...engine.sources import Receipt, Sold
from ..claimed import Claimed
from ..reverse_supplier_claim_line import LIVE


class ReverseSupplierClaimLine(models.Model):
    """Receipts that claimed goods can be of, ranked, with a sentence why."""

    _inherit = "reverse.supplier.claim.line"

    candidate_ids = fields.Many2many(
        "stock.move", compute="_compute_candidate_ids", compute_sudo=True
    )

    @api.depends("inspection_id", "product_id", "state")
    def _compute_candidate_ids(self):
        self.candidate_ids = False
        open_lines = self.filtered(
            lambda line: (
                line.product_id and line.state == "draft" and line.kind == "goods"
            )
        )
        for line, found in open_lines._find_candidates().items():
            keys = [each.receipt.key for each in found]
            line.candidate_ids = [Command.set(list(dict.fromkeys(keys)))]

    # ------------------------------------------------------------------
    # A person chooses
    # ------------------------------------------------------------------
    def action_choose_source(self):
        """Open the receipts that come into question, the likeliest first.

        :raises UserError: when there is nothing to choose
        """
        self.ensure_one()
        self.claim_id._check_duty("claims")
        if self.source_state != "unclear" or self.state != "draft":
            raise UserError(
                self.env._(
                    "%(line)s: there is nothing to choose. Either its receipt is "
                    "known, or none is found, or the claim is submitted.",
                    line=self.display_name,
                )
            )
        choice = self.env["reverse.supplier.source"].create(
            {
                "claim_line_id": self.id,
                "line_ids": [
                    Command.create({"rank": number, **vals})
                    for number, vals in enumerate(self._prepare_candidates(), start=1)
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose the Receipt"),
            "res_model": choice._name,
            "res_id": choice.id,
            "view_mode": "form",
            "target": "new",
        }

    def _prepare_candidates(self):
        """Give the values of each receipt to choose from, the likeliest first."""
        # sudo: who claims need not read purchases; what is shown is about these goods
        line = self.sudo()
        claim = line.claim_id
        # A receipt of several lots is one to choose.
        found = {
            candidate.receipt.key: candidate
            for candidate in reversed(line._find_candidates()[line])
        }
        found = list(reversed(found.values()))
        # sudo: receipts are looked up for whoever may claim
        moves = self.env["stock.move"].sudo()
        moves = moves.browse(candidate.receipt.key for candidate in found)
        bills = moves.purchase_line_id._read_reverse_bills(line)
        return [
            {
                "receipt_move_id": move.id,
                "receipt": move.picking_id.name or move.display_name,
                "purchase": move.purchase_line_id.order_id.name,
                "supplier": move.purchase_line_id.partner_id.display_name,
                "received_on": candidate.receipt.day,
                "quantity_left": candidate.receipt.left,
                "unit_cost": line._prepare_source(
                    line._get_claimed(),
                    move,
                    False,
                    claim.agreement_id,
                    claim.currency_id,
                    claim.kind,
                    bills,
                )["unit_cost"],
                "why": line._explain_candidate(candidate),
            }
            for candidate, move in zip(found, moves, strict=True)
        ]

    def _explain_candidate(self, candidate):
        """Say why goods can be of a receipt, and how likely that is."""
        return {
            "direct": self.env._("The supplier sent it straight to the customer."),
            "lot": self.env._("The lot came in with it, and with nothing else."),
            "fifo": self.env._(
                "First in, first out: what was sold was taken from this receipt."
            ),
            "used": self.env._(
                "Less likely: first in, first out, it was used up before these goods "
                "were sold."
            ),
            "unused": self.env._(
                "Less likely: first in, first out, older receipts were sold first."
            ),
            "oldest": self.env._(
                "Possible: with which delivery these goods were sold is not known, so "
                "the oldest receipt comes first."
            ),
            "after": self.env._("Unlikely: it came in after these goods were sold."),
        }[candidate.why]

    # ------------------------------------------------------------------
    # Receipts that come into question
    # ------------------------------------------------------------------
    def _get_claimed(self):
        """Say what this line is about."""
        self.ensure_one()
        if self.inspection_id:
            return self.inspection_id._get_claimed()
        entered = self.create_date or fields.Datetime.now()
        return Claimed(
            company=self.company_id,
            product=self.product_id,
            quantity=self.quantity,
            found_on=self.company_id._to_reverse_day(entered),
            lot=self.lot_id,
            owner=self.env["res.partner"],
        )

    def _find_sources(self, goods, partner=None):
        """Find the receipts from suppliers that goods can be of; each takes of it.

        :param list goods: of ``claimed.Claimed``; what these lines claim of them is
            left out
        :param partner: the only supplier that counts
        :return: a list of ``(receipts, the likeliest first; whether it is sure)``
        """
        # sudo: receipts and claims of every user count
        lines = self.sudo()
        receipts = lines._read_receipts(goods, partner)
        sold = lines._read_sold(goods)
        # sudo: as above
        moves = self.env["stock.move"].sudo()
        found = []
        for one in goods:
            ranked, sure = self._rank(
                one, receipts.get((one.company, one.product), {}), sold
            )
            for candidate in ranked[:1]:
                candidate.receipt.left -= one.quantity  # the next find less of it
            keys = dict.fromkeys(each.receipt.key for each in ranked)
            found.append((moves.browse(keys), sure))
        return found

    def _find_own_sources(self, owns, partner=None):
        """Find the receipts of own goods: the one they came in with, else any.

        :param list owns: of ``Own``
        :raises UserError: when less of a receipt is left than is claimed of it
        """
        found = self._find_sources(
            [own.goods for own in owns if not own.receipt], partner
        )
        others = iter(found)
        receipts = self._read_receipts([own.goods for own in owns], None)
        sources = []
        for own in owns:
            if not own.receipt:
                sources.append(next(others))
                continue
            goods = own.goods
            known = receipts.get((goods.company, goods.product), {})
            known = {
                one.key: one
                for one in known.get(goods.lot or None, ())
                if not one.owner
            }
            receipt = known.get(own.receipt.id)
            if own.found != "short":
                self._check_left(own, receipt.left if receipt else 0.0)
                receipt.left -= goods.quantity
            sources.append((own.receipt if receipt else own.receipt.browse(), True))
        return sources

    def _check_left(self, own, left):
        """Refuse to claim more of a receipt than is left of it."""
        unit = own.goods.product.uom_id
        if unit.compare(own.goods.quantity, left) > 0:
            raise UserError(
                self.env._(
                    "%(receipt)s: %(left)s of %(product)s are left to claim. The "
                    "others went back to the supplier, or are claimed already.",
                    receipt=own.receipt.picking_id.name or own.receipt.display_name,
                    left=unit._say_reverse(max(left, 0.0)),
                    product=(own.goods.lot or own.goods.product).display_name,
                )
            )

    @api.model
    def _rank(self, goods, receipts, sold):
        return sources.rank(
            goods.lot or None,
            goods.quantity,
            receipts,
            goods.product.uom_id.rounding,
            sold.get((goods.delivery, goods.lot)),
            goods.delivery.id if goods.delivery else None,
            None if goods.owner is None else goods.owner.id,
        )

    def _find_candidates(self):
        """Find the receipts that the goods can be of, what others claim left alone.

        :return: ``{line: [engine.sources.Candidate, the likeliest first]}``
        """
        found = {}
        # sudo: receipts and claims of every user count
        for seller, lines in (
            self.sudo()
            .grouped(
                lambda line: line.partner_id if line.claim_id._is_on_seller() else None
            )
            .items()
        ):
            found.update(lines._find_candidates_of(seller))
        return {line: found[line.sudo()] for line in self}

    def _find_candidates_of(self, partner):
        goods = {line: line._get_claimed() for line in self}
        receipts = self._read_receipts(list(goods.values()), partner)
        sold = self._read_sold(list(goods.values()))
        # What these lines claim was not read: each is in the way of the others.
        taken = {}
        for line in self:
            if line.found != "short":
                key = line.receipt_move_id.id, line.lot_id or None
                taken.setdefault(key, {})[line] = line.quantity
        found = {}
        for line, one in goods.items():
            known, others = {}, {}
            for lot, own in receipts.get((one.company, one.product), {}).items():
                if lot and one.lot and lot != one.lot:
                    continue
                for receipt in own:
                    key = receipt.key, lot
                    if key not in others:
                        claims = taken.get(key, {})
                        others[key] = sum(claims.values()) - claims.get(line, 0.0)
                    # Of several owners, each piece is taken off once.
                    less = min(receipt.left, others[key])
                    others[key] -= less
                    rest = replace(receipt, left=receipt.left - less)
                    known.setdefault(lot, []).append(rest)
            found[line], _sure = self._rank(one, known, sold)
        return found

    def _read_receipts(self, goods, partner):
        """Read what came in, less what went back and what other lines claim.

        :param list goods: of ``claimed.Claimed``
        :param partner: the only supplier that counts

        :return: ``{(company, product): {lot or None: [engine.sources.Receipt, …]}}``
        """
        companies = {one.company.id for one in goods}
        products = {one.product.id for one in goods}
        lots = {one.lot.id for one in goods if one.lot}
        unnumbered = {one.product.id for one in goods if not one.lot}
        domain = Domain(
            [
                ("state", "=", "done"),
                ("company_id", "in", list(companies)),
                ("product_id", "in", list(products)),
                ("location_id.usage", "=", "supplier"),
                ("move_id.purchase_line_id", "!=", False),
            ]
        ) & (
            Domain("lot_id", "in", [False, *lots])
            | Domain("product_id", "in", list(unnumbered))
        )
        if partner:
            purchase = "move_id.purchase_line_id.partner_id"
            domain &= Domain(purchase, "child_of", partner.ids)
        came = self.env["stock.move.line"].search(domain)
        gone, sent = self._read_returns(came.move_id)
        receipts = {}
        groups = came.grouped(lambda line: (line.move_id, line.lot_id, line.owner_id))
        # Whose goods went back is not always known: our own first, and only once.
        for (move, lot, owner), lines in sorted(
            groups.items(), key=lambda item: bool(item[0][2])
        ):
            left = sum(lines.mapped("quantity_product_uom"))
            less = min(left, gone.get((move, lot), 0.0))
            if less:
                gone[move, lot] -= less
            own = receipts.setdefault((move.company_id, move.product_id), {})
            own.setdefault(lot or None, []).append(
                Receipt(
                    key=move.id,
                    day=move.company_id._to_reverse_day(move.reverse_done_at),
                    left=left - less,
                    purchase=move.purchase_line_id.id,
                    moment=move.reverse_done_at,
                    came=left if move.location_dest_id.is_valued_internal else 0.0,
                    gone=sent.get((move, lot), ()),
                    owner=owner.id,
                )
            )
        for company, product, lot, other in self._read_other_stock(goods, came):
            receipts.setdefault((company, product), {}).setdefault(
                lot or None, []
            ).append(other)
        return receipts

    def _read_returns(self, moves):
        """Sum what of these receipts went back to the supplier, or is claimed.

        :return: ``({(receipt, lot): quantity}, {(receipt, lot): [(moment, quantity that
            went back then), …]})``
        """
        gone, sent = {}, {}
        claimed = self.env["reverse.supplier.claim.line"]._read_group(
            [
                ("receipt_move_id", "in", moves.ids),
                ("kind", "=", "goods"),
                # Pieces that are missing never came in with it.
                ("found", "!=", "short"),
                # Leave out these lines themselves: they are about to be entered anew.
                ("id", "not in", self.ids),
                *LIVE,
            ],
            ["receipt_move_id", "lot_id"],
            ["quantity:sum"],
        )
        for move, lot, quantity in claimed:
            gone[move, lot] = quantity
        back = moves.returned_move_ids.filtered(
            lambda m: (
                m.state not in ("draft", "cancel")
                and m.location_dest_id.usage == "supplier"
            )
        )
        for line in back.move_line_ids:
            move, quantity = line.move_id, line.quantity_product_uom
            key = move.origin_returned_move_id, line.lot_id
            if not move.reverse_claim_line_id:
                gone[key] = gone.get(key, 0.0) + quantity
            if move.state == "done":
                sent.setdefault(key, []).append((move.reverse_done_at, quantity))
        return gone, sent

    @api.model
    def _read_sold(self, goods):
        """Read how many of the same goods had left before each delivery.

        Of a lot, only that lot counts, and of consigned goods only their owner's. What
        customers sent back before was there again.

        :param list goods: of ``claimed.Claimed``
        :return: ``{(delivery, lot): engine.sources.Sold}``
        """
        deliveries = self.env["stock.move"].union(
            *(one.delivery for one in goods if one.delivery)
        )
        sold = {}
        if not deliveries:
            return sold
        places = self.env["stock.location"].search([("is_valued_internal", "=", True)])
        self.env["stock.move"].flush_model(["reverse_done_at", "state"])
        self.env["stock.move.line"].flush_model(
            ["lot_id", "location_id", "location_dest_id", "quantity_product_uom"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move, lot, moment, quantity, before, before_of_lot FROM (
                SELECT line.move_id AS move,
                       line.lot_id AS lot,
                       move.reverse_done_at AS moment,
                       line.quantity_product_uom AS quantity,
                       SUM(counted.quantity) OVER (
                           PARTITION BY move.company_id, move.product_id,
                                        line.owner_id
                           ORDER BY move.reverse_done_at,
                                    move.id, line.id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                       ) AS before,
                       SUM(counted.quantity) OVER (
                           PARTITION BY move.company_id, move.product_id,
                                        line.owner_id, line.lot_id
                           ORDER BY move.reverse_done_at,
                                    move.id, line.id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                       ) AS before_of_lot
                  FROM stock_move_line line
                  JOIN stock_move move ON move.id = line.move_id
                  JOIN stock_location source ON source.id = line.location_id
                  JOIN stock_location goal ON goal.id = line.location_dest_id
                 CROSS JOIN LATERAL (
                       SELECT CASE
                         WHEN source.id IN %(places)s AND goal.id NOT IN %(places)s
                              AND goal.usage != 'supplier'
                         THEN line.quantity_product_uom
                         WHEN goal.id IN %(places)s AND source.usage = 'customer'
                         THEN -line.quantity_product_uom
                       END AS quantity
                       ) counted
                 WHERE move.state = 'done'
                   AND move.company_id IN %(companies)s
                   AND move.product_id IN %(products)s
                   AND counted.quantity IS NOT NULL
                       ) moved
                 WHERE move IN %(deliveries)s
                """,
                places=tuple(places.ids) or (0,),
                companies=tuple(deliveries.company_id.ids),
                products=tuple(deliveries.product_id.ids),
                deliveries=tuple(deliveries.ids),
            )
        )
        by_move = {}
        for move, *row in rows:
            by_move.setdefault(move, []).append(row)
        for one in goods:
            lines = by_move.get(one.delivery.id, ()) if one.delivery else ()
            # What was sold without a lot may have been any.
            own = [row for row in lines if one.lot and row[0] == one.lot.id]
            if lines:
                place = 4 if own else 3
                sold[one.delivery, one.lot] = Sold(
                    moment=lines[0][1],
                    before=min(row[place] or 0.0 for row in own or lines),
                    quantity=sum(row[2] for row in own or lines),
                )
        return sold

    @api.model
    def _read_other_stock(self, goods, came):
        """Read what came in from no supplier: counted, made, or given by others.

        It is sold in its turn, too, but nobody can be asked for it.

        :param came: detailed operations of receipts from suppliers
        :return: ``[(company, product, lot, engine.sources.Receipt)]``
        """
        domain = Domain(
            [
                ("state", "=", "done"),
                ("company_id", "in", came.company_id.ids),
                ("product_id", "in", list({one.product.id for one in goods})),
                ("location_dest_id.is_valued_internal", "=", True),
                ("location_id.is_valued_internal", "=", False),
                ("location_id.usage", "!=", "customer"),
                ("move_id", "not in", came.move_id.ids),
            ]
        )
        rows = self.env["stock.move.line"]._read_group(
            domain, ["move_id", "lot_id", "owner_id"], ["quantity_product_uom:sum"]
        )
        return [
            (
                move.company_id,
                move.product_id,
                lot,
                Receipt(
                    key=move.id,
                    day=move.company_id._to_reverse_day(move.reverse_done_at),
                    left=0.0,
                    moment=move.reverse_done_at,
                    came=quantity,
                    owner=owner.id,
                ),
            )
            for move, lot, owner, quantity in rows
        ]
