from odoo import api, models
from odoo.exceptions import UserError

from ...engine import custody
from ..base.reverse_guarded_mixin import unless_uninstalling
from ..base.reverse_inputs import checked, text
from .stock_move import MOVING

#: What only moves say of a quant.
_COUNTED = frozenset({"quantity", "reserved_quantity"})


class StockQuant(models.Model):
    """Counts of goods in returns are asked for, and booked when approved."""

    _inherit = "stock.quant"

    @api.depends("company_id", "location_id", "owner_id", "product_id", "quantity")
    def _compute_value(self):
        """Share the value of a product among all that it is the value of.

        Odoo divides it by what lies in warehouses only, and returns lie outside.
        """
        places = self.env["stock.location"].search([("is_valued_internal", "=", True)])
        valued = self.with_context(
            location=places.ids, owners=[False, *self.company_id.partner_id.ids]
        )
        return super(StockQuant, valued)._compute_value()

    def _get_reverse_counts(self):
        """Those of these that a count would change and that lie in returns."""
        if self.env["reverse.rma"]._in_workflow():
            return self.browse()
        return self.filtered(lambda quant: quant.location_id._is_reverse_stock())

    def action_apply_inventory(self, date=None):
        """Apply counts; those of goods in returns are asked for instead.

        Where no reason was entered, it is asked for first.
        """
        returned = self._get_reverse_counts()
        others = self - returned
        result = None
        if others or not returned:
            result = super(StockQuant, others).action_apply_inventory(date)
        if not returned or result:
            return result
        reason = self.env.context.get("inventory_name")
        if reason:
            return returned.action_reverse_ask_count(reason)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Goods in Returns: Ask for Approval"),
            "res_model": "reverse.quantity.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_quant_ids": returned.ids},
        }

    @checked(reason=text)
    def action_reverse_ask_count(self, reason=None):
        """Ask somebody else to approve what was counted of goods in returns.

        :param str reason: why the quantity changes
        """
        self.check_access("write")
        counted = self._get_reverse_counts().filtered(
            lambda quant: quant.product_uom_id.compare(
                quant.inventory_quantity, quant.quantity
            )
        )
        if not counted:
            raise UserError(
                self.env._(
                    "Every counted quantity is the quantity on hand: there is nothing "
                    "to approve."
                )
            )
        changes = self.env["reverse.quantity.change"]._request(
            [quant._prepare_reverse_count(reason) for quant in counted],
            # sudo: who counted it
            [quant.sudo().user_id._without_root() for quant in counted],
        )
        self.action_clear_inventory_quantity()
        return changes._tell_asked()

    def _prepare_reverse_count(self, reason, difference=None):
        """Give the values of the change that books a count.

        :param float difference: what is too many or too few; left out, what was counted
        """
        self.ensure_one()
        if difference is None:
            difference = self.inventory_quantity - self.quantity
        company = self.company_id
        # sudo: the company's location for differences
        loss = self.product_id.with_company(company).sudo().property_stock_inventory
        places = (loss, self.location_id)
        source, target = places if difference > 0 else reversed(places)
        return {
            "company_id": company.id,
            "kind": "count",
            "product_id": self.product_id.id,
            "lot_id": self.lot_id.id,
            "package_id": self.package_id.id,
            "owner_id": self.owner_id.id,
            "location_id": source.id,
            "location_dest_id": target.id,
            "quantity": abs(difference),
            "reason": reason,
        }

    @api.model
    def action_reverse_count(self):
        """Open Odoo's list of counts, with what lies in returns only."""
        places = self.env["stock.location"]._find_reverse_places(self.env.companies)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_count_action"
        )
        counts = self.with_context(always_show_loc=True).action_view_inventory()
        # New rows are not of the warehouse's stock, and counts are everybody's here.
        own = {"default_location_id", "search_default_my_count"}
        return {
            **action,
            "context": {k: v for k, v in counts["context"].items() if k not in own},
            "domain": [("location_id", "in", places.ids)],
        }

    def _get_available_quantity(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        allow_negative=False,
    ):
        """Let pieces without a number stand in for no lot that is elsewhere.

        Odoo covers with them what a place has too little of a lot.
        """
        covered = self.env.context.get("reverse_covered")
        # A client can send lists, but no tuples, nor this mark.
        if (
            strict
            and not lot_id
            and isinstance(covered, tuple)
            and covered[0] is MOVING
            and not location_id._is_reverse_stock()
            and not self.env["reverse.rma"]._in_workflow()
            and self.env["stock.lot"].browse(covered[1])._find_reverse_elsewhere()
        ):
            return 0.0
        return super()._get_available_quantity(
            product_id,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
            allow_negative=allow_negative,
        )

    def _apply_inventory(self, date=None):
        """Nothing applies a count in returns but the approval of it."""
        self._get_reverse_counts()._refuse_reverse_count()
        return super()._apply_inventory(date)

    def _set_inventory_quantity(self):
        # Odoo applies what was entered without looking at what that answers.
        self._get_reverse_counts().filtered(
            lambda quant: quant.quantity != quant.inventory_quantity_auto_apply
        )._refuse_reverse_count()
        return super()._set_inventory_quantity()

    @api.model
    def default_get(self, fields):
        """Quantities are nobody's to start with, whatever context or user say."""
        counted = _COUNTED & set(fields)
        others = super().default_get([name for name in fields if name not in counted])
        return {**others, **dict.fromkeys(counted, 0.0)}

    @api.model_create_multi
    def create(self, vals_list):
        # Clients never run as superuser, as Odoo's own moves do.
        said = any(vals.get(name) for vals in vals_list for name in _COUNTED)
        if said and not self.env.su:
            self._refuse_reverse_unmoved()
        quants = super().create(vals_list)
        if not self.env.su:
            quants.filtered("quantity")._get_reverse_counts()._refuse_reverse_count()
        return quants

    def write(self, vals):
        if custody.QUANT & set(vals) and not self.env.su:
            self._get_reverse_counts()._refuse_reverse_count()
            self._refuse_reverse_unmoved()
        return super().write(vals)

    def _refuse_reverse_unmoved(self):
        """Refuse what is written past the moves by which goods are known.

        Goods that returns wrote off, that customers have, or that are recalled would be
        for sale by it, and nothing would say how.
        """
        raise UserError(
            self.env._(
                "Stock follows from transfers and counts: it is not written by hand. "
                "Enter a transfer, or count it in Physical Inventory."
            )
        )

    @unless_uninstalling
    def _unlink_except_returned(self):
        # Clients never run as superuser; Odoo itself deletes what is empty.
        if not self.env.su:
            self.filtered("quantity")._get_reverse_counts()._refuse_reverse_count()

    def _refuse_reverse_count(self):
        for quant in self:
            raise UserError(
                self.env._(
                    "%(product)s in %(location)s belongs to returns: its quantity "
                    "changes only when somebody else has approved. Count it in "
                    "Physical Inventory, and say why.",
                    product=quant.product_id.display_name,
                    location=quant.location_id.display_name,
                )
            )
