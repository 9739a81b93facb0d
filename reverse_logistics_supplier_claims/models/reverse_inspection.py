from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import failures
from .claimed import Claimed, get_goods
from .reverse_supplier_claim_line import LIVE

READERS = "reverse_logistics_supplier_claims.group_claims_reader"
#: Liabilities that somebody outside pays for.
OWED = ("supplier", "carrier")
#: States of claims that bring nothing more.
ENDED = ("refused", "closed")
#: What claims have in common that are asked for together.
JOINED = (
    "partner_id",
    "agreement_id",
    "currency_id",
    "company_id",
    "supplier_reference",
)


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
        self._settle_consigned()
        res = super()._complete(vals)
        self._note_claimable()
        (self._filter_owed() | self._filter_shared())._work("_open_agreed_claims")
        return res

    def _has_work_left(self, method):
        if method == "_open_agreed_claims":
            return bool(self._filter_self_claimable())
        return super()._has_work_left(method)

    def _open_agreed_claims(self):
        # sudo: inspectors need not read agreements, purchases and claims
        parts = self.sudo()._filter_self_claimable()
        agreed = [
            ("opens_itself", "=", True),
            ("company_id", "in", parts.company_id.parent_ids.ids),
        ]
        if parts and parts.env["reverse.supplier.agreement"].search(agreed, limit=1):
            # Beside a person who claims them by the button, the second finds the claim.
            parts._reverse_touch()
            found, _problems = parts._find_new_claims()
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
        found, problems = parts._find_new_claims()
        for problem in problems.values():
            raise UserError(problem)
        claims = parts._create_claims(found, self.env.user)
        return claims.with_env(self.env)._open([("id", "in", claims.ids)])

    def _filter_owed(self):
        """Give completed parts that somebody outside may owe."""
        owed = self.filtered(
            lambda part: (
                part.state == "done"
                and (
                    part.liability in OWED
                    or part.disposition_id.location_state == "vendor_return"
                )
            )
        )
        return owed - owed._find_consigned_credited()

    def _filter_claimable(self):
        """Give parts that somebody may owe, and that nobody claimed yet."""
        owed = self._filter_owed() | self._filter_shared()
        claimed = owed._find_claimed()
        return owed.filtered(lambda part: part not in claimed)

    def _filter_self_claimable(self):
        """Give those of which a claim may open without anybody asking for it.

        What is as it should be is claimed by a person only, who knows why.
        """
        shared = self._filter_shared()
        return self._filter_claimable().filtered(
            lambda part: part in shared or not part._is_faultless()
        )

    def _find_claimed(self):
        """Find those of which this or an earlier inspection of the goods is claimed.

        :return: ``{part: claim line}``
        """
        if not self:
            return {}
        lineages = self._get_lineages()
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
        for part in self._find_consigned_credited():
            raise UserError(
                self.env._(
                    "%(part)s: their bill is credited already, since these goods are "
                    "the supplier's again. Nothing is left to claim.",
                    part=part.display_name,
                )
            )

    # ------------------------------------------------------------------
    # One failure is claimed once, of one payer
    # ------------------------------------------------------------------
    def _read_asked(self):
        """Read what is asked for these failures, whatever it is and of whom.

        :return: list of ``engine.failures.Asked``
        """
        # sudo: a claim counts whoever may read it
        lines = self.env["reverse.supplier.claim.line"].sudo()
        lines = lines.search(
            [
                (
                    "inspection_id",
                    "in",
                    self.concat(*self._get_lineages().values()).ids,
                ),
                *LIVE,
            ]
        )
        return [
            failures.Asked(
                frozenset(line.inspection_id.ids),
                line.kind,
                line.partner_id,
                line.claim_id,
                line.claim_id._is_in_vain(),
            )
            for line in lines
        ]

    def _check_asked_once(self, asked):
        """Refuse what is asked for already, and two payers of one failure.

        :param list asked: of ``(id of one of these, kind of line, id of the claim)``
        """
        if not asked:
            return
        lineages = self._get_lineages()
        # sudo: which claims there are, whoever may read them
        claims = self.env["reverse.supplier.claim"].sudo()
        new = []
        for part, kind, claim in asked:
            same = frozenset(lineages[self.browse(part)].ids)
            claim = claims.browse(claim)
            new.append(failures.Asked(same, kind, claim.partner_id, claim))
        for one, why, other in failures.find_conflicts(new, self._read_asked()):
            part = self.browse(max(one.failures))
            raise UserError(part._explain_asked(one.kind, why, other))

    def _find_new_claims(self):
        """Group parts as ``_find_claims``; for some, somebody else is asked already."""
        groups, problems = self._find_claims()
        lineages, known = self._get_lineages(), failures.by_failure(self._read_asked())
        left = {}
        for key, goods in groups.items():
            for one in goods:
                part = one[0]
                same = frozenset(lineages[part].ids)
                reason = failures.explain(failures.Asked(same, "goods", key[0]), known)
                if reason:
                    problems[part] = part._explain_asked("goods", *reason)
                else:
                    left.setdefault(key, []).append(one)
        return left, problems

    def _get_asked_kinds(self):
        """Give what is asked for each part already: ``{part: kinds of lines}``."""
        known = failures.by_failure(self._read_asked())
        return {
            part: {one.kind for id_ in same.ids for one in known.get(id_, ())}
            for part, same in self._get_lineages().items()
        }

    def _explain_asked(self, kind, why, other):
        """Say what is in the way of claiming this failure; see there.

        :param other: the ``engine.failures.Asked`` that was there first
        """
        self.ensure_one()
        kinds = self.env["reverse.supplier.claim.line"]._fields["kind"]
        values = {
            "part": self.display_name,
            "kind": dict(kinds._description_selection(self.env))[kind],
            "claim": other.claim.name,
            "partner": other.payer.display_name,
        }
        return {
            "kind": self.env._(
                "%(part)s: “%(kind)s” of this failure is claimed already: see "
                "%(claim)s of %(partner)s. All of one kind is one line.",
                **values,
            ),
            "payer": self.env._(
                "%(part)s: %(partner)s is asked for this failure already: see "
                "%(claim)s. One failure is claimed from one of those who may have "
                "caused it; only duty is asked of customs beside.",
                **values,
            ),
        }[why]

    # ------------------------------------------------------------------
    # What it brought
    # ------------------------------------------------------------------
    def _get_recovered(self):
        """Goods that went back bring what their supplier has credited or replaced.

        A claim that it has refused, or that is closed, brings nothing more: without a
        credit it counts with nothing, until it is submitted again.
        """
        recovered = super()._get_recovered()
        back = self.filtered(
            lambda part: part.disposition_id.location_state == "vendor_return"
        )
        # sudo: what was recovered, which inspectors need not read
        lines = self.env["reverse.supplier.claim.line"].sudo()
        claimed = [("inspection_id", "in", back.ids), ("kind", "=", "goods"), *LIVE]
        for line in lines.search(claimed):
            if not line.amount_recovered and line.state not in ENDED:
                continue
            part = line.inspection_id.with_env(self.env)
            amount = line.amount_recovered * line.claim_id.company_rate
            recovered[part] = recovered.get(part, 0.0) + amount
        return recovered

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
        return get_goods(
            self.company_id,
            self.product_id,
            partner=partners.id if len(partners) == 1 else None,
            kind=self._get_claim_kind(),
            day=self._get_inspected_on(),
            reasons=tuple(reversed(self.reason_id._get_path())),
            liability=self._get_claimed_liability(),
            condition=self.condition_id.id or None,
            unseen=self.not_inspected,
        )

    def _get_claimed_liability(self):
        """Say whose fault these goods are, by which an agreement is found.

        Nobody inspected what is at the supplier: it pays what it agreed to pay. What is
        shared of faultless goods is agreed with it, too.
        """
        self.ensure_one()
        unseen = self.liability in (False, "unknown") and self._went_straight()
        if unseen or self._is_nobodys_fault():
            return "supplier"
        return self.liability or ""

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
            return agreement._explain_allowance(self.display_name)
        if not partner:
            return self.env._(
                "%(part)s: it is not known who would have to pay. Either no purchase "
                "of these goods is found, or several suppliers or carriers are "
                "possible. Enter a claim by hand and choose who has to pay.",
                part=self.display_name,
            )
        return None

    def _create_claims(self, groups, opener=None):
        """Create a claim with its lines for each group of ``_find_claims``.

        Without an opener, what belongs together is added to a draft that is there.

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
        bills = self._read_bills(groups)
        asked = self._get_asked_kinds()
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
                    "supplier_reference": kind == "supplier"
                    and self.concat(*(one[0] for one in parts))._get_supplier_number(
                        partner
                    ),
                    "line_ids": [
                        command
                        for part, move, sure in parts
                        for command in lines._prepare_lines(
                            part._get_claimed(),
                            move,
                            sure,
                            agreement,
                            currency,
                            day,
                            values[part],
                            bills,
                            factors[part],
                            kind,
                            inspection_id=part.id,
                        )
                        if command[2]["kind"] not in asked[part]
                    ],
                }
            )
        joined = self.env["reverse.supplier.claim"]
        if not opener:
            joined, vals_list = self._join_drafts(vals_list)
        claims = joined._guarded_create(vals_list)
        claims._log("SupplierClaimOpened")
        return joined | claims

    def _join_drafts(self, vals_list):
        """Add what is claimed by itself to drafts that have opened so before.

        So one claim goes to each supplier, and its smallest value counts for all of it.

        :return: the drafts, and the values of claims that are still to be created
        """
        drafts = self._find_drafts([vals["agreement_id"] for vals in vals_list])
        left, own = [], {}
        for vals in vals_list:
            claim = drafts.get(tuple(vals[name] or False for name in JOINED))
            lines = [command[2] for command in vals["line_ids"]]
            # What is late by itself makes nothing else late.
            if claim and not claim._is_late_with(lines):
                own[claim] = [{**line, "claim_id": claim.id} for line in lines]
            else:
                left.append(vals)
        lines = self.env["reverse.supplier.claim.line"]
        lines = lines._guarded_create([vals for new in own.values() for vals in new])
        for claim, added in lines.grouped("claim_id").items():
            self.env["reverse.event"]._log(
                added.rma_id, "SupplierClaimExtended", claim._get_event_data()
            )
        return lines.claim_id, left

    def _find_drafts(self, agreement_ids):
        """Find claims on suppliers that opened by themselves, and that nobody has sent.

        What a carrier is asked for is about one delivery.

        :return: by what claims have in common that belong together
        """
        # Of two inspections at once, the second finds the claim of the first.
        self.env["reverse.supplier.agreement"].browse(agreement_ids)._reverse_touch()
        drafts = self.env["reverse.supplier.claim"].search(
            [
                ("state", "=", "draft"),
                ("opened_by_id", "=", False),
                ("kind", "=", "supplier"),
                ("agreement_id", "in", agreement_ids),
            ],
            order="id",
        )
        today = fields.Date.context_today(self)
        drafts = drafts.filtered(
            lambda draft: (
                (not draft.deadline or draft.deadline >= today)
                and all(line.inspection_id for line in draft.line_ids)
            )
        )
        # Nor does somebody submit it meanwhile.
        drafts._reverse_touch()
        found = {}
        for draft in drafts:
            values = draft._convert_to_write({name: draft[name] for name in JOINED})
            found[tuple(values[name] or False for name in JOINED)] = draft
        return found

    def _read_bills(self, groups):
        """Read what is left of the bills of all these goods; see there."""
        moves = self.env["stock.move"].union(
            *(move for parts in groups.values() for _part, move, _sure in parts)
        )
        return moves.purchase_line_id._read_reverse_bills()

    def _get_claimed(self):
        """Say what a claim is about."""
        self.ensure_one()
        back = self.receipt_move_id.reverse_done_at or self.inspected_at
        sent = self.line_id.move_id.reverse_done_at
        return Claimed(
            company=self.company_id,
            product=self.product_id,
            quantity=self.line_id._in_product_uom(self.quantity),
            found_on=back and self.company_id._to_reverse_day(back),
            sold_on=sent and self.company_id._to_reverse_day(sent),
            lot=self.lot_id,
            delivery=self.line_id.move_id,
            owner=self._get_sold_owner(),
            faultless=self.no_trouble_found,
        )

    def _get_sold_owner(self):
        """Give whose these goods were when they were sold, None where nobody knows."""
        owner = self.line_id.move_id._get_reverse_sold_owner(self.lot_id)
        if owner is None and self.owner_id and not self.customer_owned:
            return self.owner_id
        return owner

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

        What an earlier inspection of the goods claims is theirs as well.

        :param partner: the only supplier that counts
        :return: ``{part: (receipts, the likeliest first; whether the first is sure)}``
        """
        # sudo: receipts and claims of every user count
        parts = self.sudo().with_prefetch()
        same = self.concat(*parts._get_lineages().values()).sudo()  # sudo: as above
        found = same.supplier_claim_line_ids._find_sources(
            [part._get_claimed() for part in parts], partner
        )
        # What is asked of the receipts of one part is read for those of all.
        read = [id_ for moves, _sure in found for id_ in moves.ids]
        return {
            part: (moves.with_prefetch(read), sure)
            for part, (moves, sure) in zip(self, found, strict=True)
        }

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
