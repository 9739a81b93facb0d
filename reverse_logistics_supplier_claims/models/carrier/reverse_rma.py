from odoo import api, fields, models


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

    def _get_carrier_notices(self, arriving=None):
        """Say until when whom to tell of damage, of whatever comes back.

        :param arriving: day from which it counts for what is just being received
        :return: ``{return: sentences}``, of those that anything is known of
        """
        told = self.line_ids._get_carrier_notices(arriving)
        return {
            rma: " ".join(sentences)
            for rma in self
            if (
                sentences := dict.fromkeys(
                    sentence for line in rma.line_ids for sentence in told.get(line, ())
                )
            )
        }

    def _get_carrier_start(self, agreement, arriving=None):
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
        if not moment:
            return arriving if agreement.deadline_from == "return" else None
        return self.company_id._to_reverse_day(moment)
