from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseRma(models.Model):
    """Goods that were announced to one facility and go to another."""

    _inherit = "reverse.rma"

    can_reroute = fields.Boolean(compute="_compute_can_reroute")

    @api.depends_context("uid")
    def _compute_can_reroute(self):
        self.can_reroute = self.env.user.has_group("reverse_logistics.group_service")

    def _name_facility(self, facility):
        """Let customer service send goods elsewhere that have not come in yet."""
        self._check_duty("service")
        for rma in self:
            if rma.state not in ("requested", "authorized") or rma.received_at:
                raise UserError(
                    self.env._(
                        "%(rma)s is %(state)s: its facility can only be changed before "
                        "any of the goods are here.",
                        rma=rma.display_name,
                        state=rma._state_label(),
                    )
                )
        if not facility:
            raise UserError(self.env._("Name the facility that the goods go to."))
        announced = self.filtered(
            lambda rma: rma.state == "authorized" and rma.facility_id != facility
        )
        announced._withdraw_receipts()
        self._guarded_write({"facility_id": facility.id, "facility_source": "person"})
        self._keep_routes(self.line_ids._get_kept_routes())
        announced._announce_again()

    def _leave_facility(self):
        """Go elsewhere, where rules decide and another facility takes the goods.

        :return: the returns that do
        """
        leaving = self.filtered(
            lambda rma: (
                rma.facility_source in ("default", "rule")
                and rma._get_coming_lines()
                # sudo: whether the facility is on
                and rma.sudo().facility_id._is_off(rma._get_arrival())
            )
        )
        return leaving._route_again()

    def _route_again(self):
        """Choose anew by the rules that applied when the lines were decided.

        :return: the returns whose goods go elsewhere now
        """
        before = {rma: rma.facility_id for rma in self}
        self._keep_routes(self.line_ids._get_kept_routes())
        return self.filtered(lambda rma: rma.facility_id != before[rma])

    def _withdraw_receipts(self):
        """The warehouse that was told no longer waits."""
        # sudo: the duty is checked; these are the returns' own open transfers
        self._get_open_receipts().sudo().action_cancel()

    def _announce_again(self):
        """Tell the next warehouse, and customers where to send the goods."""
        self._work("_create_receipts")
        # sudo: the address, for whoever changes the way
        addressed = self.sudo().filtered(lambda rma: rma.facility_id._get_address())
        if addressed:
            template = self.env.ref("reverse_logistics.mail_template_facility")
            # sudo: whoever decides need not be allowed to write e-mails
            template.sudo().send_mail_batch(addressed.ids)
        for rma in self:
            # sudo: likewise, or on the chatter
            rma.sudo().message_post(body=rma.facility_explanation)

    def _authorize_routed(self):
        """Go on where policy or approvers stopped for want of a facility."""
        requested = self.filtered(lambda rma: rma.state == "requested")
        approved = requested.filtered(lambda rma: rma.approval_state == "approved")
        approved._go_on_approved()
        ready = requested.filtered(
            lambda rma: (
                rma.state == "requested"
                and rma.approval_state != "waiting"
                and all(line.decision == "authorize" for line in rma.line_ids)
            )
        )
        for version, rmas in ready.grouped(
            lambda rma: rma._get_deciding_version()
        ).items():
            if version:
                rmas._authorize(version)

    def _go_on_approved(self):
        """What is approved is not authorized before it is known where it goes."""
        lost = self._get_lost_exceptions().rma_id
        return super(ReverseRma, self - lost)._go_on_approved()

    def _get_deciding_version(self):
        """Give the version of policy that decided on the lines."""
        self.ensure_one()
        # sudo: policy applies to everybody, also where the user cannot read it
        lines = self.sudo().line_ids.filtered("policy_id")
        return lines.policy_id.version_ids.filtered(
            lambda version: (
                version.policy_id == lines[:1].policy_id
                and version.number == lines[:1].policy_version
            )
        )
