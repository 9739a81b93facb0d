from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..claimed import Claimed, get_goods


class Own(NamedTuple):
    """Own goods of which a supplier is asked for the value.

    :param str found: a key of the line's field
    :param receipt: the move with which they came in, where that is known
    :param place: where they lie
    :param bool set_aside: whether they are to go back to the supplier
    """

    goods: Claimed
    found: str
    receipt: Any
    place: Any
    set_aside: bool


class ReverseSupplierClaim(models.Model):
    """Claims of goods in our own stock, and of receipts that were not as ordered.

    What is claimed of a receipt and what went back of it is never more than came in
    with it, whoever claims it and from where: one failure is claimed once.
    """

    _inherit = "reverse.supplier.claim"

    @api.model
    def _claim_own(self, owns, partner=None, kind="supplier"):
        """Open claims of own goods, one per supplier, agreement and currency.

        :param list owns: of :class:`Own`
        :param partner: the supplier or carrier, where several are possible
        :param str kind: of the claims: ``carrier`` for what was damaged on the way here
        :raises UserError: saying what cannot be claimed, and why
        """
        self._check_duty("claims")
        for own in owns:
            self._check_own(own)
            if kind == "carrier":
                self._check_carried(own)
        # sudo: who claims need not read purchases; duty is checked, companies below
        lines = self.env["reverse.supplier.claim.line"].sudo()
        seller = partner if kind == "supplier" else None
        sources = lines._find_own_sources(owns, seller)
        # Of two users at once, the second finds what the first left.
        self.env["stock.move"].union(
            *(moves[:1] for moves, _sure in sources)
        )._reverse_touch()
        # sudo: purchases and bills are looked up for whoever may claim
        bills = (
            self.env["stock.move"]
            .sudo()
            .union(*(moves[:1] for moves, _sure in sources))
            .purchase_line_id._read_reverse_bills()
        )
        groups = {}
        self._check_own_quantities(owns)
        for own, (moves, sure) in zip(owns, sources, strict=True):
            payer, agreement = self._find_own_payer(own, moves, partner, kind)
            order = moves[:1].purchase_line_id.order_id
            company = own.goods.company
            key = payer, agreement, order.currency_id or company.currency_id, company
            groups.setdefault(key, []).append((own, moves[:1], sure))
        return self._open_own(groups, bills, kind)

    def _open_own(self, groups, bills, kind):
        """Create the claims, and set aside what goes back.

        :param dict groups: ``{(partner, agreement, currency, company): [(own, receipt,
            whether it is sure)]}``
        """
        day = fields.Date.context_today(self)
        # sudo: whoever opens these claims has the duty, see _claim_own
        lines = self.env["reverse.supplier.claim.line"].sudo()
        claims = self.browse()
        for (partner, agreement, currency, company), owns in groups.items():
            claim = self._guarded_create(
                [
                    {
                        "partner_id": partner.id,
                        "agreement_id": agreement.id,
                        "currency_id": currency.id,
                        "company_id": company.id,
                        "kind": kind,
                        "opened_by_id": self.env.uid,
                    }
                ]
            )
            places = {}
            factors = self.env["reverse.supplier.factor"]._find_for_goods(
                {
                    own: (
                        company,
                        partner,
                        own.goods.product,
                        own.goods.found_on or day,
                    )
                    for own, _move, _sure in owns
                }
            )
            for own, move, sure in owns:
                place = own.set_aside and self._get_own_place(own)
                commands = lines._prepare_lines(
                    own.goods,
                    move,
                    sure,
                    agreement,
                    currency,
                    day,
                    0.0,
                    bills,
                    factors[own],
                    kind,
                    found=own.found,
                    stock_location_id=place and place.id,
                    kept_location_id=not place
                    and own.found != "short"
                    and own.place.id,
                    product_id=own.goods.product.id,
                    lot_id=own.goods.lot.id,
                )
                made = lines._guarded_create(
                    [{**command[2], "claim_id": claim.id} for command in commands]
                )
                if place:
                    places[made[0]] = own.place
            lines._set_aside(places)
            claims |= claim
        claims._log("SupplierClaimOpened")
        return claims

    # ------------------------------------------------------------------
    # What may be claimed
    # ------------------------------------------------------------------
    def _check_own(self, own):
        """Refuse goods that wait for an inspection, or of another company."""
        unit = own.goods.product.uom_id
        name = (own.goods.lot or own.goods.product).display_name
        if unit.compare(own.goods.quantity, 0) <= 0:
            raise UserError(
                self.env._(
                    "%s: enter how many are claimed.", own.goods.product.display_name
                )
            )
        if own.goods.company not in self.env.companies:
            raise UserError(
                self.env._(
                    "%(goods)s belongs to %(company)s: switch to that company first.",
                    goods=own.goods.product.display_name,
                    company=own.goods.company.display_name,
                )
            )
        # The user need not know another company's places and lots: they are not named.
        for company in (own.place.company_id, own.goods.lot.company_id):
            if company and company != own.goods.company:
                raise UserError(
                    self.env._(
                        "%(goods)s is claimed for %(company)s: choose a location and a "
                        "lot of that company.",
                        goods=own.goods.product.display_name,
                        company=own.goods.company.display_name,
                    )
                )
        if own.found == "short":
            return
        state = own.place.reverse_state
        if own.place.usage != "internal" or (
            own.place._is_reverse() and state != "vendor_return"
        ):
            raise UserError(
                self.env._(
                    "%(goods)s lies in %(location)s, where an inspection decides about "
                    "it: complete it, and claim what it found.",
                    goods=name,
                    location=own.place.display_name,
                )
            )

    def _check_carried(self, own):
        """A carrier pays for what it carried here, and for no fault of the goods."""
        if not own.receipt or own.found not in ("damaged", "short") or own.set_aside:
            raise UserError(
                self.env._(
                    "%(goods)s: a carrier pays for what it damaged or lost on the way "
                    "here. Claim it from the receipt, and leave it where it is; what "
                    "the supplier sent wrong or defective is claimed from it.",
                    goods=(own.goods.lot or own.goods.product).display_name,
                )
            )

    def _refuse_carrier(self, own):
        raise UserError(
            self.env._(
                "%(goods)s: choose the carrier. No agreement says who carries it, or "
                "several do.",
                goods=(own.goods.lot or own.goods.product).display_name,
            )
        )

    def _check_own_quantities(self, owns):
        """Refuse more than is missing, or lies there, with all that is claimed at once.

        What stays where it is was limited by what is left of its receipt.
        """
        summed = {}
        for own in owns:
            goods = own.goods
            key = goods.product, goods.lot, own.place
            if own.found == "short":
                # sudo: which purchase it is
                key = own.receipt.sudo().purchase_line_id
            elif own.receipt and not own.set_aside:
                continue
            if key in summed:
                more = summed[key].goods.quantity + goods.quantity
                goods = goods._replace(quantity=more)
            summed[key] = own._replace(goods=goods)
        for own in summed.values():
            if own.found == "short":
                self._check_missing(own)
            else:
                self._check_free(own)

    def _check_free(self, own):
        """Refuse to claim more from a place than lies there, free to be claimed."""
        unit = own.goods.product.uom_id
        name = (own.goods.lot or own.goods.product).display_name
        free = self._get_own_free(own)
        if unit.compare(own.goods.quantity, free) > 0:
            raise UserError(
                self.env._(
                    "%(goods)s: only %(free)s in %(location)s can be claimed as own "
                    "stock. The others are reserved, claimed already, or of returns, "
                    "which are claimed with their inspection.",
                    goods=name,
                    free=unit._say_reverse(max(free, 0.0)),
                    location=own.place.display_name,
                )
            )

    def _get_own_free(self, own, mine=0.0):
        """How many of these goods lie free: neither of returns nor claimed.

        :param float mine: how many of those that are claimed there are asked about
        """
        goods, place = own.goods, own.place
        # sudo: stock of every user counts
        quants = self.env["stock.quant"].sudo()
        quants = quants._find_reverse_own(goods.product, place, goods.lot)
        available = sum(quants.mapped("available_quantity"))
        lines = self.env["reverse.supplier.claim.line"]
        # A receipt names the stock, a shelf of it where the goods were put.
        kept = lines._read_kept(
            [
                ("product_id", "=", goods.product.id),
                ("lot_id", "=", goods.lot.id),
                "|",
                ("kept_location_id", "child_of", place.id),
                ("kept_location_id", "parent_of", place.id),
            ]
        )
        free = mine - sum(kept.values())
        if place._is_reverse():
            documents = self.env["reverse.stock.difference"]
            free += documents._count_beyond(place, goods.product, goods.lot)
            return min(available, free)
        key = goods.product, goods.lot, place
        return available + free - lines._read_set_aside(place).get(key, 0.0)

    def _check_missing(self, own):
        """Refuse to claim more as missing than was billed and never came in."""
        # sudo: books and claims of every user count
        purchase = own.receipt.sudo().purchase_line_id
        lines = self.env["reverse.supplier.claim.line"].sudo()
        lines = lines.search(
            [
                # Also what carriers are asked for, which is not on the seller's bill.
                ("receipt_move_id.purchase_line_id", "=", purchase.id),
                ("found", "=", "short"),
                ("kind", "=", "goods"),
                ("state", "!=", "cancelled"),
            ]
        )
        # What was credited is not billed any more.
        uncredited = lines.filtered(
            lambda line: (
                "posted"
                not in line.refund_line_ids.filtered("purchase_line_id").mapped(
                    "parent_state"
                )
            )
        )
        # What came and went back is not missing, whether it is credited or not.
        came = purchase.move_ids.filtered(
            lambda m: (
                m.state == "done"
                and m.location_id.usage == "supplier"
                and not m.origin_returned_move_id
            )
        )
        unit = purchase.product_uom_id
        received = max(
            sum(m.product_uom._compute_quantity(m.quantity, unit) for m in came),
            purchase.qty_received + purchase.reverse_qty_credited,
        )
        missing = unit._compute_quantity(
            purchase.reverse_qty_billed - received, own.goods.product.uom_id
        ) - sum(uncredited.mapped("quantity"))
        if own.goods.product.uom_id.compare(own.goods.quantity, missing) > 0:
            raise UserError(
                self.env._(
                    "%(order)s: %(missing)s of %(product)s are billed, did not come in "
                    "and are not claimed yet. No more than that can be claimed as "
                    "missing.",
                    order=purchase.order_id.name,
                    missing=own.goods.product.uom_id._say_reverse(max(missing, 0.0)),
                    product=own.goods.product.display_name,
                )
            )

    def _get_own_place(self, own):
        """Where these goods wait for their supplier."""
        if own.place.reverse_state == "vendor_return":
            return own.place
        facility = self.env["reverse.facility"].search(
            [("warehouse_id", "=", own.place.warehouse_id.id)], limit=1
        )
        place = facility and facility._get_location("vendor_return")
        if not place:
            raise UserError(
                self.env._(
                    "%s has no location for vendor returns. Keep the goods where they "
                    "are, or have a returns facility set up.",
                    own.place.warehouse_id.display_name or own.place.display_name,
                )
            )
        return place

    # ------------------------------------------------------------------
    # From whom, and on which terms
    # ------------------------------------------------------------------
    def _find_own_payer(self, own, moves, partner, kind):
        """Find who pays for own goods: ``(partner, agreement)``."""
        if kind == "carrier":
            agreement = self._find_own_agreement(own, partner, kind)
            carrier = partner or agreement.partner_id
            if not carrier:
                self._refuse_carrier(own)
            return carrier, agreement
        named = None if own.receipt else partner
        seller = named or self._get_own_seller(own, moves)
        return seller, self._find_own_agreement(own, seller, kind)

    def _get_own_seller(self, own, moves):
        sellers = moves.purchase_line_id.partner_id.commercial_partner_id
        if len(sellers) != 1:
            raise UserError(
                self.env._(
                    "%(goods)s: several suppliers sold it, or none is found of whom "
                    "enough is left to claim (%(sellers)s). Choose the supplier.",
                    goods=(own.goods.lot or own.goods.product).display_name,
                    sellers=", ".join(sellers.mapped("name")) or "-",
                )
            )
        return sellers

    def _find_own_agreement(self, own, partner, kind):
        goods = own.goods
        asked = self._get_own_goods(goods, partner, kind)
        (agreement,) = self.env["reverse.supplier.agreement"]._find_for([asked])
        agreement = agreement.sudo()  # sudo: terms count whoever claims
        if agreement.is_allowance:
            raise UserError(agreement._explain_allowance(goods.product.display_name))
        return agreement

    def _get_own_goods(self, goods, partner, kind):
        """Give the facts by which the agreement for own goods is found.

        :param claimed.Claimed goods: what is claimed
        :param partner: of whom, None where only one carrier is possible
        """
        return get_goods(
            goods.company,
            goods.product,
            partner=partner.id if partner else None,
            kind=kind,
            day=goods.found_on or fields.Date.context_today(self),
            liability=kind,
        )
