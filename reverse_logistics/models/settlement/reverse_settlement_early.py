from typing import Any, NamedTuple

from odoo import api, fields, models

from ...engine import release


class Expected(NamedTuple):
    """Goods that nobody has seen, where settlements ask for an inspected part.

    :param line_id: the return line
    :param float quantity: in its unit
    :param float here: how much of it is back already
    :param bool kept: they stay with the customer
    """

    line_id: Any
    quantity: float
    here: float = 0.0
    kept: bool = False
    id: bool = False

    def _stays_with_customer(self):
        return self.kept


class ReverseSettlement(models.Model):
    """Credits that policy releases before the goods are inspected."""

    _inherit = "reverse.settlement"

    early_moment = fields.Selection(
        [
            ("authorization", "The authorization"),
            ("shipped", "The shipment"),
            ("receipt", "The receipt"),
        ],
        "Released with",
        readonly=True,
        copy=False,
        help="By policy, before the goods were inspected.",
        guarded=True,
    )

    @api.model
    def _release_early(self, wanted, moment):
        """Credit goods that nobody has inspected, as policy says.

        What no posted invoice covers waits for the inspection, as usual.

        :param list wanted: of :class:`Expected`
        :param str moment: one of ``engine.release.MOMENTS``
        :return: the settlements
        """
        priced = self.env["reverse.settlement.line"]._prepare_early(wanted)
        groups = {}
        for goods, vals_list in priced.items():
            key = (goods.line_id.rma_id, goods.line_id._get_credit_currency())
            groups.setdefault(key, []).extend(vals_list)
        settlements = self._guarded_create(
            [
                {"rma_id": rma.id, "type": "refund", "early_moment": moment}
                for rma, _currency in groups
            ]
        )
        vals_list = [
            {**vals, "settlement_id": settlement.id}
            for settlement, group in zip(settlements, groups.values(), strict=True)
            for vals in group
        ]
        lines = self.env["reverse.settlement.line"]._guarded_create(vals_list)
        lines.filtered(lambda line: line.kind == "goods")._charge_fees()
        settlements._log_early()
        settlements._release_by_policy()
        return settlements

    def _log_early(self):
        self.env["reverse.event"]._log(
            self,
            "CreditAdvanced",
            lambda settlement: {
                "settlement": settlement.id,
                "moment": settlement.early_moment,
                "lines": [
                    {
                        "line": line.rma_line_id.id,
                        "quantity": line.quantity,
                        "kind": line.kind,
                    }
                    for line in settlement.line_ids
                ],
            },
        )

    # ------------------------------------------------------------------
    # What holds of it
    # ------------------------------------------------------------------
    def _release_refund(self, bypassed=()):
        res = super()._release_refund(bypassed)
        self.line_ids._update_early()
        return res

    def _unsettle(self, event):
        res = super()._unsettle(event)
        self.line_ids._update_early()
        return res

    @api.model
    def _propose(self, inspections, by_person=False, kind=None):
        """What is credited already is not credited again, but may have to be
        reviewed.
        """
        covered = inspections.filtered(lambda part: part._get_covering_early())
        covered._review_early()
        return super()._propose(inspections - covered, by_person, kind)

    def _get_parts_to_renew(self):
        early = self.line_ids.filtered(lambda line: line._is_early())
        parts = early.rma_line_id.inspection_ids
        return super()._get_parts_to_renew() | parts.filtered(
            lambda part: part.state == "done"
        )

    def _write_anew(self, kept):
        """Reverse early credits, and release them as they would be written now.

        :param dict kept: ``{return line: quantity of it that stays with the customer}``
        :raises AccessError: without the role credit releaser
        """
        for settlement in self:
            wanted = []
            for line, early in settlement.line_ids.grouped("rma_line_id").items():
                stays = kept.get(line, 0.0)
                comes = line.uom_id.round(sum(early.mapped("quantity")) - stays)
                here = min(comes, max(line._get_back_quantity(), 0.0))
                wanted.append(Expected(line, comes, here))
                wanted.append(Expected(line, stays, kept=True))
            settlement.action_reverse()
            self._release_early(
                [
                    goods
                    for goods in wanted
                    if goods.line_id.uom_id.compare(goods.quantity, 0) > 0
                ],
                settlement.early_moment,
            )


class ReverseSettlementLine(models.Model):
    _inherit = "reverse.settlement.line"

    def _is_early(self):
        """Credited before anybody had inspected the goods."""
        self.ensure_one()
        return self.kind in ("goods", "kept") and not self.inspection_id

    def _update_early(self):
        self.filtered(lambda line: line._is_early()).rma_line_id._update_early()

    def _on_credit_gone(self):
        res = super()._on_credit_gone()
        self._update_early()
        return res

    @api.model
    def _prepare_early(self, wanted):
        """Price goods that nobody has inspected.

        :param list wanted: of :class:`Expected`
        :return: ``{expected: values of its lines}``, without what cannot be priced yet
        """
        lines = self.env["reverse.rma.line"].concat(*(one.line_id for one in wanted))
        ledger = lines._get_credit_ledger()
        priced = {}
        for goods in wanted:
            line = goods.line_id
            if line.sale_line_id and not goods.kept:
                missing = line._to_order_quantity(goods.quantity - goods.here)
                ledger.expect(line.sale_line_id.id, missing)
            vals_list, unpriced = self._prepare_for(goods, ledger)
            if vals_list and not unpriced:
                priced[goods] = vals_list
        return priced


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _may_release_early(self):
        """Whether policy credits these goods in money, and nobody has to look first."""
        self.ensure_one()
        return bool(
            self.credit_release in release.MOMENTS
            and self.policy_rule_id
            and self.decision in ("authorize", "review")
            and self._get_settlement_type() == "refund"
            and self._is_sourced()
            and not (self.claim or self.deposit_type_id or self.customer_owned)
            and not self._has_taken_back()
        )

    def _get_early(self, moment):
        """What is to be credited now, before it is inspected.

        :rtype: Expected
        """
        self.ensure_one()
        covered, ahead = self._cover_parts()
        parts = self.inspection_ids.filtered(
            lambda part: part.state == "draft" and not part.not_inspected
        )
        unseen = sum((parts - covered).mapped("quantity"))
        quantity = release.quantity(
            moment,
            max(self._get_expected_quantity(), 0.0),
            unseen,
            ahead,
            self._get_step(),
        )
        return Expected(self, quantity, min(quantity, unseen))

    def _release_early(self, moment):
        """Credit what policy releases at a moment.

        :param str moment: one of ``engine.release.MOMENTS``
        """
        lines = self.filtered(
            lambda line: (
                line._may_release_early()
                and release.is_due(line.credit_release, moment)
            )
        )
        wanted = [line._get_early(moment) for line in lines]
        wanted = [
            goods
            for goods in wanted
            if goods.line_id.uom_id.compare(goods.quantity, 0) > 0
        ]
        if wanted:
            self.env["reverse.settlement"]._release_early(wanted, moment)
