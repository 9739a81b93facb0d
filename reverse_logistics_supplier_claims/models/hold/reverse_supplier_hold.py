from odoo import Command, api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..reverse_supplier_claim_line import LIVE

STEPS = {"lift": (("held",), "lifted")}


class ReverseSupplierHold(models.Model):
    """A supplier to whom a company sends nothing, and why: insolvent or blocked.

    As long as it holds, no return is routed to the supplier and no goods are sent
    there. What waits for the supplier gets a new disposition; what it owes is provided
    for or written off (``reverse.supplier.loss``).
    """

    _name = "reverse.supplier.hold"
    _inherit = ["reverse.guarded.mixin", "reverse.noted.mixin", "reverse.touch.mixin"]
    _description = "Supplier on Hold"
    _order = "state, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True
    _editable_states = ()
    _fixed_fields = frozenset({"company_id", "kind", "partner_id", "reason", "since"})
    _steps = STEPS
    _held_once = models.UniqueIndex(
        "(partner_id, company_id) WHERE state = 'held'",
        "This supplier is on hold already.",
    )

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Supplier",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('parent_id', '=', False)]",
    )
    kind = fields.Selection(
        [("insolvent", "Insolvent"), ("blocked", "Blocked")],
        default="blocked",
        required=True,
    )
    reason = fields.Char(required=True)
    since = fields.Date(required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [("held", "On Hold"), ("lifted", "Lifted")],
        "Status",
        default="held",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    placed_by_id = fields.Many2one(
        "res.users", "Put on Hold by", readonly=True, copy=False, guarded=True
    )
    lifted_by_id = fields.Many2one(
        "res.users", "Lifted by", readonly=True, copy=False, guarded=True
    )
    lifted_on = fields.Date(readonly=True, copy=False, guarded=True)
    waiting_count = fields.Integer("Goods Waiting", compute="_compute_counts")
    own_count = fields.Integer("Own Goods Set Aside", compute="_compute_counts")
    claim_count = fields.Integer("Open Claims", compute="_compute_counts")
    is_lift_allowed = fields.Boolean(compute="_compute_is_lift_allowed")

    @api.depends("state")
    def _compute_counts(self):
        held = self.filtered(lambda hold: hold._origin and hold.state == "held")
        (self - held).waiting_count = (self - held).claim_count = 0
        (self - held).own_count = 0
        waiting = held._find_waiting_goods()
        own = held._find_waiting_own()
        claims = self.env["reverse.supplier.claim"]._read_group(
            Domain.OR(hold._get_claim_domain() for hold in held),
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner, company): count for partner, company, count in claims}
        for hold in held:
            hold.waiting_count = len(waiting[hold])
            hold.own_count = len(own[hold])
            hold.claim_count = counts.get((hold.partner_id, hold.company_id), 0)

    @api.depends("state", "placed_by_id")
    @api.depends_context("uid")
    def _compute_is_lift_allowed(self):
        approver = self._has_duty("claims_approver")
        for hold in self:
            other = hold.placed_by_id != self.env.user
            hold.is_lift_allowed = approver and other and hold._may("lift")

    # ------------------------------------------------------------------
    # Putting on hold, and lifting it
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        self._check_duty("claims_approver")
        for vals in vals_list:
            partner = self.env["res.partner"].browse(vals.get("partner_id"))
            if partner != partner.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "Put %(company)s on hold instead of its contact %(contact)s.",
                        company=partner.commercial_partner_id.display_name,
                        contact=partner.display_name,
                    )
                )

    @api.model
    def _complete_create(self, vals_list):
        return [{**vals, "placed_by_id": self.env.uid} for vals in vals_list]

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds._log_control("ControlCreated")
        self.env.registry.clear_cache()
        return holds

    def write(self, vals):
        res = super().write(vals)
        self.env.registry.clear_cache()
        return res

    def action_lift(self):
        """Send goods to these suppliers again; what they owe is expected again."""
        self._check_duty("claims_approver")
        steps = self._find_earlier_steps(self.env.user, ("placed_by_id",))
        self.filtered(steps.get)._refuse_own_step(steps)
        self._find_provided()._release_provisions()
        before = self._get_control_values(self._get_deciding_fields())
        self._transition(
            STEPS,
            "lift",
            {
                "lifted_by_id": self.env.uid,
                "lifted_on": fields.Date.context_today(self),
            },
        )
        self._log_control("ControlChanged", before)
        return True

    def _get_deciding_fields(self):
        return {"kind", "partner_id", "state"}

    def _get_control_companies(self):
        return self._get_own_company()

    def _get_own_company(self):
        return self.company_id

    # ------------------------------------------------------------------
    # What others ask
    # ------------------------------------------------------------------
    @api.model
    @tools.ormcache("company_id")
    def _get_held(self, company_id):
        """Give ``{id of a commercial partner: id of its hold}`` of a company."""
        # sudo: a hold counts whoever may read it
        holds = self.sudo().search(
            [("company_id", "=", company_id), ("state", "=", "held")]
        )
        return {hold.partner_id.id: hold.id for hold in holds}

    @api.model
    def _find(self, partners, company):
        """Give the holds that stand against sending anything to these partners.

        A contact is of its company, and itself: who is on hold stays so as a contact.
        """
        held = self._get_held(company.id) if company else {}
        found = self.browse()
        # sudo: only which company a contact belongs to
        named = partners.sudo() if held else partners.browse()
        while named:
            found |= self.browse(held[id_] for id_ in named.ids if id_ in held)
            named = (named - named.commercial_partner_id).parent_id
        return found

    def _refuse(self):
        """Refuse what a hold stands against, saying what to do instead."""
        for hold in self:
            raise UserError(hold._explain())

    def _explain(self):
        self.ensure_one()
        known = self.sudo()  # sudo: whoever sends goods need not read claims
        values = {
            "partner": known.partner_id.display_name,
            "day": format_date(self.env, known.since),
            "reason": known.reason,
        }
        sentences = {
            "insolvent": self.env._(
                "%(partner)s is insolvent (on hold since %(day)s: %(reason)s), so that "
                "nothing is sent there. Choose another disposition for the goods, or "
                "let an approver of claims lift the hold.",
                **values,
            ),
            "blocked": self.env._(
                "%(partner)s is blocked (on hold since %(day)s: %(reason)s), so that "
                "nothing is sent there. Choose another disposition for the goods, or "
                "let an approver of claims lift the hold.",
                **values,
            ),
        }
        return sentences[known.kind]

    # ------------------------------------------------------------------
    # What waits for the supplier
    # ------------------------------------------------------------------
    def _get_claim_domain(self):
        self.ensure_one()
        return [
            ("partner_id", "=", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "not in", ("closed", "cancelled")),
        ]

    def _find_waiting_goods(self):
        """Find what lies in the locations for vendor returns and came from them.

        :return: ``{hold: inspections}``
        """
        found = dict.fromkeys(self, self.env["reverse.inspection"])
        holds = {(hold.company_id.id, hold.partner_id.id): hold for hold in self}
        # sudo: what is claimed and bought; the list asks for the right to read it
        parts = self.env["reverse.inspection"].sudo()
        parts = parts.search(
            [
                ("state", "=", "done"),
                ("company_id", "in", self.company_id.ids),
                ("disposition_id.location_state", "=", "vendor_return"),
                ("goods_gone", "=", False),
                ("not_inspected", "=", False),
            ]
        )
        claimed = parts.filtered("supplier_claim_line_ids")
        asked = [
            (line.inspection_id, line.partner_id)
            for line in claimed.supplier_claim_line_ids
            if line.kind == "goods"
            and line.state != "cancelled"
            and not line._is_sent()
        ]
        sources = (parts - claimed)._find_supplier_sources()
        for part, (moves, _sure) in sources.items():
            sellers = moves.purchase_line_id.partner_id.commercial_partner_id
            asked.append((part, sellers))
        for part, partner in asked:
            hold = len(partner) == 1 and holds.get((part.company_id.id, partner.id))
            if hold:
                found[hold] |= part.with_env(self.env)
        return found

    def _find_waiting_own(self):
        """Find own goods that are claimed from them and were set aside.

        :return: ``{hold: claim lines}``
        """
        # sudo: what is claimed; the list asks for the right to read it
        lines = self.env["reverse.supplier.claim.line"].sudo()
        found = lines.search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("stock_location_id", "!=", False),
                *LIVE,
            ]
        )
        own = found._filter_aside().with_env(self.env)
        own = own.grouped(lambda line: (line.partner_id, line.company_id))
        none = lines.browse().with_env(self.env)
        return {
            hold: own.get((hold.partner_id, hold.company_id), none) for hold in self
        }

    def action_view_own(self):
        """List the claims whose own goods are set aside, to put these back to stock."""
        self.ensure_one()
        lines = self._find_waiting_own()[self]
        action = self.env["ir.actions.actions"]._for_xml_id(
            "reverse_logistics_supplier_claims.reverse_supplier_claim_action"
        )
        return {**action, "domain": [("line_ids", "in", lines.ids)], "context": {}}

    def action_view_waiting(self):
        """List the goods, to inspect them again for another disposition."""
        self.ensure_one()
        parts = self._find_waiting_goods()[self]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Goods Waiting for %s", self.partner_id.display_name),
            "res_model": "reverse.inspection",
            "view_mode": "list,form",
            "domain": [("id", "in", parts.ids)],
        }

    def action_ask_loss(self):
        """Ask for a provision or write-off of all claims, with the goods that wait.

        One approval, by somebody else, decides about both.
        """
        self.ensure_one()
        self._check_duty("claims")
        claims = self.env["reverse.supplier.claim"].search(self._get_claim_domain())
        losses = self.env["reverse.supplier.loss"]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Provision or Write-Off"),
            "res_model": losses._name,
            "view_mode": "form",
            "context": {
                **losses._prepare_asking(
                    claims.filtered(lambda claim: claim._may_be_written_off())
                ),
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_hold_id": self.id,
                "default_part_ids": [Command.set(self._find_waiting_goods()[self].ids)],
                "default_own_line_ids": [
                    Command.set(self._find_waiting_own()[self].ids)
                ],
            },
        }

    def action_view_claims(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "reverse_logistics_supplier_claims.reverse_supplier_claim_action"
        )
        return {**action, "domain": self._get_claim_domain(), "context": {}}
