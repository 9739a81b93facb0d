from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.reverse_columns import differs
from ..base.reverse_guarded_mixin import unless_uninstalling
from ..base.reverse_inputs import checked, text

#: A context that a client sends cannot contain this object: only what posts scrap
#: orders says so.
_POSTING = object()


class StockScrap(models.Model):
    """Goods in returns are scrapped by their inspection, else by an approval."""

    _inherit = "stock.scrap"

    reverse_quantity_change_ids = fields.One2many(
        "reverse.quantity.change",
        "scrap_id",
        "Approval of Scrap",
        groups="reverse_logistics.group_user,stock.group_stock_user",
    )

    def _is_reverse_by_hand(self):
        self.ensure_one()
        in_workflow = self.env["reverse.rma"]._in_workflow()
        return not in_workflow and self.location_id._is_reverse_stock()

    def _get_reverse_goods(self):
        """Give what this scraps: ``[(product, quantity in its unit, owner), …]``.

        reverse_logistics_mrp: the components of a kit.
        """
        self.ensure_one()
        quantity = self.product_uom_id._compute_quantity(
            self.scrap_qty, self.product_id.uom_id, rounding_method="HALF-UP"
        )
        return [(self.product_id, quantity, self.owner_id)]

    @api.model
    def _get_reverse_goods_fields(self):
        """Give the names of the fields that say what is scrapped, and where.

        reverse_logistics_mrp: of which order that makes something, too.
        """
        return {
            "company_id",
            "location_id",
            "lot_id",
            "owner_id",
            "package_id",
            "picking_id",  # another one takes its place along
            "product_id",
            "product_uom_id",
            "scrap_location_id",
            "scrap_qty",
        }

    def _is_reverse_scrapped(self):
        """Whether the goods are gone, whatever state the order is said to have."""
        self.ensure_one()
        # sudo: what was moved, whoever reads the order
        return self.state == "done" or "done" in self.sudo().move_ids.mapped("state")

    def _get_reverse_asked(self):
        # sudo: whether it was asked for
        changes = self.sudo().reverse_quantity_change_ids
        return changes.filtered(lambda change: change.state == "requested")

    def action_validate(self):
        if not self._is_reverse_by_hand():
            return super().action_validate()
        self._check_reverse_not_asked()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Goods in Returns: Ask for Approval"),
            "res_model": "reverse.quantity.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_scrap_id": self.id},
        }

    @checked(reason=text)
    def action_reverse_ask_scrap(self, reason=None):
        """Ask somebody else to approve that goods in returns are scrapped.

        :param str reason: why
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reverse_not_asked()
        if self.state == "done" or not self._is_reverse_by_hand():
            raise UserError(self.env._("Nothing here waits for an approval."))
        changes = self.env["reverse.quantity.change"]._request(
            [
                {
                    "company_id": self.company_id.id,
                    "kind": "scrap",
                    "product_id": self.product_id.id,
                    "lot_id": self.lot_id.id,
                    "package_id": self.package_id.id,
                    "owner_id": self.owner_id.id,
                    "location_id": self.location_id.id,
                    "location_dest_id": self.scrap_location_id.id,
                    "quantity": self.product_uom_id._compute_quantity(
                        self.scrap_qty, self.product_id.uom_id
                    ),
                    "reason": reason,
                    "scrap_id": self.id,
                }
            ],
            # sudo: who wrote it
            [(self.sudo().create_uid | self.sudo().write_uid)._without_root()],
        )
        return changes._tell_asked()

    def do_scrap(self):
        for scrap in self:
            if scrap._is_reverse_by_hand():
                raise UserError(
                    self.env._(
                        "%(product)s in %(location)s belongs to returns: it is "
                        "scrapped by its inspection, or when somebody else has "
                        "approved.",
                        product=scrap.product_id.display_name,
                        location=scrap.location_id.display_name,
                    )
                )
        self._check_reverse_papers()
        posting = self.with_context(reverse_posting=_POSTING)
        return super(StockScrap, posting).do_scrap()

    def _check_reverse_papers(self):
        """Refuse to scrap where something is missing that has to be on the order.

        reverse_logistics_disposal: the derogation of what the law protects.
        """

    def _do_reverse_scraps(self, parts):
        """Post scraps of inspected goods together, each as Odoo posts it alone.

        :param list parts: the inspection of each
        :raises UserError: where less lies there
        """
        moves = self.env["stock.move"].create(
            [
                {
                    **scrap._prepare_move_values(),
                    "restrict_partner_id": scrap.owner_id.id,
                    "reverse_inspection_id": part.id,
                }
                for scrap, part in zip(self, parts, strict=True)
            ]
        )
        quants = self.env["stock.quant"]._get_quants_by_products_locations(
            moves.product_id,
            moves.location_id,
            [("lot_id", "in", [False, *self.lot_id.ids])],
        )
        moves.reverse_inspection_id._check_on_hand(moves, quants)
        moves.with_context(is_scrap=True)._action_done()
        sequence = self.env["ir.sequence"]
        for scrap in self:
            scrap.name = sequence.next_by_code("stock.scrap") or self.env._("New")
        self.write({"state": "done", "date_done": fields.Datetime.now()})
        for move in moves.filtered(lambda move: move.state != "done"):
            raise UserError(
                self.env._(
                    "%(product)s could not be scrapped.",
                    product=move.product_id.display_name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        scraps = super().create(vals_list)
        # Afterwards: a state may come from the context.
        scraps.filtered(lambda scrap: scrap.state != "draft")._check_reverse_state()
        return scraps

    def write(self, vals):
        if not self.env["reverse.rma"]._in_workflow():
            self._check_reverse_not_asked()
        if {"state", "date_done"} & vals.keys():
            self._check_reverse_state()
        self._check_reverse_scrapped(vals)
        return super().write(vals)

    def _check_reverse_state(self):
        """Refuse that somebody says whether goods are gone: posting the order does."""
        # Clients never run as superuser.
        posting = self.env.context.get("reverse_posting") is _POSTING
        if self and not (self.env.su or posting):
            raise UserError(
                self.env._("Scrap orders are done by the button Validate only.")
            )

    def _check_reverse_scrapped(self, vals):
        """Refuse to say that other goods were scrapped than those that are gone."""
        names = self._get_reverse_goods_fields() & vals.keys()
        # Clients never run as superuser.
        if self.env.su or not names:
            return
        for scrap in self:
            if scrap._is_reverse_scrapped() and differs(scrap, vals, names):
                raise UserError(
                    self.env._(
                        "%(order)s is done: what it scrapped stays as it was. Enter "
                        "another order for other goods.",
                        order=scrap.name,
                    )
                )

    @unless_uninstalling
    def _unlink_except_evidence(self):
        moves = self.move_ids.filtered(lambda m: m._is_reverse_evidence())
        moves._refuse_reverse_evidence()

    @unless_uninstalling
    def _withdraw_reverse_change(self):
        self._get_reverse_asked()._withdraw()

    def _check_reverse_not_asked(self):
        asked = self._get_reverse_asked()
        if asked:
            raise UserError(
                self.env._(
                    "%(change)s waits for approval.", change=asked[0].display_name
                )
            )
