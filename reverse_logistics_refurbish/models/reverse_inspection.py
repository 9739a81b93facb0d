from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseInspection(models.Model):
    """Inspected goods that a vendor refurbishes or repairs, and their way there."""

    _inherit = "reverse.inspection"

    is_for_workshop = fields.Boolean(compute="_compute_is_for_workshop")
    refurbisher_id = fields.Many2one(
        "res.partner",
        "Done by",
        check_company=True,
        ondelete="restrict",
        help="The vendor that does the work. Empty: our own workshop.",
    )
    refurbish_service_id = fields.Many2one(
        "product.product",
        "Work",
        check_company=True,
        ondelete="restrict",
        domain=[("type", "=", "service"), ("purchase_ok", "=", True)],
        compute="_compute_refurbish_service_id",
        store=True,
        readonly=False,
        help="The service that is bought from the vendor; its vendor pricelist says at "
        "which price.",
    )

    @api.depends("disposition_id")
    def _compute_is_for_workshop(self):
        for part in self:
            part.is_for_workshop = part.disposition_id.location_state == "refurbish"

    @api.depends("refurbisher_id")
    def _compute_refurbish_service_id(self):
        """Propose to buy what comes with the addon, unless something else is chosen."""
        sent = self.filtered("refurbisher_id")
        (self - sent).refurbish_service_id = False
        for part in sent:
            part.refurbish_service_id = part.refurbish_service_id or self.env.ref(
                "reverse_logistics_refurbish.product_refurbishing",
                raise_if_not_found=False,
            )

    # ------------------------------------------------------------------
    # What is refused
    # ------------------------------------------------------------------
    def _check_complete(self):
        res = super()._check_complete()
        for part in self.filtered(lambda p: p._goes_to_vendor()):
            part._check_refurbisher()
        return res

    def _goes_to_vendor(self):
        self.ensure_one()
        return self.is_for_workshop and bool(self.refurbisher_id)

    def _get_keeper(self):
        return self.refurbisher_id if self._goes_to_vendor() else super()._get_keeper()

    def _check_refurbisher(self):
        """Refuse a vendor that is ourselves, and work that nobody can buy."""
        service = self.refurbish_service_id
        if self.refurbisher_id.commercial_partner_id == self.company_id.partner_id:
            problem = self.env._(
                "%(vendor)s is this company itself. Leave “Done by” empty for our own "
                "workshop.",
                vendor=self.refurbisher_id.display_name,
            )
        elif service.type != "service" or not service.purchase_ok:
            problem = self.env._(
                "say under “Work” which service is bought from %(vendor)s.",
                vendor=self.refurbisher_id.display_name,
            )
        else:
            return
        raise UserError(
            self.env._("%(part)s: %(problem)s", part=self.display_name, problem=problem)
        )

    # ------------------------------------------------------------------
    # To the vendor and back
    # ------------------------------------------------------------------
    def action_dispose_repair(self):
        res = super().action_dispose_repair()
        sent = self.filtered(lambda part: part._goes_to_vendor())
        if sent:
            sent._create_vendor_transfers()
            sent._create_vendor_orders()
            sent._log_refurbishing("RefurbishingOrdered")
        return res

    def _create_vendor_transfers(self):
        """Announce to the warehouse what goes to vendors, and what comes back."""
        groups = self.grouped(
            lambda part: (part.rma_id, part.location_id, part.refurbisher_id)
        )
        ways = []
        for (rma, here, vendor), parts in groups.items():
            facility = rma.facility_id
            there = facility._ensure_vendor_place(vendor)
            home = facility._get_location("inspection")
            ways.append((parts, vendor, here, there, home))
        # sudo: the duty is checked before; the transfers are the warehouse's to do
        pickings = self._sudo_clean(self.env["stock.picking"])
        out = pickings.create(
            [
                parts._prepare_vendor_transfer(vendor, here, there)
                for parts, vendor, here, there, _home in ways
            ]
        )
        self._fill_transfers(out, picked=False)
        out.move_ids._action_confirm(merge=False)
        out.move_ids._action_assign()
        back = pickings.create(
            [
                parts._prepare_vendor_transfer(vendor, there, home)
                for parts, vendor, _here, there, home in ways
            ]
        )
        sent = {move.reverse_inspection_id: move for move in out.move_ids}
        for move in back.move_ids:
            move.move_orig_ids = sent[move.reverse_inspection_id]
        back.move_ids._action_confirm(merge=False)

    def _prepare_vendor_transfer(self, vendor, source, destination):
        picking_type = self.facility_id.putaway_type_id
        return {
            **self._prepare_transfer(picking_type, source, destination),
            "partner_id": vendor.id,
        }

    def _create_vendor_orders(self):
        """Ask each vendor for its price: one request for all that it gets now."""
        for (company, vendor), parts in self.grouped(
            lambda part: (part.company_id, part.refurbisher_id)
        ).items():
            # sudo: the duty is checked before; inspectors need not buy, and buyers
            # decide whether the order is confirmed
            orders = self._sudo_clean(self.env["purchase.order"]).with_company(company)
            order = orders.create(parts._prepare_vendor_order(company, vendor))
            order.order_line = [
                Command.create(part._prepare_vendor_work(order)) for part in parts
            ]

    def _prepare_vendor_order(self, company, vendor):
        # sudo: who buys from this vendor
        buyer = vendor.sudo().with_company(company).buyer_id
        return {
            "partner_id": vendor.id,
            "company_id": company.id,
            "user_id": buyer.id,
            "origin": ", ".join(self.rma_id.mapped("name")),
        }

    def _prepare_vendor_work(self, order):
        self.ensure_one()
        service = self.refurbish_service_id
        vals = order.order_line._prepare_purchase_order_line(
            service,
            self.line_id._in_product_uom(self.quantity),
            service.uom_id,
            order.company_id,
            order.partner_id,
            order,
        )
        goods = self.lot_id.display_name or self.env._("no number")
        return {
            **vals,
            "name": self.env._(
                "%(work)s of %(product)s (%(lot)s) of %(rma)s",
                work=vals["name"],
                product=self.product_id.display_name,
                lot=goods,
                rma=self.rma_id.name,
            ),
            # sudo: the repair of exactly these goods
            "reverse_repair_id": self.sudo().repair_ids.sorted("id")[-1:].id,
        }

    # ------------------------------------------------------------------
    # Where the goods are, and what follows
    # ------------------------------------------------------------------
    def _get_vendor_moves(self):
        # sudo: inspectors need not have access to the transfers of these goods
        return self.sudo().move_ids.filtered(
            lambda m: m._is_to_vendor() or m._is_from_vendor()
        )

    def _get_open_vendor_moves(self):
        return self._get_vendor_moves().filtered(
            lambda m: m.state not in ("done", "cancel")
        )

    def _get_vendor_places(self):
        """Give how much of this part lies where: ``{place: quantity}``."""
        self.ensure_one()
        done = self._get_vendor_moves().filtered(lambda m: m.state == "done")
        out = done.filtered(lambda m: m._is_to_vendor())
        back = done - out
        sent, returned = self.line_id._sum_moves(out), self.line_id._sum_moves(back)
        left = self._get_vendor_moves().filtered(lambda m: m._is_to_vendor())
        found = {}
        for place, quantity in (
            (left[:1].location_id, self.quantity - sent),
            (out[:1].location_dest_id, sent - returned),
            (back[:1].location_dest_id, returned),
        ):
            if self.uom_id.compare(quantity, 0) > 0:
                found[place] = self.uom_id.round(quantity)
        return found

    def _on_vendor_moved(self):
        """Follow what was moved to a vendor or back, and end what all is back of."""
        current = self.filtered(lambda part: part.state == "done")
        current._log_refurbishing("RefurbishingMoved")
        # What has not moved on is named first.
        places = {part: next(iter(part._get_vendor_places())) for part in current}
        current._guarded_write_each(
            {part: {"location_id": place.id} for part, place in places.items()}
        )
        for place, parts in current.grouped(places.get).items():
            parts._follow_repairs(place)
        ended = current.filtered(lambda part: not part._get_open_vendor_moves())
        ended._work("_end_refurbishing")

    def _follow_repairs(self, place):
        """Repairs are where their goods are, and start when these have left."""
        repairs = self._get_open_repairs()
        repairs.write(
            {
                "product_location_src_id": place.id,
                "product_location_dest_id": place.id,
            }
        )
        if place.reverse_vendor_id:
            waiting = repairs.filtered(lambda r: r.state in ("draft", "confirmed"))
            waiting.action_repair_start()

    def _get_open_repairs(self):
        # sudo: whoever moves the goods need not have rights on repairs
        return self._workflow().repair_ids.filtered(
            lambda repair: repair.state not in ("done", "cancel")
        )

    def _has_work_left(self, method):
        if method == "_end_refurbishing":
            return self.state == "done" and not self._get_open_vendor_moves()
        return super()._has_work_left(method)

    def _end_refurbishing(self):
        """End the repairs of what is back, call those off of what never left."""
        open_parts = self.filtered(lambda part: part._get_open_repairs())
        back = open_parts.filtered(lambda part: part._get_back_from_vendor())
        for part in back:
            lines = part._get_open_repairs().reverse_purchase_line_ids
            lines._receive_reverse_work(part._get_back_from_vendor())
        back._get_open_repairs().action_repair_done()
        (open_parts - back)._get_open_repairs().action_repair_cancel()
        # Of these the repair was called off while they were away.
        (self - open_parts)._on_repair_ended()

    def _get_back_from_vendor(self):
        """Give how much has come back, in the product's unit."""
        self.ensure_one()
        back = self._get_vendor_moves().filtered(
            lambda m: m.state == "done" and m._is_from_vendor()
        )
        return self.line_id._in_product_uom(self.line_id._sum_moves(back))

    def _on_repair_ended(self):
        """Stop what has not left for a vendor, and await what is there."""
        sent = self._workflow().filtered("refurbisher_id")
        sent._get_open_vendor_moves().filtered(
            lambda m: m._is_to_vendor()
        )._action_cancel()
        away = self.filtered(lambda part: part._get_open_vendor_moves())
        return super(ReverseInspection, self - away)._on_repair_ended()

    def _fetch_goods(self):
        """Inspect anew what is here, and what a vendor has not given back."""
        self.ensure_one()
        sent_on = self.goods_gone or self._get_deliveries_back()
        if sent_on or not self._get_vendor_moves():
            return super()._fetch_goods()
        return [
            {"quantity": quantity, "location_id": place.id, "goods_gone": False}
            for place, quantity in self._get_vendor_places().items()
        ]

    def _log_refurbishing(self, event):
        by_rma = self.grouped("rma_id")
        self.env["reverse.event"]._log(
            self.rma_id,
            event,
            lambda rma: {
                "parts": [
                    {
                        "inspection": part.id,
                        "vendor": part.refurbisher_id.id,
                        "transfers": part._get_vendor_moves().picking_id.ids,
                        "places": {
                            str(place.id): quantity
                            for place, quantity in part._get_vendor_places().items()
                        },
                    }
                    for part in by_rma[rma]
                ]
            },
        )
