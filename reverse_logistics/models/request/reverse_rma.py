from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine.regions import NOWHERE
from ..base.reverse_columns import column


class ReverseRma(models.Model):
    """What the customer names: combos, shipping errors, an end customer."""

    _inherit = "reverse.rma"

    claim_kinds = fields.Char(
        compute="_compute_claims",
        help="Which shipping errors, for the columns to show.",
    )
    has_claimed_lots = fields.Boolean(compute="_compute_claims")
    claim_gaps = fields.Text(
        compute="_compute_claims", help="What has to be entered before the request."
    )
    end_partner_id = fields.Many2one(
        "res.partner",
        "End Customer",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Who has the goods, when that is not who bought them: they come from "
        "there and go back there. The customer who bought them is credited.",
    )

    @api.model
    def _split_combos(self, commands):
        """Replace lines of whole combos by lines of all their components."""
        result = []
        for command in commands:
            vals = command[2] if command[0] == Command.CREATE else {}
            combo = self.env["sale.order.line"].browse(vals.get("sale_line_id"))
            if combo.product_type == "combo":
                result += combo._prepare_reverse_components(vals)
            else:
                result.append(command)
        return result

    # ------------------------------------------------------------------
    # Claims in the course of a return: complete, accepted, settled.
    # ------------------------------------------------------------------
    @api.depends(
        "line_ids.claim",
        "line_ids.product_id",
        "line_ids.lot_id",
        "line_ids.claimed_product_id",
        "line_ids.claimed_lot_id",
        "line_ids.claimed_price",
    )
    def _compute_claims(self):
        for rma in self:
            lines = rma.line_ids.filtered("claim")
            rma.claim_kinds = " ".join(sorted(set(lines.mapped("claim"))))
            rma.has_claimed_lots = any(
                line.claimed_tracking in ("lot", "serial") for line in lines
            )
            gaps = (line._get_claim_gap() for line in lines)
            rma.claim_gaps = "\n".join(filter(None, gaps))

    def _settle_claims(self):
        """Note that shipping errors were accepted, and propose what is due for them."""
        accepted = self.line_ids.filtered(lambda r: r.claim and r._is_sourced())
        if accepted:
            accepted.rma_id._log_corrections()
            self.env["reverse.settlement"]._propose(
                accepted.inspection_ids.filtered(lambda part: part.state == "done")
            )
            accepted._propose_price_corrections()
            accepted.rma_id._update_progress()

    def _log_corrections(self):
        # sudo: references of the corrections; the approver need not read transfers
        corrections = self.env["stock.move"].sudo()
        for rma in self:
            lines = rma.line_ids.filtered("claim")
            moves = corrections.concat(
                lines.move_ids.sudo(),  # sudo: as above
                lines.move_id.sudo(),  # sudo: as above
                rma.line_ids.filtered("claim_line_id").move_id.sudo(),  # sudo: as above
            ).filtered("reverse_correction")
            self.env["reverse.event"]._log(
                rma,
                "ClaimCorrected",
                {
                    "moves": moves.ids,
                    "lines": [
                        {
                            "line": line.id,
                            "quantity": line.quantity,
                            "claim": line.claim,
                            "remedy": line.remedy or "",
                            "reason": line.reason_id.code or "",
                            "came_instead": line.claimed_product_id.id,
                        }
                        for line in lines
                    ],
                },
            )

    def _check_claims_uncorrected(self):
        """Refuse to cancel what the books were corrected for."""
        for rma in self:
            if rma.line_ids.filtered(
                lambda r: r.claim and (r.qty_inspected or r._get_released_lines())
            ):
                raise UserError(
                    self.env._(
                        "The shipping error of %(rma)s was accepted and the books "
                        "corrected. Cancel or reverse its settlement instead.",
                        rma=rma.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Returns on behalf of somebody else: a reseller's customer has the goods.
    # ------------------------------------------------------------------
    def _get_goods_partners(self):
        """Give where the goods are, as far as that is one place for all of a return.

        :return: ``{id of a return: id of a partner}``
        """
        partners = self.line_ids._get_goods_partner_ids()
        return self._find_only_places(partners, column(self, "partner_id"))

    def _get_agreed_places(self):
        """Give where it was agreed to deliver, as far as that is one place.

        :return: ``{id of a return: (country, state, postal code)}``
        """
        agreed = self.line_ids._get_agreed_addresses()
        owners = self.commercial_partner_id
        usual = {None: NOWHERE, **{o._ids[0]: o._get_reverse_address() for o in owners}}
        others = [usual[id_] for id_ in column(self, "commercial_partner_id")]
        return self._find_only_places(agreed, others)

    def _find_only_places(self, partners, others):
        """Give the place of each return that has one only.

        :param partners: the places of all lines, in their order
        :param others: what counts instead, in the order of returns
        :return: ``{id of a return: place}``
        """
        places = defaultdict(set)
        for rma, partner in zip(column(self.line_ids, "rma_id"), partners, strict=True):
            places[rma].add(partner)
        return {
            rma: next(iter(places[rma])) if len(places[rma]) == 1 else other
            for rma, other in zip(self._ids, others, strict=True)
        }
