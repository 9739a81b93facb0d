from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import agreements, sources
from .reverse_supplier_claim_line import LIVE

READERS = "reverse_logistics_supplier_claims.group_claims_reader"
#: Liabilities that somebody outside pays for.
OWED = ("supplier", "carrier")


class ReverseInspection(models.Model):
    """Claims on suppliers and carriers for what an inspection found."""

    _inherit = "reverse.inspection"

    supplier_claim_line_ids = fields.One2many(
        "reverse.supplier.claim.line",
        "inspection_id",
        "Claim Lines",
        groups=READERS,
    )
    is_claim_allowed = fields.Boolean(compute="_compute_is_claim_allowed")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_is_claim_allowed(self):
        claimable = self._filter_claimable() if self._has_duty("claims") else ()
        for part in self:
            part.is_claim_allowed = part in claimable

    # ------------------------------------------------------------------
    # Opening claims
    # ------------------------------------------------------------------
    def _complete(self, vals):
        """After completing, open the claims that agreements open by themselves."""
        res = super()._complete(vals)
        self._note_claimable()
        self._filter_owed()._work("_open_agreed_claims")
        return res

    def _has_work_left(self, method):
        if method == "_open_agreed_claims":
            return bool(self._filter_claimable())
        return super()._has_work_left(method)

    def _open_agreed_claims(self):
        # sudo: inspectors need not read agreements, purchases and claims
        parts = self.sudo()._filter_claimable()
        agreed = [
            ("opens_itself", "=", True),
            ("company_id", "in", parts.company_id.ids),
        ]
        if parts and parts.env["reverse.supplier.agreement"].search(agreed, limit=1):
            found, _problems = parts._find_claims()
            parts._create_claims(
                {
                    key: own
                    for key, own in found.items()
                    if key[1].opens_itself and not key[1].is_allowance
                }
            )

    def action_claim_supplier(self):
        """Open claims for these parts, one per supplier, agreement and currency.

        :return: action that shows the claims
        :raises UserError: when one of them cannot be claimed, saying why
        """
        self._check_duty("claims")
        # Of two users at once, the second finds the claim of the first.
        self._reverse_touch()
        self._check_claimable()
        # sudo: who claims need not read purchases; duty and company are checked above
        parts = self.sudo()
        found, problems = parts._find_claims()
        for problem in problems.values():
            raise UserError(problem)
        claims = parts._create_claims(found, self.env.user)
        return claims.with_env(self.env)._open([("id", "in", claims.ids)])

    def _filter_owed(self):
        """Give completed parts that somebody outside may owe."""
        return self.filtered(
            lambda part: (
                part.state == "done"
                and (
                    part.liability in OWED
                    or part.disposition_id.location_state == "vendor_return"
                )
            )
        )

    def _filter_claimable(self):
        """Give parts that somebody may owe, and that nobody claimed yet."""
        owed = self._filter_owed()
        claimed = owed._find_claimed()
        return owed.filtered(lambda part: part not in claimed)

    def _find_claimed(self):
        """Find those of which this or an earlier inspection of the goods is claimed.

        :return: ``{part: claim line}``
        """
        if not self:
            return {}
        lineages = {part: part._get_lineage() for part in self}
        # sudo: a claim counts whoever may read it
        lines = self.env["reverse.supplier.claim.line"].sudo()
        lines = lines.search(
            [
                ("inspection_id", "in", self.concat(*lineages.values()).ids),
                ("kind", "=", "goods"),
                *LIVE,
            ]
        ).grouped("inspection_id")
        by_id = {part.id: line for part, line in lines.items()}
        claimed = {}
        for part, lineage in lineages.items():
            for one in lineage:
                if one.id in by_id:
                    claimed[part] = by_id[one.id]
        return claimed

    def _check_claimable(self):
        """Refuse what is claimed already, and what nobody outside owes."""
        self._check_not_claimed()
        for part in self - self._filter_claimable():
            raise UserError(
                self.env._(
                    "%(part)s: only inspected goods can be claimed for which a "
                    "supplier or carrier is liable, or which go back to the supplier.",
                    part=part.display_name,
                )
            )

    def _check_not_claimed(self):
        """Refuse to claim goods twice."""
        for part, line in self._find_claimed().items():
            raise UserError(
                self.env._(
                    "%(part)s is claimed already: see %(claim)s of %(partner)s.",
                    part=part.display_name,
                    claim=line.claim_id.name,
                    partner=line.claim_id.partner_id.display_name,
                )
            )

    # ------------------------------------------------------------------
    # What is claimed from whom
    # ------------------------------------------------------------------
    def _find_claims(self):
        """Group parts by whom they are claimed from, and how.

        :return: ``({(partner, agreement, currency, company): [values of lines]},
            {part: why it cannot be claimed})``
        """
        candidates = self._find_supplier_sources()
        asked = {part: part._get_claimed_goods(candidates[part][0]) for part in self}
        found = self.env["reverse.supplier.agreement"]._find_for(list(asked.values()))
        groups, problems = {}, {}
        for part, agreement in zip(self, found, strict=True):
            moves, sure = candidates[part]
            partner = part._get_claim_partner(moves, agreement)
            problem = part._explain_unclaimable(partner, agreement)
            if problem:
                problems[part] = problem
                continue
            order = moves[:1].purchase_line_id.order_id
            currency = order.currency_id or part.company_id.currency_id
            key = partner, agreement, currency, part.company_id
            groups.setdefault(key, []).append((part, moves[:1], sure))
        return groups, problems

    def _get_claimed_goods(self, moves):
        """Give the facts by which an agreement is found.

        :param moves: receipts from which they can be
        """
        self.ensure_one()
        partners = self._get_asked(moves)
        path = (self.product_id.categ_id.parent_path or "").split("/")[:-1]
        return agreements.Goods(
            partner=partners.id if len(partners) == 1 else None,
            kind=self._get_claim_kind(),
            company=self.company_id.id,
            day=self._get_inspected_on(),
            product=self.product_id.id,
            categories=tuple(map(int, reversed(path))),
            reason=self.reason_id.id,
            liability=self.liability or "",
        )

    def _get_claim_kind(self):
        self.ensure_one()
        return "carrier" if self.liability == "carrier" else "supplier"

    def _get_inspected_on(self):
        self.ensure_one()
        moment = self.inspected_at or fields.Datetime.now()
        return self.company_id._to_reverse_day(moment)

    def _get_claim_partner(self, moves, agreement):
        """Give the partner to claim from: the seller, or the agreement's carrier."""
        partners = self._get_asked(moves)
        if self.liability == "carrier":
            return agreement.partner_id or partners
        return partners if len(partners) == 1 else partners.browse()

    def _get_asked(self, moves):
        """Give the partners who may have to pay: the carrier named, or the sellers."""
        asked = moves.purchase_line_id.partner_id
        if self.liability == "carrier":
            asked = self.rma_id.carrier_partner_id
        return asked.commercial_partner_id

    def _explain_unclaimable(self, partner, agreement):
        """Say why no claim can be opened, None where it can."""
        if agreement.is_allowance:
            return self._explain_allowance(agreement)
        if not partner:
            return self.env._(
                "%(part)s: it is not known who would have to pay. Either no purchase "
                "of these goods is found, or several suppliers or carriers are "
                "possible. Enter a claim by hand and choose who has to pay.",
                part=self.display_name,
            )
        return None

    def _explain_allowance(self, agreement):
        return self.env._(
            "%(part)s: the standing allowance of %(rate)s%% in “%(agreement)s” covers "
            "these goods, so no single claim is opened.",
            part=self.display_name,
            rate=f"{agreement.allowance:g}",
            agreement=agreement.name,
        )

    def _create_claims(self, groups, opener=None):
        """Create a claim with its lines for each group of ``_find_claims``.

        :param opener: the user who asked for them; None where an agreement did
        """
        day = fields.Date.today()
        values = self._get_customer_values()
        factors = self.env["reverse.supplier.factor"]._find_for(
            {
                part: partner
                for (partner, *_key), parts in groups.items()
                for part, _move, _sure in parts
            }
        )
        lines = self.env["reverse.supplier.claim.line"]
        vals_list = []
        for (partner, agreement, currency, company), parts in groups.items():
            kind = agreement.kind or parts[0][0]._get_claim_kind()
            vals_list.append(
                {
                    "partner_id": partner.id,
                    "agreement_id": agreement.id,
                    "currency_id": currency.id,
                    "company_id": company.id,
                    "kind": kind,
                    "opened_by_id": opener.id if opener else False,
                    "line_ids": [
                        command
                        for part, move, sure in parts
                        for command in lines._prepare_lines(
                            part,
                            move,
                            sure,
                            agreement,
                            currency,
                            day,
                            values[part],
                            factors[part],
                            kind,
                        )
                    ],
                }
            )
        claims = self.env["reverse.supplier.claim"]._guarded_create(vals_list)
        claims._log("SupplierClaimOpened")
        return claims

    def _get_customer_values(self):
        """Give what the customers claim for each part, in the company's currency."""
        values = self.line_id._get_values_at_stake()
        return {
            part: values[part.line_id] * part.quantity / (part.line_id.quantity or 1.0)
            for part in self
        }

    # ------------------------------------------------------------------
    # Where the goods were bought
    # ------------------------------------------------------------------
    def _find_supplier_sources(self, partner=None):
        """Find the receipts from suppliers that each part can be of.

        :param partner: the only supplier that counts
        :return: ``{part: (receipts, the likeliest first; whether the first is sure)}``
        """
        # sudo: receipts and claims of every user count
        parts = self.sudo().with_prefetch()
        receipts = parts._read_supplier_receipts(partner)
        moves = self.env["stock.move"].sudo()
        found = {}
        for part in parts:
            quantity = part.line_id._in_product_uom(part.quantity)
            ranked, sure = sources.rank(
                part.lot_id or None,
                quantity,
                receipts.get((part.company_id, part.product_id), {}),
                part.product_id.uom_id.rounding,
            )
            for receipt in ranked[:1]:
                receipt.left -= quantity  # the next part finds less of it
            found[part.with_env(self.env)] = (
                moves.browse(dict.fromkeys(receipt.key for receipt in ranked)),
                sure,
            )
        return found

    def _find_supplier_candidates(self, partner=None):
        """Find the receipts that each part can be of, what others claim left alone.

        :param partner: the only supplier that counts
        :return: ``{part: receipts, the likeliest first}``
        """
        # sudo: receipts and claims of every user count
        parts = self.sudo().with_prefetch()
        receipts = parts._read_supplier_receipts(partner)
        # What these parts claim themselves was not read: each is in the others' way.
        taken = {}
        for line in parts.supplier_claim_line_ids:
            if line.kind == "goods" and line.state != "cancelled":
                key = line.receipt_move_id.id, line.lot_id or None
                taken.setdefault(key, {})[line.inspection_id] = line.quantity
        found = {}
        for part in parts:
            known = {}
            for lot, own in receipts.get(
                (part.company_id, part.product_id), {}
            ).items():
                if lot and part.lot_id and lot != part.lot_id:
                    continue
                for one in own:
                    others = taken.get((one.key, lot), {})
                    left = one.left - sum(others.values()) + others.get(part, 0.0)
                    known.setdefault(lot, []).append(replace(one, left=left))
            ranked, _sure = sources.rank(
                part.lot_id or None,
                part.line_id._in_product_uom(part.quantity),
                known,
                part.product_id.uom_id.rounding,
            )
            found[part.with_env(self.env)] = self.env["stock.move"].browse(
                dict.fromkeys(one.key for one in ranked)
            )
        return found

    def _read_supplier_receipts(self, partner):
        """Read what came in, less what went back and what is claimed.

        :return: ``{(company, product): {lot or None: [engine.sources.Receipt, …]}}``
        """
        unnumbered = self.filtered(lambda part: not part.lot_id).product_id
        domain = Domain(
            [
                ("state", "=", "done"),
                ("company_id", "in", self.company_id.ids),
                ("product_id", "in", self.product_id.ids),
                ("location_id.usage", "=", "supplier"),
                ("move_id.purchase_line_id", "!=", False),
            ]
        ) & (
            Domain("lot_id", "in", [False, *self.lot_id.ids])
            | Domain("product_id", "in", unnumbered.ids)
        )
        if partner:
            purchase = "move_id.purchase_line_id.partner_id"
            domain &= Domain(purchase, "child_of", partner.ids)
        came = self.env["stock.move.line"].search(domain)
        gone = self._read_supplier_returns(came.move_id)
        receipts = {}
        for (move, lot), lines in came.grouped(
            lambda line: (line.move_id, line.lot_id)
        ).items():
            left = sum(lines.mapped("quantity_product_uom"))
            own = receipts.setdefault((move.company_id, move.product_id), {})
            own.setdefault(lot or None, []).append(
                sources.Receipt(
                    key=move.id,
                    day=move.company_id._to_reverse_day(move.reverse_done_at),
                    left=left - gone.get((move, lot), 0.0),
                )
            )
        return receipts

    def _read_supplier_returns(self, moves):
        """Sum what of these receipts went back to the supplier, or is claimed.

        :return: ``{(receipt, lot): quantity}``
        """
        gone = {}
        claimed = self.env["reverse.supplier.claim.line"]._read_group(
            [
                ("receipt_move_id", "in", moves.ids),
                ("kind", "=", "goods"),
                # Leave out these parts themselves: they are about to be claimed.
                ("inspection_id", "not in", self.ids),
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
                and not m.reverse_claim_line_id
            )
        )
        for line in back.move_line_ids:
            key = line.move_id.origin_returned_move_id, line.lot_id
            gone[key] = gone.get(key, 0.0) + line.quantity_product_uom
        return gone

    # ------------------------------------------------------------------
    # Goods that were sent to the supplier are not here any more
    # ------------------------------------------------------------------
    def _fetch_disposed(self):
        """What was sent to the supplier is gone; what was only announced stays."""
        # sudo: exactly the transfers that send these goods
        moves = self.sudo().supplier_claim_line_ids.move_ids
        sent = moves.filtered(lambda m: m.state == "done")
        (moves - sent).filtered(lambda m: m.state != "cancel")._action_cancel()
        here, location = super()._fetch_disposed()
        # sudo: as above
        lines = self.sudo().supplier_claim_line_ids
        if any(lines.mapped("destroyed_on")):
            return 0.0, location
        gone = self.line_id._sum_moves(sent)
        gone -= self.line_id._sum_moves(lines.back_move_ids)
        return here - gone, location
