from dataclasses import replace

from odoo import api, models


class ReverseInspection(models.Model):
    """Parts whose credit waits for their supplier."""

    _inherit = "reverse.inspection"

    def _find_post_credited(self):
        """Find the agreements by which credits of these parts wait for the supplier.

        What the law or a consumer's withdrawal grants never waits. Whoever enters a
        claim chooses neither the agreement nor who is waited for: what was agreed with
        the seller of the goods comes first, then what the claim names, then what was
        agreed with whom it is on.

        :return: ``{part: (reverse.supplier.agreement, line of the claim that is waited
            for, empty while nothing is claimed from that supplier)}``
        """
        # sudo: agreements and claims count whoever credits
        parts = (
            self.sudo()
            ._filter_owed()
            .filtered(
                lambda part: (
                    part.rma_id.basis != "withdrawal"
                    and not part.line_id.legal_basis_id
                )
            )
        )
        post = [
            ("crediting", "=", "post"),
            ("company_id", "in", parts.company_id.parent_ids.ids),
        ]
        # sudo: what was agreed counts, also for users who cannot read it
        agreements = self.env["reverse.supplier.agreement"].sudo()
        if not parts or not agreements.search_count(post, limit=1):
            return {}
        claimed = parts._find_claimed()
        found = parts._find_post_of_sellers(claimed)
        claimed = {part: line for part, line in claimed.items() if part not in found}
        agreed = self._find_agreements_of(
            {
                part: line.claim_id
                for part, line in claimed.items()
                if not line.claim_id.agreement_id
            }
        )
        for part, line in claimed.items():
            found[part] = agreed.get(part, line.claim_id.agreement_id), line
        # sudo: as above
        return {
            part: (agreement.sudo(), line)
            for part, (agreement, line) in found.items()
            if agreement.sudo().crediting == "post"
        }

    def _find_post_of_sellers(self, claimed):
        """Find where credits wait for whoever is known to have to pay for the goods.

        A claim on somebody else is not waited for, and its answer decides nothing. Of
        unclaimed goods, an agreement that fits alone is enough to know whom it is with.

        :param dict claimed: ``{part: claim line}``
        :return: as :meth:`_find_post_credited`
        """
        groups, _problems = self._find_claims()
        nothing = self.env["reverse.supplier.claim.line"]
        found = {}
        for (partner, agreement, *_key), goods in groups.items():
            if agreement.crediting != "post":
                continue
            for part, move, _sure in goods:
                line = claimed.get(part, nothing)
                if line and not part._get_asked(move):
                    continue
                theirs = line.partner_id.commercial_partner_id == partner
                found[part] = agreement, line if theirs else nothing
        return found

    @api.model
    def _find_agreements_of(self, claims):
        """Find what was agreed for goods with whom the claims about them are on.

        Of a standing allowance nothing is claimed, and so nothing is waited for.

        :param dict claims: ``{part: reverse.supplier.claim}``
        :return: ``{part: reverse.supplier.agreement, empty where none fits}``
        """
        if not claims:
            return {}
        nowhere = self.env["stock.move"]
        asked = [
            replace(part._get_claimed_goods(nowhere), partner=claim.partner_id.id)
            for part, claim in claims.items()
        ]
        agreements = self.env["reverse.supplier.agreement"]._find_for(asked)
        return {
            part: agreement.filtered(lambda one: not one.is_allowance)
            for part, agreement in zip(claims, agreements, strict=True)
        }
