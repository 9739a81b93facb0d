from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.engine import custody

#: What a correction starts from, as with the core's findings.
FINDINGS = ("disposal_reason_id", "derogation_id", "donation_partner_id")
#: What the law counts as destroyed.
DESTROYED = "scrap"


class ReverseInspection(models.Model):
    """Inspected goods that are recycled, destroyed or given away.

    What is *recycled* is scrapped at a place of its own, so with an account of its own.
    What is destroyed or recycled is put on a disposal paper. What is *donated* waits
    where it is until its transfer to the charity is done; it leaves at cost, as a loss.
    """

    _inherit = "reverse.inspection"

    disposal_reason_id = fields.Many2one(
        "reverse.disposal.reason",
        "Why It Is Destroyed",
        compute="_compute_disposal_reason_id",
        store=True,
        readonly=False,
        copy=False,
        ondelete="restrict",
    )
    derogation_id = fields.Many2one(
        "reverse.derogation",
        copy=False,
        ondelete="restrict",
        help="Why these goods may be destroyed although the law forbids it.",
    )
    donation_partner_id = fields.Many2one(
        "res.partner",
        "Charity",
        copy=False,
        ondelete="restrict",
        domain="[('reverse_is_charity', '=', True)]",
        help="Who gets the goods.",
    )
    donation_offer_ids = fields.Many2many(
        "reverse.donation.offer",
        "reverse_donation_offer_part_rel",
        "inspection_id",
        "offer_id",
        "Offers to Charities",
        copy=False,
        readonly=True,
        guarded=True,
    )
    disposal_line_ids = fields.One2many(
        "reverse.disposal.line", "inspection_id", "Disposal", readonly=True
    )
    is_destroyed = fields.Boolean(compute="_compute_is_destroyed")
    is_donated = fields.Boolean(compute="_compute_is_destroyed")
    needs_derogation = fields.Boolean(
        compute="_compute_needs_derogation", compute_sudo=True
    )
    is_offer_allowed = fields.Boolean(compute="_compute_is_offer_allowed")
    donation_value = fields.Monetary(
        "Value Given",
        currency_field="company_currency_id",
        compute="_compute_donation_value",
        compute_sudo=True,
        help="What the donated goods cost, as booked when they were handed over.",
    )

    @api.depends("disposition_id.location_state")
    def _compute_is_destroyed(self):
        for part in self:
            state = part.disposition_id.location_state
            part.is_destroyed = state == DESTROYED
            part.is_donated = state == "donation"

    @api.depends("disposition_id", "condition_id")
    def _compute_disposal_reason_id(self):
        """Propose what is usual in the condition; what was entered stays."""
        for part in self:
            reason = part.disposal_reason_id
            if part.is_destroyed and part.state == "draft":
                reason = reason or part.condition_id.disposal_reason_id
            part.disposal_reason_id = reason

    @api.depends("disposition_id.location_state", "company_id.reverse_espr")
    def _compute_needs_derogation(self):
        restricted = self._get_restricted()
        for part in self:
            part.needs_derogation = part.is_destroyed and part in restricted

    @api.depends("state", "company_id.reverse_espr")
    @api.depends_context("uid")
    def _compute_is_offer_allowed(self):
        """Offer goods to charities that cannot be destroyed just so."""
        restricted = self.sudo()._get_restricted()  # sudo: what the goods are
        inspector = self._has_duty("inspector")
        for part in self:
            part.is_offer_allowed = (
                inspector and part._may("complete") and part.sudo() in restricted
            )

    @api.depends("move_ids.state", "move_ids.value", "disposition_id.location_state")
    def _compute_donation_value(self):
        for part in self:
            given = part._get_donation_moves().filtered(lambda m: m.state == "done")
            part.donation_value = sum(given.mapped("value"))

    def _get_restricted(self):
        """Give those of our goods that are not destroyed without a derogation.

        A trait that they were sold with counts, whoever takes it off the product.
        """
        traits = self.company_id._get_protecting_traits()
        parts = self.filtered(
            lambda part: (
                traits[part.company_id]
                and not part.not_inspected
                and not part.goods_gone
            )
        )
        # sudo: what the goods are, whoever looks
        return parts.filtered(
            lambda part: (
                traits[part.company_id]
                in (
                    part.product_id.reverse_trait_ids
                    | part.sudo().line_id.sale_line_id.reverse_trait_ids
                )
                and not part._get_goods_owner()
            )
        )

    # ------------------------------------------------------------------
    # What the decision needs
    # ------------------------------------------------------------------
    def _check_complete(self):
        res = super()._check_complete()
        self._check_destruction()
        self._check_charity()
        return res

    def _check_dispose(self, *states, keeps_goods=False):
        res = super()._check_dispose(*states, keeps_goods=keeps_goods)
        # Policy completes inspections as well, and takes no less for an answer.
        self._check_destruction()
        self._check_charity()
        return res

    def action_complete(self):
        self._check_reason()
        return super().action_complete()

    def _check_reason(self):
        """Refuse to destroy or recycle goods of which the inspector does not say why.

        Of what else is decided, such as by policy, whoever certifies the paper says it.
        """
        for part in self.filtered("is_destroyed"):
            if not part.disposal_reason_id:
                raise UserError(
                    self.env._(
                        "%(part)s: say why it becomes “%(disposition)s”, under “Why It "
                        "Is Destroyed”.",
                        part=part.display_name,
                        disposition=part.disposition_id.name,
                    )
                )

    def _check_destruction(self):
        """Refuse to destroy or recycle what lacks what its derogation asks for.

        :raises UserError: saying what is missing
        """
        destroyed = self.filtered(lambda p: p.needs_derogation and p.derogation_id)
        if not destroyed:
            return
        evidence = destroyed._get_evidence()
        for part in destroyed:
            derogation = part.derogation_id
            if derogation.offers_needed:
                part._check_declined()
            if derogation.evidence_required and not evidence[part.id]:
                raise UserError(
                    self.env._(
                        "%(part)s: attach the evidence of “%(derogation)s” under "
                        "Photos and Documents first.",
                        part=part.display_name,
                        derogation=derogation.name,
                    )
                )

    def _check_declined(self):
        """Refuse to destroy what not enough charities have declined."""
        self.ensure_one()
        # sudo: offers of the goods, whoever noted them
        offers = self.env["reverse.donation.offer"].sudo()._find_for(self)
        taken = offers._get_taken()
        if taken:
            raise UserError(
                self.env._(
                    "%(part)s: %(charity)s takes the goods. Choose “Donate” and this "
                    "charity.",
                    part=self.display_name,
                    charity=taken[0].partner_id.name,
                )
            )
        missing = offers._count_missing(self.derogation_id, self.company_id)
        if missing:
            raise UserError(
                self.env._(
                    "%(part)s: “%(derogation)s” needs %(needed)s charities that "
                    "declined the goods or did not answer in time, or eight weeks on "
                    "your site; %(missing)s are missing. Offer the goods, and note the "
                    "answers under “Offers to Charities”.",
                    part=self.display_name,
                    derogation=self.derogation_id.name,
                    needed=self.derogation_id.offers_needed,
                    missing=missing,
                )
            )

    def _find_obstacles(self, dispositions):
        """Without a derogation nothing protected is destroyed; only ours is donated."""
        found = super()._find_obstacles(dispositions)
        # sudo: what the goods are and whose, whoever decides
        restricted = self.sudo()._get_restricted()
        for part in self:
            owner = part._get_stock_owner()
            for disposition in dispositions:
                state = disposition.location_state
                if state == DESTROYED and part.sudo() in restricted:
                    if not part.derogation_id:
                        found[part][disposition] = self.env._(
                            "this may neither be destroyed nor recycled: goods of its "
                            "kind need a derogation. Name the one that applies and "
                            "attach its evidence, or choose another disposition, such "
                            "as “Donate”."
                        )
                elif state == "donation" and owner and not part._get_goods_owner():
                    found[part][disposition] = self.env._(
                        "this belongs to %(owner)s and is not ours to give away. "
                        "Choose another disposition.",
                        owner=owner.name,
                    )
        return found

    def _check_charity(self):
        """Refuse to give goods to nobody in particular, or to the customer.

        :raises UserError: saying what to do
        """
        for part in self.filtered("is_donated"):
            charity = part.donation_partner_id
            if not charity.reverse_is_charity:
                raise UserError(
                    self.env._(
                        "%(part)s: name the charity that gets the goods. "
                        "Administrators of returns tick “Charity” on contacts.",
                        part=part.display_name,
                    )
                )
            # sudo: who said so, whoever decides
            if charity.sudo().reverse_charity_by_id == self.env.user:
                raise UserError(
                    self.env._(
                        "%(part)s: you have said that %(charity)s is a charity, so "
                        "somebody else decides what it gets.",
                        part=part.display_name,
                        charity=charity.name,
                    )
                )
            if charity.commercial_partner_id == part.partner_id.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(part)s: %(charity)s is the customer of this return and "
                        "would get the credit and the goods. Choose another charity.",
                        part=part.display_name,
                        charity=charity.name,
                    )
                )

    def action_offer_to_charity(self):
        """Note that these goods are offered to a charity, or shown on the site."""
        self._check_duty("inspector")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Offer to a Charity"),
            "res_model": "reverse.donation.offer",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_inspection_ids": [Command.set(self.ids)],
                "default_company_id": self.company_id[:1].id,
            },
        }

    # ------------------------------------------------------------------
    # Destroyed and recycled
    # ------------------------------------------------------------------
    def _get_scrap_location(self):
        # Asked of every part: the reference is cached, the record would be read anew.
        recycling = self.env["ir.model.data"]._xmlid_to_res_id(
            "reverse_logistics_disposal.disposition_recycle"
        )
        if self.disposition_id.id == recycling:
            return self.company_id._ensure_reverse_recycling()
        return super()._get_scrap_location()

    def action_dispose_scrap(self):
        """Write the goods off, and put them on their disposal papers."""
        res = super().action_dispose_scrap()
        self.env["reverse.disposal"]._open_for(self)
        return res

    def action_view_disposal(self):
        """Open the disposal papers of these parts."""
        # sudo: only the ids; the user's own rights decide what they can read
        papers = self.sudo().disposal_line_ids.disposal_id
        return self.rma_id._open(papers.with_env(self.env), self.env._("Disposal"))

    def _prepare_disposal_line(self):
        """What the paper says of this part, as it is now."""
        self.ensure_one()
        product = self.product_id
        quantity = self.line_id._in_product_uom(self.quantity)
        return {
            "inspection_id": self.id,
            "product_id": product.id,
            "categ_id": product.categ_id.id,
            "lot_id": self.lot_id.id,
            "quantity": quantity,
            "weight": product.weight * quantity,
            "restricted": self.needs_derogation,
            "derogation_id": self.derogation_id.id,
        }

    # ------------------------------------------------------------------
    # Given away
    # ------------------------------------------------------------------
    def action_dispose_donate(self):
        """Prepare the transfer that hands the goods over to the charity.

        :raises AccessError: without the role inspector
        :raises UserError: when the goods do not wait for that
        """
        self._check_dispose("donation")
        self._check_account(
            {part: part.company_id._ensure_reverse_donation() for part in self}
        )
        groups = self.grouped(
            lambda part: (part.rma_id, part.location_id, part.donation_partner_id)
        )
        # sudo: duty and state are checked above; the transfer is the warehouse's to do
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .create(
                [
                    {
                        **parts._prepare_transfer(
                            rma._get_warehouse().out_type_id,
                            source,
                            rma.company_id._ensure_reverse_donation(),
                        ),
                        "partner_id": charity.id,
                    }
                    for (rma, source, charity), parts in groups.items()
                ]
            )
        )
        self._fill_transfers(pickings, picked=False)
        pickings.move_ids._action_confirm(merge=False)
        pickings.move_ids._action_assign()
        self._guarded_write({"disposed": True})
        self.env["reverse.event"]._log(
            self.rma_id,
            "DonationPrepared",
            lambda rma: {
                "inspections": (self & rma.inspection_ids).ids,
                "partners": (self & rma.inspection_ids).donation_partner_id.ids,
            },
        )
        return True

    def _prepare_transfer_move(self, picking_type, source, destination, outgoing):
        vals = super()._prepare_transfer_move(
            picking_type, source, destination, outgoing
        )
        if self.is_donated:
            # They go to nobody who bought them: the order stays as it is.
            for name in ("origin_returned_move_id", "sale_line_id", "to_refund"):
                vals.pop(name, None)
        return vals

    def _get_donation_moves(self):
        """Give the transfers of these parts to charities that were not cancelled."""
        # sudo: the transfers were made by the disposition of these very goods
        moves = self.filtered("is_donated").sudo().move_ids
        return moves.filtered(
            lambda m: m._is_reverse_donation() and m.state != "cancel"
        )

    def _on_donated(self, moves):
        """Note that transfers handed goods over.

        :param moves: done ones of these parts
        """
        if not self:
            return
        self._on_sent_back(moves)
        by_rma = moves.grouped(lambda move: move.reverse_inspection_id.rma_id)
        self.env["reverse.event"]._log(
            self.rma_id,
            "GoodsDonated",
            lambda rma: {
                "inspections": by_rma[rma].reverse_inspection_id.ids,
                "partners": by_rma[rma].picking_id.partner_id.ids,
                "value": sum(by_rma[rma].mapped("value")),
                "currency": rma.company_id.currency_id.name,
            },
        )

    def _get_goal(self):
        goal = super()._get_goal()
        return custody.LOSS if goal == "donation" else goal

    def _get_put_away(self):
        if self.is_donated and self.disposed and not self.goods_gone:
            return self.line_id._sum_moves(self._get_donation_moves())
        return super()._get_put_away()

    def _get_withdrawable(self):
        return super()._get_withdrawable().filtered(lambda part: not part.is_donated)

    def action_view_donation(self):
        """Open the transfers to the charity."""
        return self.rma_id._open(
            self._get_donation_moves().picking_id.with_env(self.env),
            self.env._("Donations"),
        )

    # ------------------------------------------------------------------
    # Looking again
    # ------------------------------------------------------------------
    def _look_again(self, findings=()):
        """Take the goods off their papers; what was certified stays destroyed."""
        # sudo: whoever inspects need not write papers
        lines = self.sudo().disposal_line_ids.filtered(lambda r: not r.taken_back)
        certified = lines.filtered(lambda line: line.state == "certified")
        if certified:
            raise UserError(
                self.env._(
                    "%(part)s was destroyed, as %(disposal)s certifies, and cannot be "
                    "inspected again. Is the certificate wrong, an approver takes it "
                    "back on the disposal paper first; else change the customer's "
                    "credit on the return.",
                    part=certified[0].inspection_id.display_name,
                    disposal=certified[0].disposal_id.name,
                )
            )
        parts = super()._look_again(findings)
        lines._take_back()
        return parts

    def _prepare_again(self, findings):
        vals = super()._prepare_again(findings)
        if findings:
            own = {name: self[name] for name in FINDINGS}
            vals |= self._convert_to_write(own)
        return vals

    def _fetch_disposed(self):
        """Stop the transfer to the charity, if it has not left."""
        if not self.is_donated:
            return super()._fetch_disposed()
        moves = self._get_donation_moves()
        sent = moves.filtered(lambda m: m.state == "done")
        (moves - sent)._action_cancel()
        return self.quantity - self.line_id._sum_moves(sent), self.location_id

    def _split_off(self, quantity):
        """What was offered to charities was offered whole."""
        # sudo: the offer was of these goods already
        offers = self.sudo().donation_offer_ids
        before = self.line_id.inspection_ids if offers else self.browse()
        res = super()._split_off(quantity)
        if offers:
            new = self.line_id.inspection_ids - before
            linked = [Command.link(offer.id) for offer in offers]
            new._guarded_write({"donation_offer_ids": linked})
        return res
