from odoo import api, fields, models
from odoo.exceptions import UserError

#: The dates of lots, where Odoo's app of expiration dates is installed.
_DATES = {"alert_date", "expiration_date", "removal_date", "use_date"}


class ReverseInspection(models.Model):
    """Inspected goods that become another product, or are sold in a lot."""

    _inherit = "reverse.inspection"

    is_for_regrade = fields.Boolean(compute="_compute_is_for_regrade")
    regrade_product_id = fields.Many2one(
        "product.product",
        "Becomes",
        compute="_compute_regrade_product_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        help="The product that these goods are sold as from now on.",
    )
    regrade_product_ids = fields.Many2many(
        "product.product",
        string="May Become",
        compute="_compute_regrade_product_ids",
        compute_sudo=True,
    )
    regrade_move_ids = fields.One2many(
        "stock.move", "reverse_regrade_id", "Regrading", readonly=True
    )
    regrade_cost = fields.Monetary(
        "Cost",
        currency_field="company_currency_id",
        compute="_compute_regrade_value",
        compute_sudo=True,
        help="What the goods cost, as long as they are what they are.",
    )
    regrade_value = fields.Monetary(
        "Worth Then",
        currency_field="company_currency_id",
        compute="_compute_regrade_value",
        compute_sudo=True,
    )
    regrade_write_down = fields.Monetary(
        "Written Down",
        currency_field="company_currency_id",
        compute="_compute_regrade_value",
        compute_sudo=True,
    )
    regrade_note = fields.Text(compute="_compute_regrade_note", compute_sudo=True)
    liquidation_line_ids = fields.One2many(
        "reverse.liquidation.line", "inspection_id", "Liquidation", readonly=True
    )

    # ------------------------------------------------------------------
    # What the goods become
    # ------------------------------------------------------------------
    @api.depends("disposition_id")
    def _compute_is_for_regrade(self):
        # While the addon is being installed, it is not there yet.
        regrade = self.env.ref(
            "reverse_logistics_resale.disposition_regrade", raise_if_not_found=False
        )
        for part in self:
            part.is_for_regrade = bool(regrade) and part.disposition_id == regrade

    @api.depends("product_id", "condition_id", "disposition_id")
    def _compute_regrade_product_ids(self):
        regraded = self.filtered("is_for_regrade")
        found = self.env["reverse.regrade"]._find_for(regraded)
        for part in self:
            part.regrade_product_ids = part in regraded and found[part].target_id

    @api.depends("product_id", "condition_id", "disposition_id")
    def _compute_regrade_product_id(self):
        """Propose what the configuration says first, unless another of it is chosen."""
        for part in self:
            options = part.regrade_product_ids
            if part.regrade_product_id not in options:
                part.regrade_product_id = options[:1]

    def _get_regrade_goods(self):
        """Give what was found as ``engine.regrading`` knows it."""
        self.ensure_one()
        return self.env["reverse.regrade"]._prepare_goods(
            self.product_id, self.condition_id
        )

    def _get_regrade_row(self):
        """Give the row of the configuration that says what was chosen."""
        self.ensure_one()
        rows = self.env["reverse.regrade"]._find_for(self)[self]
        return rows.filtered(lambda row: row.target_id == self.regrade_product_id)[:1]

    # ------------------------------------------------------------------
    # What they are worth
    # ------------------------------------------------------------------
    @api.depends("regrade_product_id", "quantity", "regrade_move_ids.value")
    @api.depends("regrade_move_ids.state")
    def _compute_regrade_value(self):
        for part in self:
            taken, made = part._get_regrade_moves()
            if made:
                part.regrade_cost, part.regrade_value = taken.value, made.value
            elif part.is_for_regrade and part.regrade_product_id:
                part.regrade_cost = part._estimate_cost()
                part.regrade_value = part._get_regrade_value(part.regrade_cost)
            else:
                part.regrade_cost = part.regrade_value = 0.0
            part.regrade_write_down = part.regrade_cost - part.regrade_value

    @api.depends("regrade_cost", "regrade_value")
    def _compute_regrade_note(self):
        """Say it where goods are worth another share than the configuration says."""
        for part in self:
            part.regrade_note = False
            target = part.regrade_product_id.with_company(part.company_id)
            if not part.is_for_regrade or target.cost_method != "standard":
                continue
            currency = part.company_id.currency_id
            share = part._get_regrade_share(part.regrade_cost)
            if not currency.compare_amounts(share, part.regrade_value):
                continue
            part.regrade_note = self.env._(
                "%(target)s has a standard price, so the goods are worth %(value)s "
                "then; the configured share would be %(share)s. The difference of "
                "%(difference)s is part of what is written down.",
                target=target.display_name,
                value=currency.format(part.regrade_value),
                share=currency.format(share),
                difference=currency.format(share - part.regrade_value),
            )

    def _estimate_cost(self, quantity=None):
        """What these goods would cost if they left stock now.

        :param float quantity: how many of them, in the part's unit; left out, all
        """
        self.ensure_one()
        # sudo: costs, of which an inspector is told only those of these goods
        part = self.sudo().with_company(self.company_id)
        if part._get_stock_owner():
            return 0.0
        counted = part.quantity if quantity is None else quantity
        quantity = part.line_id._in_product_uom(counted)
        product = part.product_id
        if product.lot_valuated and part.lot_id:
            cost = part.lot_id.standard_price * quantity
        elif product.cost_method == "fifo":
            cost = product._run_fifo(quantity)
        else:
            cost = product.standard_price * quantity
        return part.company_currency_id.round(cost)

    def _get_regrade_share(self, cost):
        self.ensure_one()
        percent = self._get_regrade_row().percent
        return self.company_currency_id.round(cost * percent / 100)

    def _get_regrade_value(self, cost):
        """Give what the goods are worth as the product that they become.

        Of a product with a standard price, every piece is worth that.

        :param float cost: of all of them until now
        """
        self.ensure_one()
        # sudo: as in _estimate_cost
        part = self.sudo().with_company(self.company_id)
        target = part.regrade_product_id
        if target.cost_method != "standard":
            return part._get_regrade_share(cost)
        lot = (
            part._find_regrade_lot() if target.lot_valuated else target.env["stock.lot"]
        )
        price = lot.standard_price if lot else target.standard_price
        return part.company_currency_id.round(price * part._get_regrade_quantity())

    def _get_regrade_quantity(self):
        """Give the quantity in the unit of the product that the goods become."""
        self.ensure_one()
        return self.uom_id._compute_quantity(
            self.quantity, self.regrade_product_id.uom_id, rounding_method="HALF-UP"
        )

    def _find_regrade_lot(self):
        """Find the lot of the new product that has the name of the old one's."""
        self.ensure_one()
        # sudo: lots of the part's company
        lots = self.env["stock.lot"].sudo()
        if self.regrade_product_id.tracking == "none" or not self.lot_id:
            return lots
        return lots.search(
            [
                ("name", "=", self.lot_id.name),
                ("product_id", "=", self.regrade_product_id.id),
                ("company_id", "in", (False, self.company_id.id)),
            ],
            limit=1,
        )

    # ------------------------------------------------------------------
    # What is refused
    # ------------------------------------------------------------------
    def _find_obstacles(self, dispositions):
        """Only ours is regraded, and only as the configuration says."""
        found = super()._find_obstacles(dispositions)
        # Asked of every part: the reference is cached, the record would be read anew.
        regrade = self.env["ir.model.data"]._xmlid_to_res_id(
            "reverse_logistics_resale.disposition_regrade"
        )
        for disposition in dispositions.filtered(lambda d: d.id == regrade):
            rows = self.env["reverse.regrade"]._find_for(self)
            for part in self:
                problem = part._find_regrade_problem(rows[part])
                if problem:
                    found[part].setdefault(disposition, problem)
        return found

    def _check_complete(self):
        res = super()._check_complete()
        regraded = self.filtered("is_for_regrade")
        regraded._check_regrade()
        for part in regraded:
            part._check_regrade_value(part.regrade_cost, part.regrade_value)
        return res

    def _check_regrade(self):
        """Refuse goods that cannot become what was chosen, saying why."""
        rows = self.env["reverse.regrade"]._find_for(self)
        for part in self:
            target = part.regrade_product_id
            problem = target and part._find_target_problem(target)
            if not problem and target not in rows[part].target_id:
                problem = part._say_no_row(target)
            problem = problem or part._find_regrade_lot_problem()
            if problem:
                raise UserError(
                    self.env._(
                        "%(part)s: %(problem)s",
                        part=part.display_name,
                        problem=problem,
                    )
                )

    def _find_regrade_problem(self, rows):
        """Say why these goods become nothing else, None where they may.

        :param rows: of the configuration that fit them
        """
        owner = self._get_stock_owner()
        if owner:
            return self.env._(
                "the goods belong to %(owner)s, and only our own become another "
                "product. Choose another disposition.",
                owner=owner.display_name,
            )
        if not rows:
            return self._say_no_row(rows.target_id)
        problems = [self._find_target_problem(target) for target in rows.target_id]
        return problems[0] if all(problems) else None

    def _find_target_problem(self, target):
        """Say why these goods cannot become a product, None where they can.

        A trait that they were sold with counts, whoever takes it off their product.
        """
        part = self.sudo()  # sudo: products and orders, also those that nobody may see
        traits = part.product_id.reverse_trait_ids
        traits |= part.line_id.sale_line_id.reverse_trait_ids
        return target.sudo()._find_reverse_target_problem(
            part.product_id, part.company_id, traits
        )

    def _say_no_row(self, target):
        return self.env._(
            "no row of Regrading lets %(goods)s in this condition become %(target)s. "
            "Choose one of the products that are offered, or ask an administrator of "
            "returns to add it.",
            goods=self.product_id.display_name,
            target=target.display_name or self.env._("anything"),
        )

    def _find_regrade_lot_problem(self):
        """Say why the goods cannot have the number that the new product needs."""
        target = self.regrade_product_id
        words = {
            "target": target.display_name,
            "goods": self.product_id.display_name,
        }
        quantity = self._get_regrade_quantity()
        back = target.uom_id._compute_quantity(
            quantity, self.uom_id, rounding_method="HALF-UP"
        )
        if target.uom_id.is_zero(quantity) or self.uom_id.compare(back, self.quantity):
            return self.env._(
                "this quantity of %(goods)s is no quantity of %(target)s, which is "
                "counted in %(unit)s. Choose a product with the same unit.",
                unit=target.uom_id.name,
                **words,
            )
        if target.tracking == "none":
            return None
        if not self.lot_id:
            return self.env._(
                "%(target)s is tracked by lot or serial number, and these goods have "
                "none. Choose a product that is not.",
                **words,
            )
        if target.tracking == "serial" and target.uom_id.compare(quantity, 1):
            return self.env._(
                "%(target)s has a serial number for each piece, and these goods have "
                "one number for all. Choose a product tracked by lots.",
                **words,
            )
        return None

    def _check_regrade_value(self, cost, value):
        """Refuse to make goods worth more than they cost: that would be a gain."""
        if self.company_currency_id.compare_amounts(value, cost) > 0:
            raise UserError(
                self.env._(
                    "%(part)s would be worth %(value)s as %(target)s and cost only "
                    "%(cost)s: goods do not gain value by being regraded. Choose "
                    "another product, or correct the standard price of this one.",
                    part=self.display_name,
                    value=self.company_currency_id.format(value),
                    target=self.regrade_product_id.display_name,
                    cost=self.company_currency_id.format(cost),
                )
            )

    # ------------------------------------------------------------------
    # Regrading: the step of the disposition
    # ------------------------------------------------------------------
    def action_dispose_move(self):
        for part in self.filtered("is_for_regrade"):
            raise UserError(
                self.env._(
                    "%(part)s: the goods become another product, so they do not go "
                    "into stock as they are.",
                    part=part.display_name,
                )
            )
        return super().action_dispose_move()

    def action_dispose_regrade(self):
        """Make the goods another product in sellable stock, at what that is worth.

        The old ones are used up in the company's location for regrading, and the new
        ones come from there; what is between them stays on its account.

        :raises AccessError: without the role inspector
        :raises UserError: when the goods do not wait for that, or cannot become it
        """
        self._check_dispose("sellable")
        for part in self.filtered(lambda p: not p.is_for_regrade):
            raise UserError(
                self.env._(
                    "%(part)s: “%(disposition)s” asks for something else.",
                    part=part.display_name,
                    disposition=part.disposition_id.name,
                )
            )
        self._check_regrade()
        for company, parts in self.grouped("company_id").items():
            parts.with_company(company)._regrade()
        self._note_put_away()
        return True

    def _regrade(self):
        """Post both moves of each part; all of them together, as Odoo values them."""
        place = self.company_id._ensure_reverse_regrade()
        self._check_account(dict.fromkeys(self, place))
        taken = self._create_regrade_moves(
            [part._prepare_regrade_taken(place) for part in self]
        )
        self._check_on_hand(taken, self._get_regrade_quants(taken))
        taken._do_reverse_regrade({part.id: part.lot_id for part in self})
        values = {}
        for part, move in zip(self, taken, strict=True):
            values[part] = part._get_regrade_value(move.value)
            part._check_regrade_value(move.value, values[part])
        lots = self._ensure_regrade_lots()
        made = self._create_regrade_moves(
            [part._prepare_regrade_made(place) for part in self]
        )
        made._set_reverse_regrade_values(
            {move: values[part] for part, move in zip(self, made, strict=True)}
        )
        made._do_reverse_regrade({part.id: lots[part] for part in self})
        for stock, parts in self.grouped(
            lambda part: part.facility_id._get_location("sellable")
        ).items():
            parts._guarded_write({"location_id": stock.id, "disposed": True})

    def _create_regrade_moves(self, vals_list):
        # sudo: duty and state are checked before; exactly these goods change
        return self._workflow().env["stock.move"].create(vals_list)

    def _get_regrade_quants(self, moves):
        # sudo: as the moves; the quants of all are looked up at once
        return (
            self.env["stock.quant"]
            .sudo()
            ._get_quants_by_products_locations(
                moves.product_id,
                moves.location_id,
                [("lot_id", "in", [False, *self.lot_id.ids])],
            )
        )

    def _prepare_regrade_move(self, product, unit, quantity, source, goal):
        return {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "product_uom": unit.id,
            "location_id": source.id,
            "location_dest_id": goal.id,
            "location_final_id": goal.id,
            "company_id": self.company_id.id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "reverse_regrade_id": self.id,
        }

    def _prepare_regrade_taken(self, place):
        self.ensure_one()
        vals = self._prepare_regrade_move(
            self.product_id, self.uom_id, self.quantity, self.location_id, place
        )
        return {**vals, "reverse_inspection_id": self.id}

    def _prepare_regrade_made(self, place):
        self.ensure_one()
        target = self.regrade_product_id
        return self._prepare_regrade_move(
            target,
            target.uom_id,
            self._get_regrade_quantity(),
            place,
            self.facility_id._get_location("sellable"),
        )

    def _ensure_regrade_lots(self):
        """Give the lots of the new products, named as the old ones: ``{part: lot}``."""
        # sudo: inspectors need not create lots
        lots = self._sudo_clean(self.env["stock.lot"])
        found, keys, missing = {}, {}, {}
        for part in self:
            target = part.regrade_product_id
            if target.tracking == "none":
                keys[part] = None
                continue
            key = keys[part] = (target, part.lot_id.name)
            if key not in found and key not in missing:
                lot = part._find_regrade_lot()
                if lot:
                    found[key] = lot
                else:
                    missing[key] = {
                        **part._get_regrade_dates(),
                        "name": part.lot_id.name,
                        "product_id": target.id,
                        "company_id": part.lot_id.company_id.id,
                    }
        found |= zip(missing, lots.create(list(missing.values())), strict=True)
        return {part: found.get(keys[part], lots) for part in self}

    def _get_regrade_dates(self):
        """Give the dates of the lot, such as until when it may be used: they stay."""
        lot = self.lot_id.sudo()  # sudo: as in _ensure_regrade_lots
        return {name: lot[name] for name in _DATES & set(lot._fields) if lot[name]}

    def _get_recovered(self):
        """Goods in lots bring their share of what was delivered.

        What regraded goods are sold for later, nobody knows: they are other products
        among others of their kind, and what they are worth is what a rule said.
        """
        recovered = super()._get_recovered()
        # sudo: what lots were sold for, which inspectors need not read
        for piece in self.sudo().liquidation_line_ids.filtered("delivered"):
            part = piece.inspection_id.with_env(self.env)
            recovered[part] = recovered.get(part, 0.0) + piece._get_recovered()
        return recovered

    def _get_recovered_quantity(self):
        """Of goods in lots, what was delivered."""
        quantity = super()._get_recovered_quantity()
        if self.sudo().liquidation_line_ids:  # sudo: as in _get_recovered
            return quantity - self._get_unsold()
        return quantity

    def _get_event_data(self):
        data = super()._get_event_data()
        if self.is_for_regrade and self.state == "done" and self.disposed:
            data["regraded"] = {
                "product": self.regrade_product_id.id,
                "cost": self.regrade_cost,
                "value": self.regrade_value,
            }
        return data

    # ------------------------------------------------------------------
    # Taking it back
    # ------------------------------------------------------------------
    def _get_regrade_moves(self):
        """Give what used the old goods up and what made the new ones, if it is done.

        What took them back later is neither.
        """
        self.ensure_one()
        # sudo: inspectors need not have access to transfers
        moves = self.sudo().regrade_move_ids.filtered(
            lambda m: m.state == "done" and not m.origin_returned_move_id
        )
        taken = moves.filtered("reverse_inspection_id")
        return taken, moves - taken

    def _fetch_disposed(self):
        if self.is_for_regrade:
            return self._fetch_regraded()
        here, location = super()._fetch_disposed()
        if self.disposition_id.location_state == "liquidation":
            self._check_not_in_lot()
            here -= self.quantity - self._get_unsold()
        return here, location

    def _fetch_regraded(self):
        """Turn back what was not sold or promised since, as it was before.

        The old goods come back at the value that they had; the new ones leave at what
        Odoo values them at, which is what they came with unless others are mixed in.
        """
        part = self.with_company(self.company_id)
        taken, made = part._get_regrade_moves()
        takes = part._find_regraded(made)
        here = sum(quantity for _quant, quantity in takes)
        inspection = self.facility_id._get_location("inspection")
        if not takes:
            return 0.0, inspection
        # What is there of the new goods, in terms of the old ones.
        back = self.uom_id.round(self.quantity * here / made.product_qty)
        counter = part._create_regrade_moves(
            [
                {
                    **part._prepare_counter_move(made, here),
                    "reverse_regrade_id": self.id,
                }
            ]
        )
        counter._do_reverse_regrade_of(takes)
        again = part._create_regrade_moves(
            [
                {
                    **part._prepare_counter_move(taken, back),
                    "location_dest_id": inspection.id,
                    "reverse_inspection_id": self.id,
                    "reverse_regrade_id": self.id,
                }
            ]
        )
        part._do_counter_move(again, self.lot_id)
        return back, inspection

    def _find_regraded(self, made):
        """Find what is free of the new goods: ``[(quant, quantity), …]``."""
        target, lot = made.product_id, made.move_line_ids.lot_id
        # sudo: exactly the goods that this inspection made
        quants = self.env["stock.quant"].sudo()
        found = quants._gather(
            target, made.location_dest_id, lot_id=lot, strict=False
        ).filtered(lambda quant: quant.lot_id == lot and not quant.owner_id)
        takes, wanted = [], made.product_qty
        for quant in found:
            taken = min(quant.quantity - quant.reserved_quantity, wanted)
            if target.uom_id.compare(taken, 0) > 0:
                takes.append((quant, taken))
                wanted -= taken
        return takes

    # ------------------------------------------------------------------
    # Lots for liquidation
    # ------------------------------------------------------------------
    def _check_not_in_lot(self):
        """Refuse to look anew at goods that somebody is selling."""
        # sudo: a lot binds the goods whoever may read it
        lines = self.sudo().liquidation_line_ids.filtered(lambda line: line._is_live())
        for line in lines:
            raise UserError(
                self.env._(
                    "%(part)s is in the liquidation lot %(lot)s. Take it out there, or "
                    "cancel the lot, first.",
                    part=line.inspection_id.display_name,
                    lot=line.liquidation_id.name,
                )
            )

    def _read_gone(self):
        gone = super()._read_gone()
        # sudo: lots and orders of every user count
        lines = self.env["reverse.liquidation.line"].sudo()
        for line in lines.search(
            [("inspection_id", "in", self.ids), ("state", "!=", "cancelled")]
        ):
            part = line.inspection_id.with_env(self.env)
            sold = part.line_id._in_product_uom(line._get_delivered())
            gone[part] = gone.get(part, 0.0) + sold
        return gone

    def _get_withdrawable(self):
        # What somebody buys, or is about to, is not sent back to the customer.
        parts = super()._get_withdrawable()
        # sudo: a lot binds the goods whoever may read it
        sold = parts.sudo().liquidation_line_ids.filtered(
            lambda line: line._is_live() or line.delivered
        )
        return parts - sold.inspection_id.with_env(self.env)

    def _get_unsold(self):
        """Give how many of these goods no lot has delivered."""
        self.ensure_one()
        # sudo: what was sold, whoever may read lots
        sold = sum(self.sudo().liquidation_line_ids.mapped("delivered"))
        return self.uom_id.round(self.quantity - sold)

    def _is_for_liquidation(self):
        """Tell whether these goods wait to be sold in a lot."""
        self.ensure_one()
        return (
            self.state == "done"
            and self.disposed
            and not self.goods_gone
            and self.disposition_id.location_state == "liquidation"
            and self.location_id._get_reverse_kind() == "liquidation"
        )
