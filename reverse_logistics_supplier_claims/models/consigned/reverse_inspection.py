from odoo import Command, fields, models


class ReverseInspection(models.Model):
    """Goods that a supplier owned when we sold them, and that customers send back.

    Odoo values nothing that others own, so neither their delivery nor their return is
    in the books: only the bill over what was sold. By agreement they become ours at its
    price, or it is credited and they are the supplier's as they were before.
    """

    _inherit = "reverse.inspection"

    def _settle_consigned(self):
        """Do as was agreed with the owners of these goods, before they are put away.

        What goes on to the customer again stays sold.
        """
        staying = self.filtered(
            lambda part: (
                part.owner_id
                and not part.customer_owned
                and not part.not_inspected
                and not part.goods_gone
                and part.disposition_id.location_state != "customer"
            )
        )
        # sudo: inspectors have neither agreements, nor purchases, nor the books
        parts = staying.sudo()
        agreements = self.env["reverse.supplier.agreement"].sudo()
        agreements = agreements.search(
            [
                ("partner_id", "in", parts.owner_id.commercial_partner_id.ids),
                ("kind", "=", "supplier"),
                ("consigned", "!=", False),
            ]
        )
        for part in parts if agreements else ():
            agreed = agreements.filtered(
                lambda one, part=part: one._suits_consigned(part)
            )
            if agreed:
                part._settle_as_agreed(agreed[0])

    def _settle_as_agreed(self, agreement):
        """Take over these goods, or credit what was billed of them."""
        self.ensure_one()
        owner = self.owner_id.commercial_partner_id
        moves, _sure = self._find_supplier_sources(owner)[self]
        purchase = moves[:1].purchase_line_id
        if not purchase:
            return
        source = self.env["reverse.supplier.claim.line"]._prepare_source(
            self._get_claimed(),
            moves[:1],
            True,
            agreement,
            self.company_currency_id,
            agreement.kind,
            purchase._read_reverse_bills(),
        )
        if agreement.consigned == "ours":
            self._buy_consigned(source["quantity"] * source["unit_cost"])
        else:
            self._credit_consigned(purchase, source["bill_ids"])

    def _buy_consigned(self, value):
        """The owner's goods out, ours in, at what was billed for them."""
        owner = self.owner_id
        here, outside = self.location_id, self.line_id._get_receipt_origin()
        value = self.company_currency_id.round(value)
        self._guarded_write({"title_value": value})
        self._do_title_move(self._prepare_title_move(here, outside, owner), owner)
        self._guarded_write({"owner_id": False})
        nobody = self.env["res.partner"]
        self._do_title_move(self._prepare_title_move(outside, here), nobody)
        self._log_consigned("ConsignedGoodsTaken", value=value)

    def _credit_consigned(self, purchase, billed):
        """Draft credit notes over these goods, once, at price and tax of their bills.

        :param list billed: commands that create a ``reverse.supplier.claim.bill``
        """
        if self._find_consigned_credited() or self._find_claimed():
            return
        lines = self.env["account.move.line"]
        credits = {}
        for _create, _id, vals in billed[1:]:
            bill_line = lines.browse(vals["bill_line_id"] or ())
            if bill_line:
                prepared = self._prepare_consigned(
                    purchase, bill_line, vals["quantity"]
                )
                credits.setdefault(bill_line.move_id, []).append(prepared)
            else:
                self._tell_unbilled(purchase, vals["quantity"])
        moves = self._sudo_clean(self.env["account.move"])
        moves.create(
            [
                {
                    "move_type": "in_refund",
                    "company_id": bill.company_id.id,
                    "partner_id": bill.partner_id.id,
                    "currency_id": bill.currency_id.id,
                    "journal_id": bill.journal_id.id,
                    "fiscal_position_id": bill.fiscal_position_id.id,
                    "reversed_entry_id": bill.id,
                    "invoice_date": fields.Date.context_today(self),
                    "invoice_origin": self.rma_id.name,
                    "ref": self.rma_id.name,
                    "invoice_line_ids": [Command.create(vals) for vals in own],
                }
                for bill, own in credits.items()
            ]
        )
        if credits:
            self._log_consigned("ConsignedGoodsCredited")

    def _tell_unbilled(self, purchase, quantity):
        """Tell the buyer what came back that no bill is left for: nothing is owed.

        Who inspects the goods again does not tell it again.
        """
        order = self._sudo_clean(purchase.order_id)
        part = self.with_context(lang=order.user_id.lang or self.env.lang)
        summary = part.env._(
            "%(rma)s: %(quantity)s of %(product)s came back, and there is no bill to "
            "credit. If the supplier bills them later, ask for a credit note.",
            rma=part.rma_id.name,
            quantity=part.product_id.uom_id._say_reverse(quantity),
            product=part.product_id.display_name,
        )
        told = order.with_context(active_test=False).activity_ids
        if summary not in told.mapped("summary"):
            order.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                user_id=order.user_id.id,
            )

    def _find_consigned_credited(self):
        """Find those of which this or an earlier inspection has credited the bill."""
        consigned = self.filtered("owner_id")
        if not consigned:
            return consigned
        lineages = consigned._get_lineages()
        # sudo: a credit counts whoever may read the books
        credits = self.env["account.move.line"].sudo()
        credits = credits.search(
            [
                ("reverse_consigned_id", "in", self.concat(*lineages.values()).ids),
                ("parent_state", "!=", "cancel"),
            ]
        )
        credited = set(credits.reverse_consigned_id.ids)
        return consigned.filtered(
            lambda part: not credited.isdisjoint(lineages[part].ids)
        )

    def _prepare_consigned(self, purchase, bill_line, quantity):
        unit = bill_line.product_uom_id
        return {
            "name": bill_line.name,
            "product_id": bill_line.product_id.id,
            "product_uom_id": unit.id,
            "quantity": self.product_id.uom_id._compute_quantity(quantity, unit),
            "price_unit": bill_line.price_unit,
            "discount": bill_line.discount,
            "tax_ids": [Command.set(bill_line.tax_ids.ids)],
            "account_id": bill_line.account_id.id,
            "purchase_line_id": purchase.id,
            "reverse_consigned_id": self.id,
        }

    def _log_consigned(self, name, **more):
        self.env["reverse.event"]._log(
            self.rma_id,
            name,
            {"inspection": self.id, "line": self.line_id.id, **more},
        )
