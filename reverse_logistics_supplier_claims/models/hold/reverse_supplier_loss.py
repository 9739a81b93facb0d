from odoo import Command, api, fields, models
from odoo.exceptions import UserError

STEPS = {
    "approve": (("asked",), "approved"),
    "refuse": (("asked",), "refused"),
}
#: Who took an earlier step of a claim.
CLAIMANTS = ("opened_by_id", "submitter_ids")


class ReverseSupplierLoss(models.Model):
    """What several claims on one supplier will not bring, asked for and approved.

    A provision notes that the money is not expected any more, and the claims go on; a
    write-off ends what is open. Another person than who asked, opened or submitted the
    claims approves. Neither books anything: what the goods cost is in the books.
    """

    _name = "reverse.supplier.loss"
    _inherit = ["reverse.guarded.mixin", "reverse.touch.mixin"]
    _description = "Provision or Write-Off"
    _order = "id desc"
    _check_company_auto = True
    _editable_states = ()
    _steps = STEPS

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        "Supplier",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        [("provision", "Provision"), ("write_off", "Write-off")],
        "What",
        default="provision",
        required=True,
    )
    reason = fields.Text(required=True)
    claim_ids = fields.Many2many(
        "reverse.supplier.claim",
        string="Claims",
        required=True,
        check_company=True,
        domain="[('partner_id', '=', partner_id), ('company_id', '=', company_id), "
        "('amount_open', '>', 0), ('state', 'not in', ('draft', 'closed', "
        "'cancelled'))]",
    )
    # By the claim's id, in its currency, as it was when it was asked for.
    amounts = fields.Json(readonly=True, copy=False, guarded=True)
    amount = fields.Monetary(
        "Open", readonly=True, copy=False, guarded=True, help="When it was asked for."
    )
    state = fields.Selection(
        [("asked", "To Approve"), ("approved", "Approved"), ("refused", "Refused")],
        "Status",
        default="asked",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    asked_by_id = fields.Many2one(
        "res.users", "Asked by", readonly=True, copy=False, guarded=True
    )
    decided_by_id = fields.Many2one(
        "res.users", "Decided by", readonly=True, copy=False, guarded=True
    )
    decided_on = fields.Date(readonly=True, copy=False, guarded=True)
    is_approve_allowed = fields.Boolean(compute="_compute_is_approve_allowed")

    @api.depends("partner_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for loss in self:
            names = [loss.partner_id.display_name, labels.get(loss.kind)]
            loss.display_name = ": ".join(filter(None, names))

    @api.depends("state", "claim_ids")
    @api.depends_context("uid")
    def _compute_is_approve_allowed(self):
        approver = self._has_duty("claims_approver")
        user = self.env.user
        for loss in self:
            claims = loss.claim_ids
            before = loss.asked_by_id | claims.opened_by_id | claims.submitter_ids
            loss.is_approve_allowed = (
                approver and loss._may("approve") and user not in before
            )

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        self._check_duty("claims")

    @api.model
    def _complete_create(self, vals_list):
        return [{**vals, "asked_by_id": self.env.uid} for vals in vals_list]

    @api.model_create_multi
    def create(self, vals_list):
        losses = super().create(vals_list)
        losses.claim_ids.check_access("read")
        for loss in losses:
            loss._check_claims()
            loss._guarded_write(loss._sum_open())
        return losses

    def _sum_open(self):
        """Give what is open of each claim, which the approval covers."""
        self.ensure_one()
        claims = self.claim_ids
        today = fields.Date.context_today(self)
        return {
            "amounts": {str(claim.id): claim.amount_open for claim in claims},
            "amount": sum(
                claim.currency_id._convert(
                    claim.amount_open, self.currency_id, self.company_id, today
                )
                for claim in claims
            ),
        }

    def _check_claims(self):
        """The claims are the supplier's, and something of them is open."""
        self.ensure_one()
        if not self.claim_ids:
            raise UserError(self.env._("Choose the claims that it is about."))
        for claim in self.claim_ids:
            if claim.partner_id != self.partner_id:
                raise UserError(
                    self.env._(
                        "%(claim)s is a claim on %(other)s, not on %(partner)s: ask "
                        "for one supplier at a time.",
                        claim=claim.name,
                        other=claim.partner_id.display_name,
                        partner=self.partner_id.display_name,
                    )
                )
            claim._check_write_off()

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------
    def action_approve(self):
        """Approve as another person than those who claimed or asked.

        :raises UserError: for what one has asked for or claimed oneself, or where more
            is open than was asked for
        """
        self._check_decider()
        for loss in self:
            loss._check_covered()
        self._decide("approve")
        for loss in self:
            if loss.kind == "write_off":
                loss.claim_ids.action_write_off()
            else:
                loss.claim_ids._provide()
        return True

    def action_refuse(self):
        """Refuse; the claims stay as they are."""
        self._check_decider()
        self._decide("refuse")
        return True

    def _check_decider(self):
        self._check_duty("claims_approver")
        user = self.env.user
        steps = self._find_earlier_steps(user, ("asked_by_id",))
        self.filtered(steps.get)._refuse_own_step(steps)
        steps = self.claim_ids._find_earlier_steps(user, CLAIMANTS)
        self.claim_ids.filtered(steps.get)._refuse_own_step(steps)

    def _decide(self, step):
        self._reverse_touch()
        self._transition(
            STEPS,
            step,
            {
                "decided_by_id": self.env.uid,
                "decided_on": fields.Date.context_today(self),
            },
        )

    def _check_covered(self):
        """Nothing more is open than what was asked for."""
        self.ensure_one()
        self._check_claims()
        for claim in self.claim_ids:
            asked = (self.amounts or {}).get(str(claim.id), 0.0)
            if claim.currency_id.compare_amounts(claim.amount_open, asked) > 0:
                raise UserError(
                    self.env._(
                        "%(claim)s: %(open)s is open, but only %(asked)s was asked "
                        "for. Refuse this, and let somebody ask again.",
                        claim=claim.name,
                        open=claim.currency_id.format(claim.amount_open),
                        asked=claim.currency_id.format(asked),
                    )
                )

    @api.model
    def _prepare_asking(self, claims):
        """Give the defaults of the form in which claims are chosen."""
        return {
            "default_partner_id": claims.partner_id[:1].id,
            "default_company_id": claims.company_id[:1].id,
            "default_claim_ids": [Command.set(claims.ids)],
        }
