from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_each
from odoo.addons.reverse_logistics.models.settlement.reverse_inspection import (
    FOR_DEFECTS,
)

from ...engine import quality
from ..carrier.reverse_claim_deadline import ASSUMED
from ..reverse_inspection import OWED, READERS
from ..reverse_supplier_claim_line import NOTHING_LEFT

BATCH = 100


class ReverseInspection(models.Model):
    """What somebody outside owes of returned goods, and why nobody has claimed it."""

    _inherit = "reverse.inspection"

    no_trouble_found = fields.Boolean(
        help="The goods are as they should be, whatever the customer said: they do not "
        "count as defects of the supplier, and nobody owes their value. Their share is "
        "on the supplier's scorecard."
    )
    no_trouble_seller_id = fields.Many2one(
        "res.partner",
        "Sold by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
        groups=READERS,
        help="Who sold goods in which no trouble was found, whoever is to blame: they "
        "count on its scorecard.",
    )
    claim_partner_id = fields.Many2one(
        "res.partner",
        "Owed by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
        groups=READERS,
    )
    claimable_value = fields.Monetary(
        "Claimable",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        guarded=True,
        groups=READERS,
        help="What the agreement lets us claim, whether it was claimed or not.",
    )
    claim_deadline = fields.Date(
        "Claim Until",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
        groups=READERS,
        help="The last day on which somebody may claim what nobody has claimed, or has "
        "only drafted a claim of.",
    )
    unclaimed_reason = fields.Selection(
        [
            ("open", "Not yet"),
            ("no_agreement", "No agreement"),
            ("minimum", "Below the smallest claim"),
            ("late", "Deadline passed"),
            ("unknown", "Source unknown"),
            ("allowance", "Paid by an allowance"),
            ("draft", "In a draft"),
        ],
        "Why Not Claimed",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
        groups=READERS,
    )

    def _has_no_defect(self):
        """What is as it should be is no defect, whoever would be to blame."""
        found = self.line_id.decision_code in FOR_DEFECTS and self.no_trouble_found
        return found or super()._has_no_defect()

    def _is_faultless(self):
        """Whether nothing was found that the liable supplier would have to pay for.

        It is asked for them by a person only, who knows why.
        """
        self.ensure_one()
        return self.no_trouble_found or (
            self.liability == "supplier" and self._has_no_defect()
        )

    def _is_nobodys_fault(self):
        """Whether they are as they should be, and nobody is held liable for them."""
        self.ensure_one()
        return self.no_trouble_found and self.liability not in OWED

    def _filter_shared(self):
        """Give faultless parts of whose return their supplier bears a share."""
        parts = self.filtered(
            lambda part: part.state == "done" and part.no_trouble_found
        )
        # sudo: what was agreed counts, whoever inspects
        agreements = self.env["reverse.supplier.agreement"].sudo()
        agreed = [
            ("no_trouble_share", ">", 0),
            ("company_id", "in", parts.company_id.parent_ids.ids),
        ]
        if not parts or not agreements.search_count(agreed, limit=1):
            return self.browse()
        sources = parts._find_supplier_sources()
        asked = [part._get_claimed_goods(sources[part][0]) for part in parts]
        found = dict(zip(parts, agreements._find_for(asked), strict=True))
        shared = parts.filtered(
            lambda part: (
                found[part].sudo().no_trouble_share
                and not found[part].sudo().is_allowance
            )
        )
        return shared - shared._find_consigned_credited()

    @api.model
    def _cron_note_claimable(self):
        """Look again at what nobody has claimed, each batch in its transaction."""
        ids = self._find_not_claimed().ids
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids, self.browse):
            if not run_each(self.env, batch, "_note_claimable"):
                return

    def action_note_claimable(self):
        """Look again at everything that nobody has claimed, and show it."""
        self.env["reverse.supplier.claim"]._check_duty("claims")
        self._find_not_claimed()._note_claimable()
        return self.env["ir.actions.actions"]._for_xml_id(
            "reverse_logistics_supplier_claims.reverse_inspection_action_unclaimed"
        )

    @api.model
    def _find_not_claimed(self):
        """Find what nobody has claimed: deadlines pass, and agreements come.

        Also what was inspected before anybody noted that, and what is in a draft. In
        what was found to be as it should be, there is nothing to find again, unless its
        seller bears a share now.
        """
        owed = Domain("liability", "in", OWED) | Domain(
            "disposition_id.location_state", "=", "vendor_return"
        )
        sharing = self.env["reverse.supplier.agreement"].search(
            [("no_trouble_share", ">", 0)]
        )
        sellers = sharing.partner_id.commercial_partner_id
        shared = Domain("no_trouble_seller_id", "in", sellers.ids)
        never = Domain(
            [("claimable_value", "=", False), ("supplier_claim_line_ids", "=", False)]
        ) & (owed & Domain("no_trouble_found", "=", False) | shared)
        drafted = Domain(
            "supplier_claim_line_ids",
            "any",
            [("state", "=", "draft"), ("kind", "=", "goods")],
        )
        unclaimed = Domain("unclaimed_reason", "!=", False) | never | drafted
        return self.search(unclaimed & Domain("state", "=", "done"))

    def _note_claimable(self):
        """Note who owes how much of these parts, and why it is not claimed."""
        # sudo: inspectors need not read agreements, purchases and claims
        shared = self.sudo()._filter_shared()
        parts = self.sudo()._filter_owed() | shared  # sudo: as above
        claimed = parts._find_claimed()
        values = {
            part: {"claim_partner_id": False, **NOTHING_LEFT}
            for part in self.sudo() - parts
        }
        for part, vals in parts._value_claimable().items():
            faultless = part not in shared and part._is_faultless()
            if part in claimed:
                asked = faultless or claimed[part].state != "draft"
                left = not asked and vals["claimable_value"] > 0
                vals |= {"unclaimed_reason": "draft"} if left else NOTHING_LEFT
            elif faultless:
                vals |= {"claimable_value": 0.0, **NOTHING_LEFT}
            values[part] = vals
        sellers = self.sudo()._find_no_trouble_sellers()  # sudo: as above
        for part, vals in values.items():
            vals["no_trouble_seller_id"] = sellers.get(part, False)
        self._guarded_write_each(values)

    def _note_drafted(self):
        """A claim is drafted of these parts: nobody was asked for their value yet."""
        # sudo: what is left, whoever drafts the claim or lets it open by itself
        left = self.sudo().filtered(lambda part: part.claimable_value > 0)
        left._guarded_write({"unclaimed_reason": "draft"})
        (self.sudo() - left)._guarded_write(NOTHING_LEFT)  # sudo: as above

    def _note_submitted(self):
        """Their claim is submitted: nothing is left of them, inspected anew or not."""
        # sudo: as above
        drafted = self.sudo().search(
            [("line_id", "in", self.line_id.ids), ("unclaimed_reason", "=", "draft")]
        )
        claimed = drafted._find_claimed()
        drafted.filtered(
            lambda part: part in claimed and claimed[part].state != "draft"
        )._guarded_write(NOTHING_LEFT)

    def _find_no_trouble_sellers(self):
        """Find who sold goods that were as they should be: ``{part: partner's id}``.

        Hardly anybody books these as the fault of a supplier, and nobody owes them.
        """
        faultless = self.filtered("no_trouble_found")
        sellers = {}
        for part, (moves, _sure) in faultless._find_supplier_sources().items():
            found = moves.purchase_line_id.partner_id.commercial_partner_id
            if len(found) == 1:
                sellers[part] = found.id
        return sellers

    def _value_claimable(self):
        """Give the values of ``_note_claimable`` of parts that somebody owes."""
        candidates = self._find_supplier_sources()
        asked = [part._get_claimed_goods(candidates[part][0]) for part in self]
        found = self.env["reverse.supplier.agreement"]._find_for(asked)
        terms = {
            part: (part._get_claim_partner(candidates[part][0], agreement), agreement)
            for part, agreement in zip(self, found, strict=True)
        }
        factors = self.env["reverse.supplier.factor"]._find_for(
            {part: partner for part, (partner, _agreement) in terms.items()}
        )
        receipts = self.env["stock.move"].union(
            *(moves[:1] for moves, _ in candidates.values())
        )
        # sudo: as for the receipts
        bills = receipts.sudo().purchase_line_id._read_reverse_bills(
            self.supplier_claim_line_ids
        )
        weights = self._get_carried_weights()
        return {
            part: part._value_as(
                partner,
                agreement.sudo(),  # sudo: what was agreed counts, as above
                candidates[part],
                bills,
                factors[part],
                weights[part],
            )
            for part, (partner, agreement) in terms.items()
        }

    def _value_as(self, partner, agreement, candidates, bills, factor, weight):
        self.ensure_one()
        moves, sure = candidates
        today = fields.Date.context_today(self)
        currency = self.company_currency_id
        commands = self.env["reverse.supplier.claim.line"]._prepare_lines(
            self._get_claimed(),
            moves[:1],
            sure,
            agreement,
            currency,
            today,
            0.0,
            bills,
            factor,
            agreement.kind or self._get_claim_kind(),
        )
        lines = [command[2] for command in commands]
        value = currency.round(sum(line["amount_claimed"] for line in lines))
        limit = self._get_carrier_limit(weight, agreement, currency, today)
        value = value if limit is None else min(value, limit)
        minimum = agreement.minimum and agreement.currency_id._convert(
            agreement.minimum, currency, self.company_id, today
        )
        deadline = lines[0]["counted_from"] and agreement._get_deadline(
            lines[0]["counted_from"], ASSUMED
        )
        return {
            "claim_partner_id": partner.id,
            "claimable_value": value,
            "claim_deadline": deadline,
            "unclaimed_reason": quality.why_unclaimed(
                bool(partner),
                bool(agreement),
                agreement.is_allowance,
                value,
                minimum,
                deadline or None,
                today,
            ),
        }
