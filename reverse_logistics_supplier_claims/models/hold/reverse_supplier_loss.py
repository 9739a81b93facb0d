from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

STEPS = {
    "approve": (("asked",), "approved"),
    "refuse": (("asked",), "refused"),
}
#: Where goods may go that nobody looks at again.
REDISPOSED = ("quarantine", "refurbish", "scrap", "liquidation")


class ReverseSupplierLoss(models.Model):
    """What several claims on one supplier will not bring, asked for and approved.

    A provision notes that the money is not expected any more, and the claims go on; a
    write-off ends what is open. Goods that wait for the supplier get a new disposition
    with the same approval. Another person than who asked, or opened, changed or
    submitted the claims, approves. A write-off books nothing: what the goods cost is
    in the books.
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
        check_company=True,
        domain="[('partner_id', '=', partner_id), ('company_id', '=', company_id), "
        "('amount_open', '>', 0), ('state', 'not in', ('draft', 'closed', "
        "'cancelled'))]",
    )
    hold_id = fields.Many2one(
        "reverse.supplier.hold",
        "On Hold",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
        help="A provision is released when this hold is lifted.",
    )
    part_ids = fields.Many2many(
        "reverse.inspection",
        string="Goods",
        check_company=True,
        help="They wait for this supplier, and get the new disposition instead.",
    )
    own_line_ids = fields.Many2many(
        "reverse.supplier.claim.line",
        string="Own Goods",
        check_company=True,
        help="They are set aside for this supplier, and are written off.",
    )
    disposition_id = fields.Many2one(
        "reverse.disposition",
        "New Disposition",
        ondelete="restrict",
        domain="[('location_state', 'in', ('quarantine', 'refurbish', 'scrap', "
        "'liquidation')), ('keeps_goods', '=', False)]",
        help="What becomes of these goods. As they were found, they are not sold as "
        "new: for that an inspector looks at them again.",
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

    @api.depends("state", "claim_ids", "own_line_ids")
    @api.depends_context("uid")
    def _compute_is_approve_allowed(self):
        approver = self._has_duty("claims_approver")
        user = self.env.user
        for loss in self:
            claims = loss._get_all_claims()
            before = loss.asked_by_id | claims._get_claimants()
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
        holds = self.env["reverse.supplier.hold"]
        asked = []
        for vals in vals_list:
            partner = self.env["res.partner"].browse(vals.get("partner_id"))
            company = self.env["res.company"].browse(vals.get("company_id"))
            asked.append(
                {
                    **vals,
                    "asked_by_id": self.env.uid,
                    "hold_id": holds._find(partner, company).id,
                }
            )
        return asked

    @api.model_create_multi
    def create(self, vals_list):
        losses = super().create(vals_list)
        losses.claim_ids.check_access("read")
        for loss in losses:
            loss._check_claims()
            loss._check_goods()
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
        if not (self.claim_ids or self.part_ids or self.own_line_ids):
            raise UserError(self.env._("Choose the claims or goods that it is about."))
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

        Then, in this order: the goods get their new disposition, the claims are
        provided for or written off, and the books follow.

        :raises UserError: for what one has asked for or claimed oneself, or where more
            is open than was asked for
        """
        self._check_decider()
        for loss in self:
            loss._check_covered()
        self._decide("approve")
        for loss in self:
            loss._redispose()
            if loss.kind == "write_off":
                loss.claim_ids.action_write_off()
            else:
                loss._note_accounts()
                loss.claim_ids._provide(loss)
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
        self._get_all_claims()._refuse_claimants()

    def _get_all_claims(self):
        """Give the claims whose money or goods this is about."""
        return self.claim_ids | self.own_line_ids.claim_id

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
        self._check_held()
        self._check_claims()
        self._check_goods()
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

    def _check_held(self):
        """The hold for which it was asked stands: else the supplier pays and takes."""
        self.ensure_one()
        # Lifted at the same time, one of the two users sees what the other has done.
        self.hold_id._reverse_touch()
        if self.hold_id.state == "lifted":
            raise UserError(
                self.env._(
                    "The hold of %(partner)s was lifted on %(day)s, after this was "
                    "asked for. Refuse this, and let somebody ask again.",
                    partner=self.partner_id.display_name,
                    day=format_date(self.env, self.hold_id.lifted_on),
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

    # ------------------------------------------------------------------
    # Goods that waited for the supplier
    # ------------------------------------------------------------------
    def _check_goods(self):
        """The goods wait for the supplier on hold, and what becomes of them is said."""
        self.ensure_one()
        parts = self.part_ids
        if not parts and not self.own_line_ids:
            return
        if not self.disposition_id:
            raise UserError(
                self.env._("Choose what becomes of the goods, or leave them out.")
            )
        self._check_disposition()
        hold = self.hold_id
        waiting = hold._find_waiting_goods()[hold] if hold else parts.browse()
        for part in parts - waiting:
            raise UserError(
                self.env._(
                    "%(part)s does not wait for %(partner)s on hold: leave it out.",
                    part=part.display_name,
                    partner=self.partner_id.display_name,
                )
            )
        self._check_own_goods()

    def _check_own_goods(self):
        """Own goods are set aside for the supplier on hold; here they are scrapped."""
        hold, lines = self.hold_id, self.own_line_ids
        waiting = hold._find_waiting_own()[hold] if hold else lines.browse()
        for line in lines - waiting:
            raise UserError(
                self.env._(
                    "%(goods)s is not set aside for %(partner)s on hold: leave it out.",
                    goods=line.display_name,
                    partner=self.partner_id.display_name,
                )
            )
        if lines and self.disposition_id.location_state != "scrap":
            raise UserError(
                self.env._(
                    "%(goods)s is of our own stock, and can be scrapped here. For all "
                    "else leave it out, and choose “Back to Stock” on its claim.",
                    goods=lines[0].display_name,
                )
            )

    def _check_disposition(self):
        """What was found unfit is sold as new by an inspector only, and stays here."""
        chosen = self.disposition_id
        if chosen.keeps_goods or chosen.location_state not in REDISPOSED:
            raise UserError(
                self.env._(
                    "“%(disposition)s” is for an inspector who has the goods at hand: "
                    "choose quarantine, refurbishing, sale in bulk or scrap here.",
                    disposition=chosen.name,
                )
            )

    def _redispose(self):
        """Give the goods their new disposition, as they were found."""
        self.ensure_one()
        if self.part_ids:
            # sudo: the approval is for exactly these goods; whatever rules of others
            # ask for is asked for, too
            self.part_ids.sudo()._redispose(self)
        if self.own_line_ids:
            self.own_line_ids._scrap_own()
            self.own_line_ids._guarded_write(
                {"destroyed_on": fields.Date.context_today(self)}
            )
