from odoo import api, fields, models
from odoo.tools import format_date

from ...engine import agreements, deadlines


class ReverseRma(models.Model):
    """Until when the carrier has to be told of what happened to the goods."""

    _inherit = "reverse.rma"

    carrier_partner_id = fields.Many2one(
        "res.partner",
        "Brought by",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        unlocked=True,
        domain="[('parent_id', '=', False)]",
        help="The carrier that is asked for damage on the way. Empty: the only one "
        "with whom there is an agreement.",
    )
    carrier_notice = fields.Char(
        "Tell the Carrier", compute="_compute_carrier_notice", compute_sudo=True
    )

    @api.depends("received_at", "carrier_partner_id", "inspection_ids.state")
    @api.depends_context("lang")
    def _compute_carrier_notice(self):
        waiting = self.filtered(lambda rma: rma.state in ("requested", "authorized"))
        done = waiting.filtered(
            lambda rma: (
                rma.inspection_ids
                and not rma.inspection_ids.filtered(lambda p: p.state == "draft")
            )
        )
        notices = (waiting - done)._get_carrier_notices()
        for rma in self:
            rma.carrier_notice = notices.get(rma, False)

    def _get_carrier_notices(self):
        """Say until when whom to tell of damage.

        :return: ``{return: sentence}``, of those that anything is known of
        """
        goods = {rma: rma._get_carried_goods() for rma in self if rma.line_ids}
        found = self.env["reverse.supplier.agreement"]._find_for(list(goods.values()))
        notices = {}
        for rma, agreement in zip(goods, found, strict=True):
            start = agreement and rma._get_carrier_start(agreement)
            if start:
                notices[rma] = rma._explain_carrier_dues(agreement, start)
        return notices

    def _get_carried_goods(self):
        """Say of the goods what an agreement with their carrier is found by."""
        self.ensure_one()
        line = self.line_ids[0]
        path = (line.product_id.categ_id.parent_path or "").split("/")[:-1]
        return agreements.Goods(
            partner=self.carrier_partner_id.commercial_partner_id.id or None,
            kind="carrier",
            company=self.company_id.id,
            day=self.company_id._get_reverse_today(),
            product=line.product_id.id,
            categories=tuple(map(int, reversed(path))),
            reasons=tuple(reversed(line.reason_id._get_path())),
            liability="carrier",
        )

    def _get_carrier_start(self, agreement):
        """Give the day from which the deadline counts; None before it has begun."""
        self.ensure_one()
        moments = {
            "delivery": min(
                filter(None, self.line_ids.move_id.mapped("reverse_done_at")),
                default=None,
            ),
            "return": self.received_at,
        }
        moment = moments.get(agreement.deadline_from)
        return self.company_id._to_reverse_day(moment) if moment else None

    def _explain_carrier_dues(self, agreement, start):
        """Say what is due when, in one sentence for each finding that still counts."""
        self.ensure_one()
        today = self.company_id._get_reverse_today()
        terms = [
            term for term in agreement._get_deadline_terms() if term.finding != "delay"
        ]
        dues = deadlines.due(start, terms)
        if not dues:
            return False
        carrier = agreement.partner_id.display_name
        if not deadlines.nearest(dues, today):
            return self.env._(
                "The time to tell %(carrier)s of damage ended on %(day)s. An approver "
                "of claims may still claim it.",
                carrier=carrier,
                day=self._name_day(dues[-1].day),
            )
        return " ".join(
            self._explain_due(each.finding, carrier, self._name_day(each.day))
            for each in dues
            if each.day >= today
        )

    def _explain_due(self, finding, carrier, day):
        """Say what is due, by the engine's code of what was found."""
        names = {"carrier": carrier, "day": day}
        return {
            "visible": self.env._(
                "Visible damage: tell %(carrier)s by %(day)s.", **names
            ),
            "hidden": self.env._(
                "Hidden damage: tell %(carrier)s by %(day)s.", **names
            ),
            "damage": self.env._("Damage: tell %(carrier)s by %(day)s.", **names),
            "any": self.env._("Damage or loss: tell %(carrier)s by %(day)s.", **names),
        }[finding]

    def _name_day(self, day):
        return format_date(self.env, day, date_format="EEEE d MMMM")
