from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions
from ..reverse_supplier_claim import DECIDING


class ReverseSupplierClaim(models.Model):
    """Goods that are destroyed here, or that the supplier sends back to us."""

    _inherit = "reverse.supplier.claim"

    is_destroy_allowed = fields.Boolean(compute="_compute_goods_steps_allowed")
    is_back_allowed = fields.Boolean(compute="_compute_goods_steps_allowed")
    is_request_allowed = fields.Boolean(compute="_compute_goods_steps_allowed")
    is_arrive_allowed = fields.Boolean(compute="_compute_goods_steps_allowed")
    decided_by_ids = fields.Many2many(
        "res.users",
        string="All Who Noted What Was Decided",
        compute="_compute_decided_by_ids",
        compute_sudo=True,
    )

    @api.depends("answer_ids.kind", "answer_ids.user_id")
    def _compute_decided_by_ids(self):
        for claim in self:
            answers = claim.answer_ids.filtered(lambda one: one.kind in DECIDING)
            claim.decided_by_ids = answers._get_speakers()

    @api.depends(
        "state",
        "answered_on",
        "decided_by_ids",
        "line_ids.amount_approved",
        "line_ids.destroyed_on",
        "line_ids.requested_on",
        "line_ids.arrived_on",
        "line_ids.move_ids.state",
    )
    @api.depends_context("uid")
    def _compute_goods_steps_allowed(self):
        mine = self._has_duty("claims")
        for claim in self:
            # sudo: who took earlier steps, for whoever reads the claim
            known = claim.sudo()
            own = self.env.user in claim._get_claimants()
            claim.is_destroy_allowed = (
                mine and not own and bool(claim._get_destroyable())
            )
            back = claim._get_returnable()
            claim.is_back_allowed = mine and bool(claim._filter_confirmable(back))
            claim.is_request_allowed = mine and bool(known._get_parts_for("request"))
            claim.is_arrive_allowed = mine and bool(known._get_parts_for("arrive"))

    # ------------------------------------------------------------------
    # Destroyed here, with a certificate
    # ------------------------------------------------------------------
    def action_destroy(self):
        """Open the form in which the destruction and its certificate are noted."""
        self._check_duty("claims")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Note Destruction"),
            "res_model": "reverse.supplier.destruction",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id},
        }

    def _get_destroyable(self):
        """Give the lines whose goods are destroyed by agreement, and are there yet.

        What the supplier has not approved may have to go back to it, or stay ours.
        """
        self.ensure_one()
        if self.agreement_id.goods != "destroy" or self.state in ("draft", "cancelled"):
            return self.line_ids.browse()
        return self.line_ids.filtered(
            lambda line: (
                line.kind == "goods"
                and line.amount_approved > 0
                and not line.destroyed_on
                and not line.requested_on
                and (line.inspection_id.state == "done" or line.stock_location_id)
            )
        )

    def _destroy(self, lines, day, certificate, text=False):
        """Note that goods were destroyed; what lay here is written off.

        :param certificate: files that prove it
        :raises UserError: without a certificate, for other goods, for another day than
            since the claim was opened, or for one's own claim: the goods are gone then
        """
        self.ensure_one()
        self._check_duty("claims")
        # Goods are destroyed by somebody else than who wants money for them.
        self._refuse_claimants()
        first = self.company_id._to_reverse_day(self.create_date)
        if not day or not first <= day <= self.company_id._get_reverse_today():
            raise UserError(
                self.env._(
                    "%(claim)s: enter the day on which the goods were destroyed, since "
                    "the claim was opened and until today.",
                    claim=self.name,
                )
            )
        self._reverse_touch()
        if not any(file._is_reverse_evidence() for file in certificate):
            raise UserError(
                self.env._(
                    "%(claim)s: attach the certificate of destruction, as a picture "
                    "or a document.",
                    claim=self.name,
                )
            )
        self._check_destroyable(lines)
        lines._scrap_destroyed()
        lines._guarded_write({"destroyed_on": day})
        self._note_answer("destroy", "out", {}, files=certificate, day=day, text=text)
        self._log("SupplierClaimDestroyed")

    def _check_destroyable(self, lines):
        if not lines or lines - self._get_destroyable():
            raise UserError(
                self.env._(
                    "%(claim)s: goods are destroyed that the agreement lets us "
                    "destroy, once, after the supplier has approved the claim. Note "
                    "its answer first.",
                    claim=self.name,
                )
            )

    def _prepare_destruction(self, lines):
        """Make the scrap orders by which goods will be written off, as drafts.

        What has to be on them, such as a derogation with its evidence, is entered there
        by the warehouse.

        :raises UserError: for goods that are not destroyed, or of which nothing is here
        """
        self.ensure_one()
        self._check_duty("claims")
        self._reverse_touch()
        self._check_destroyable(lines)
        made = lines._make_scraps()
        scraps = self.env["stock.scrap"].union(*made.values()).with_env(self.env)
        if not scraps:
            raise UserError(
                self.env._(
                    "%(claim)s: none of these goods lie here, so no scrap order is "
                    "needed. Note their destruction.",
                    claim=self.name,
                )
            )
        return self._open_records(scraps, self.env._("Scrap Orders"))

    # ------------------------------------------------------------------
    # What the supplier says of the goods themselves
    # ------------------------------------------------------------------
    def _get_parts_for(self, kind):
        """Give the lines of which such an answer can say something.

        :param str kind: ``request`` (it asks for them) or ``arrive`` (it has them)
        """
        self.ensure_one()
        if self.state in ("draft", "closed", "cancelled") or not self._is_on_seller():
            return self.line_ids.browse()
        if kind == "request":
            return self._get_askable()
        return self.line_ids.filtered(
            lambda line: (
                line.kind == "goods"
                and not line.arrived_on
                and (line.inspection_id or line.stock_location_id)
                # sudo: where the goods are, whoever may read transfers
                and line.sudo()._get_parts_state() in ("sent", "refused")
            )
        )

    def _get_askable(self):
        """Give the lines whose goods could be sent if the supplier asked for them.

        What was put back to stock, or is sold in bulk, does not go there any more.
        """
        self.ensure_one()
        if self.state not in transitions.ASKED_IN:
            return self.line_ids.browse()
        return self.line_ids.filtered(
            lambda line: (
                line._is_sendable()
                # sudo: where the goods are, whoever may read transfers
                and line.sudo()._get_parts_state() == "here"
            )
        )

    def _note_parts(self, kind, lines, day):
        """Note that the supplier asks for goods, or has received them.

        :raises UserError: for goods that are elsewhere
        """
        self.ensure_one()
        if not lines or lines - self._get_parts_for(kind):
            sentences = {
                "request": self.env._(
                    "%s: choose goods that are still here and were not asked for. "
                    "What went back to stock is not sent any more, and nothing of a "
                    "claim that is refused.",
                    self.name,
                ),
                "arrive": self.env._(
                    "%s: choose goods that are on their way to the supplier.",
                    self.name,
                ),
            }
            raise UserError(sentences[kind])
        name = {"request": "requested_on", "arrive": "arrived_on"}[kind]
        lines._guarded_write({name: day or fields.Date.context_today(self)})

    # ------------------------------------------------------------------
    # The supplier refuses the goods
    # ------------------------------------------------------------------
    def action_goods_back(self):
        """Open the form in which goods are noted that the supplier has sent back."""
        self._check_duty("claims")
        self.ensure_one()
        entry = self.env["reverse.supplier.back"].create(
            {"claim_id": self.id, "line_ids": self._prepare_back_lines()}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Goods Back"),
            "res_model": entry._name,
            "res_id": entry.id,
            "view_mode": "form",
            "target": "new",
        }

    def _prepare_back_lines(self):
        """Propose all that the supplier did not approve."""
        returnable = self._get_returnable()
        if not returnable:
            self._refuse_back()
        mine = self._filter_confirmable(returnable)
        if not mine:
            self._refuse_claimants(("decided_by_ids",))
        return [
            Command.create({"claim_line_id": line.id, "quantity": quantity})
            for line, quantity in mine.items()
        ]

    def _filter_confirmable(self, quantities):
        """Give what of it the acting user may say is back.

        Own goods are on sale at once, with no inspection and no receipt of the
        warehouse: that the supplier refused them, and that they came, are not the word
        of one person.

        :param dict quantities: ``{line: quantity}``
        """
        self.ensure_one()
        # sudo: who noted what, for whoever reads the claim
        decided = self.env.user in self.sudo().decided_by_ids
        return {
            line: quantity
            for line, quantity in quantities.items()
            if not decided or line._get_sent_part()
        }

    def _refuse_own_step(self, steps):
        """Say which step it was: the supplier's user can have taken it, too."""
        if self and all(steps[claim] == ["decided_by_ids"] for claim in self):
            self._note_refusal("own_step")
            raise UserError(
                self.env._(
                    "%(claims)s: you noted what the supplier decided, or made or "
                    "changed by what its user signs in, or stand in for whoever did. "
                    "Somebody else confirms that its goods are back.",
                    claims=", ".join(self.mapped("name")),
                )
            )
        return super()._refuse_own_step(steps)

    def _refuse_back(self):
        raise UserError(
            self.env._(
                "%(claim)s: no goods are with the supplier that it could send back. It "
                "sends back what it did not approve, once it has answered.",
                claim=self.name,
            )
        )

    def _take_goods_back(self, quantities):
        """Take goods in that the supplier did not keep; they are inspected anew.

        They lie where they lay before they were sent, and an inspection of them opens,
        so that somebody decides what becomes of them. What the supplier keeps stays as
        it was found. Own goods are back in stock, where they lay before: somebody else
        confirms that than who noted what the supplier decided.

        :param dict quantities: ``{line: how many, in the product's unit}``
        :return: the new inspections
        """
        self.ensure_one()
        self._check_duty("claims")
        self._reverse_touch()
        if len(self._filter_confirmable(quantities)) < len(quantities):
            self._refuse_claimants(("decided_by_ids",))
        returnable = self._get_returnable()
        for line, quantity in quantities.items():
            most = returnable.get(line, 0.0)
            if not most:
                self._refuse_back()
            if not 0 < quantity <= most and line.uom_id.compare(quantity, most):
                raise UserError(
                    self.env._(
                        "%(line)s: %(most)s were not approved, so more than none and "
                        "at most so many come back. Note first what else the supplier "
                        "refuses.",
                        line=line.display_name,
                        most=line.uom_id._say_reverse(most),
                    )
                )
        parts = self.env["reverse.inspection"]
        for line, quantity in quantities.items():
            parts |= line._take_back(quantity)
        self._log(
            "SupplierClaimGoodsBack",
            quantities={str(line.id): many for line, many in quantities.items()},
        )
        return parts

    def _get_returnable(self):
        """Give what the supplier has of each line, and did not approve.

        Until it has answered, nobody knows what it keeps.

        :return: ``{line: quantity}``
        """
        self.ensure_one()
        if not self.answered_on:
            return {}
        found = {line: line._count_returnable() for line in self.line_ids}
        return {line: many for line, many in found.items() if many}
