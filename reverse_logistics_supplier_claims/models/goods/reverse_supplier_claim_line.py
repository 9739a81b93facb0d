from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.models.base.reverse_columns import differs

from ...engine import amounts


class ReverseSupplierClaimLine(models.Model):
    """Where the claimed goods are."""

    _inherit = "reverse.supplier.claim.line"

    destroyed_on = fields.Date(readonly=True, copy=False, guarded=True)
    requested_on = fields.Date(
        "Asked For",
        readonly=True,
        copy=False,
        guarded=True,
        help="When the supplier has asked for these goods: they are sent there, also "
        "where the agreement lets them stay or be destroyed.",
    )
    arrived_on = fields.Date(
        "Received by Supplier", readonly=True, copy=False, guarded=True
    )
    back_move_ids = fields.One2many("stock.move", "reverse_back_line_id")
    scrap_ids = fields.Many2many(
        "stock.scrap", string="Scrap Orders", copy=False, readonly=True, guarded=True
    )
    parts_state = fields.Selection(
        [
            ("here", "Here"),
            ("gone", "Not Here Any More"),
            ("requested", "Asked for by the Supplier"),
            ("announced", "To Be Sent"),
            ("sent", "Sent to the Supplier"),
            ("received", "Received by the Supplier"),
            ("refused", "Refused, to Come Back"),
            ("partly_back", "Partly Back Again"),
            ("back", "Back Again"),
            ("destroyed", "Destroyed"),
            ("replaced", "Replaced"),
        ],
        "Goods",
        compute="_compute_parts_state",
        compute_sudo=True,
    )

    @api.depends(
        "amount_approved",
        "arrived_on",
        "claim_id.answered_on",
        "destroyed_on",
        "requested_on",
        "inspection_id.goods_gone",
        "inspection_id.location_id",
        "move_ids.state",
        "back_move_ids.state",
        "replacement_move_ids.state",
    )
    def _compute_parts_state(self):
        for line in self:
            line.parts_state = line.kind == "goods" and line._get_parts_state()

    def _get_parts_state(self):
        self.ensure_one()
        under_way = self.move_ids.filtered(lambda m: m.state != "cancel")
        if self.destroyed_on:
            return "destroyed"
        if self.back_move_ids:
            return "partly_back" if self._count_with_supplier() else "back"
        if self.replacement_move_ids.filtered(lambda m: m.state == "done"):
            return "replaced"
        if not under_way:
            here = "requested" if self.requested_on else "here"
            return "gone" if self._is_gone() else here
        if "done" not in under_way.mapped("state"):
            return "announced"
        if self.claim_id.answered_on and self._count_returnable():
            return "refused"
        return "received" if self.arrived_on else "sent"

    def _is_wanted_back(self):
        """Whether the supplier gets the goods: as agreed, or since it asks for them."""
        self.ensure_one()
        goods = self.claim_id.agreement_id.goods or "return"
        return goods == "return" or bool(self.requested_on)

    def _say_parts(self):
        """Name goods, with how many they are."""
        return ", ".join(
            " ".join((line.uom_id._say_reverse(line.quantity), line._get_short_name()))
            for line in self
        )

    def _is_gone(self):
        """Whether an inspection found or left these goods where we have none."""
        part = self.inspection_id
        return bool(
            part
            and (
                part.goods_gone or part.location_id.usage not in ("internal", "transit")
            )
        )

    def _count_with_supplier(self):
        """Count what was sent and has not come back, in the product's unit."""
        self.ensure_one()
        # sudo: where the goods are, whoever may read transfers
        sent = self.sudo().move_ids.filtered(lambda m: m.state == "done")
        there = sum(sent._get_reverse_parts_sum().values()) - self._count_back()
        return max(self.uom_id.round(there), 0.0)

    def _count_back(self):
        """Count what the supplier has sent back, in the product's unit."""
        self.ensure_one()
        # sudo: as for what was sent
        return sum(self.sudo().back_move_ids._get_reverse_parts_sum().values())

    def _count_unapproved(self):
        """Count the pieces whose value the supplier did not approve."""
        self.ensure_one()
        return amounts.count_unapproved(
            self.quantity,
            self.amount_claimed,
            self.amount_approved,
            1.0 if self._is_counted() else self.uom_id.rounding,
            self.currency_id.rounding,
        )

    def _is_counted(self):
        """Whether a part of one cannot come back, unlike of a kilogram."""
        self.ensure_one()
        unit = self.env.ref("uom.product_uom_unit")
        return not self.uom_id or self.uom_id._has_common_reference(unit)

    def _count_returnable(self):
        """Count what the supplier has, and did not approve."""
        self.ensure_one()
        if self.destroyed_on or not (self._get_sent_part() or self._is_own()):
            return 0.0
        left = self.uom_id.round(self._count_unapproved() - self._count_back())
        return max(min(left, self._count_with_supplier()), 0.0)

    def _get_sent_part(self):
        """Give the inspection that holds for what the supplier has, or will have."""
        self.ensure_one()
        part = self.inspection_id
        if part.state == "done":
            return part
        kept = part._get_latest().filtered("goods_gone") if self._count_back() else part
        return kept.filtered(lambda one: one.state == "done")[:1]

    # ------------------------------------------------------------------
    # The value of goods that stay, of which the supplier pays a part
    # ------------------------------------------------------------------
    def _get_kept_move(self):
        """Give the move with which goods came that stay with us."""
        self.ensure_one()
        return self.inspection_id.receipt_move_id or self.receipt_move_id

    def _lowers_stock(self):
        """Whether what the supplier pays lowers the value of goods that are here.

        They cost us less then. Of goods that are gone or will be destroyed, or whose
        cost is fixed, it lowers the expense.
        """
        self.ensure_one()
        move = self._get_kept_move()
        product = self.product_id.with_company(self.company_id)
        return bool(
            self.kind == "goods"
            and self.claim_id._is_on_seller()
            and self.claim_id.agreement_id.goods != "destroy"
            and product.cost_method != "standard"
            and product.valuation == "real_time"
            and self._get_stock_account()
            and move.is_in
            and self._is_kept_here()
        )

    def _is_kept_here(self):
        """Whether all of these goods are still in our stock.

        Those that stay may lie anywhere in their warehouse, and what is reserved is
        still here.
        """
        part = self.inspection_id
        place = part.location_id or self.stock_location_id
        kept = self.kept_location_id or self.receipt_move_id.location_dest_id
        if (part and part.goods_gone) or not (place or kept).is_valued_internal:
            return False
        place = place or kept.warehouse_id.view_location_id or kept
        domain = [
            ("product_id", "=", self.product_id.id),
            ("location_id", "child_of", place.ids),
            ("location_id.is_valued_internal", "=", True),
            ("owner_id", "in", [False, self.company_id.partner_id.id]),
        ]
        if self.lot_id:
            domain.append(("lot_id", "=", self.lot_id.id))
        # sudo: what is here, whoever may read the stock
        quants = self.env["stock.quant"].sudo()
        ((here,),) = quants._read_group(domain, aggregates=["quantity:sum"])
        return self.uom_id.compare(here or 0.0, self.quantity) >= 0

    def _get_stock_account(self):
        product = self.product_id.with_company(self.company_id)
        accounts = product.product_tmpl_id.get_product_accounts()
        return accounts.get("stock_valuation") or self.env["account.account"]

    def _scrap_destroyed(self):
        """Write off what lies here of these goods.

        :raises UserError: where something is missing on the orders, saying where it is
            entered
        """
        made = self._make_scraps()
        try:
            for own in made.values():
                own.filtered(lambda one: one.state != "done")._check_reverse_papers()
        except UserError as missing:
            raise UserError(
                self.env._(
                    "%(missing)s\n\nWhere a claim has goods destroyed, “Prepare Scrap "
                    "Orders” under “Note Destruction” makes the orders beforehand. "
                    "Leave them drafts: they write the goods off once the "
                    "destruction is noted.",
                    missing=missing,
                )
            ) from missing
        self._write_off(made)
        for line, own in made.items():
            if part := line.inspection_id:
                own.move_ids.reverse_inspection_id = part
                part._guarded_write({"location_id": own[:1].scrap_location_id.id})

    def _scrap_own(self):
        """Write off own goods that were set aside."""
        self._write_off(self._make_scraps())

    def _make_scraps(self):
        """Make the orders that write these goods off, or take those prepared before.

        What does not say exactly that, or not any more, is left alone.

        :return: ``{line: orders}``
        """
        # sudo: the callers check duty and state; exactly the goods of these lines
        orders = self._workflow()._sudo_clean(self.env["stock.scrap"])
        names = list(orders._get_reverse_goods_fields())
        made = {}
        for line, values in self._prepare_scraps().items():
            known = orders.browse(line.sudo().scrap_ids.ids)  # sudo: as above
            own = orders
            for vals in values:
                exactly = {**dict.fromkeys(names, False), **vals}
                fits = known.filtered(
                    lambda one, vals=exactly: not differs(one, vals, names)
                )[:1]
                own += fits or orders.create(vals)
                known -= fits
            line._guarded_write({"scrap_ids": [Command.set(own.ids)]})
            made[line] = own
        return made

    def _prepare_scraps(self):
        """Values of what writes these goods off, of those that lie here.

        :return: ``{line: [values]}``
        """
        parts = self.inspection_id.filtered(
            lambda part: (
                part.disposition_id.location_state == "vendor_return"
                and not part.not_inspected
            )
        )
        # sudo: duty and state are checked; exactly the goods of these lines
        found = parts.sudo()._prepare_scraps()
        prepared = {}
        for line in self:
            if line.inspection_id in found:
                prepared[line] = found.pop(line.inspection_id)
            elif line.stock_location_id and not line.inspection_id:
                prepared[line] = [line._prepare_own_scrap()]
        return {
            line: [{**vals, "origin": line.claim_id.name} for vals in values]
            for line, values in prepared.items()
        }

    def _write_off(self, made):
        """Write off what was destroyed, or nothing: Odoo would only ask.

        What somebody has approved to scrap by hand since it was prepared is gone.

        :param dict made: what ``_make_scraps`` gave
        :raises UserError: where the goods do not lie where they were set aside
        """
        scraps = [scrap for own in made.values() for scrap in own]
        for scrap in scraps:
            if scrap.state == "done":
                continue
            if scrap.action_validate() is not True or scrap.state != "done":
                raise UserError(
                    self.env._(
                        "%(quantity)s of %(product)s do not lie in %(place)s, so they "
                        "cannot be written off. Move them back there first.",
                        quantity=scrap.product_uom_id._say_reverse(scrap.scrap_qty),
                        product=scrap.product_id.display_name,
                        place=scrap.location_id.display_name,
                    )
                )

    def _prepare_own_scrap(self):
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_id": self.uom_id.id,
            "scrap_qty": self.quantity,
            "lot_id": self.lot_id.id,
            "location_id": self.stock_location_id.id,
            "scrap_location_id": self.company_id._ensure_reverse_scrap().id,
            "company_id": self.company_id.id,
        }

    def _take_back(self, quantity):
        """Receive what the supplier did not keep, and open an inspection of it.

        :param float quantity: in the product's unit
        :return: the new inspection; own goods are back in stock without any
        """
        self.ensure_one()
        part = self._get_sent_part()
        if not part:
            self._take_own_back(quantity)
            return part
        # sudo: exactly the goods that were sent for this line
        lines = self.sudo()
        brought = lines.back_move_ids.grouped("origin_returned_move_id")
        for sent in lines.move_ids.filtered(lambda m: m.state == "done"):
            back = brought.get(sent, sent.browse())
            left = sum(sent._get_reverse_parts_sum().values())
            left -= sum(back._get_reverse_parts_sum().values())
            many = min(quantity, left)
            quantity -= many
            if self.uom_id.is_zero(many):
                continue
            moves = part._workflow()._sudo_clean(self.env["stock.move"])
            move = moves.create(
                {
                    **part._prepare_counter_move(sent, many),
                    "product_uom": self.uom_id.id,
                    "location_dest_id": sent.location_id.id,
                    "purchase_line_id": sent.purchase_line_id.id,
                    "origin_returned_move_id": sent.id,
                    "to_refund": True,
                    "origin": self.claim_id.name,
                    "reverse_inspection_id": part.id,
                    "reverse_back_line_id": self.id,
                }
            )
            part._do_counter_move(move, part.lot_id)
        # sudo: the claim's duty is checked; an inspector decides about the goods
        return part.sudo()._take_from_supplier().with_env(self.env)
