from odoo import Command, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseRmaLine(models.Model):
    """An accepted claim: both products are corrected, what came is expected back."""

    _inherit = "reverse.rma.line"

    def _authorize(self):
        accepted = self.filtered(lambda line: line.claim and line._is_sourced())
        accepted._check_claim_accepted()
        res = super()._authorize()
        for line in accepted:
            line._correct_claim()
        return res

    def _correct_claim(self):
        """Do at once what the plan of the claim says about goods."""
        self.ensure_one()
        plan = self._get_plan()
        back = self._bring_back() if plan.bring_back else self.env["stock.move"]
        if plan.send_out == "claimed":
            self._expect_claimed()
        elif plan.send_out == "same":
            self._expect_surplus()
        if plan.part:
            self._end_claimed(plan.part, back)
        if plan.gives == "value":
            # Nothing comes back of it.
            self._guarded_write({"qty_authorized": 0.0})

    # ------------------------------------------------------------------
    # Both products
    # ------------------------------------------------------------------
    def _get_claimed_warehouse(self):
        """The warehouse whose stock was counted wrongly."""
        # sudo: where the delivery came from is configuration
        delivery = self.sudo().move_id
        return (
            delivery.picking_type_id.warehouse_id
            or delivery.warehouse_id
            or self.rma_id._get_warehouse()
        )

    def _prepare_correction(self, product, quantity, source, destination):
        return {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "product_uom": product.uom_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "location_final_id": destination.id,
            "warehouse_id": self._get_claimed_warehouse().id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "reverse_correction": True,
        }

    def _create_correction(self, vals):
        # sudo: a person of that duty accepted the claim; these moves say what the
        # warehouse did in truth, and only the workflow makes them
        return self._workflow().env["stock.move"].create([vals])

    def _bring_back(self):
        """The books say it left, but it lies in stock: at the value it left with."""
        # sudo: the delivery that the books are wrong about
        delivery = self.sudo().move_id
        stock = self._get_claimed_warehouse().lot_stock_id
        quantity = self._in_product_uom(self.quantity)
        source = delivery.location_dest_id
        move = self._create_correction(
            {
                **self._prepare_correction(self.product_id, quantity, source, stock),
                "origin_returned_move_id": delivery.id,
                "move_orig_ids": [Command.set(delivery.ids)],
                "sale_line_id": delivery.sale_line_id.id,
                "to_refund": True,
                "reverse_rma_line_id": self.id,
                "move_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product_id.id,
                            "product_uom_id": self.product_id.uom_id.id,
                            "quantity": quantity,
                            "lot_id": self.lot_id.id,
                            "location_id": source.id,
                            "location_dest_id": stock.id,
                            "company_id": self.company_id.id,
                            "picked": True,
                        }
                    )
                ],
            }
        )
        move._action_confirm(merge=False)
        self._complete_correction(move)
        self._add({self: {"received": self.quantity}})
        return move

    def _complete_correction(self, move):
        move.picked = True
        move._action_done()
        wanted, done = move.product_uom_qty, move.quantity
        if move.state != "done" or move.product_uom.compare(wanted, done):
            raise UserError(
                self.env._(
                    "%(line)s: stock could not be corrected.", line=self.display_name
                )
            )

    def _send_out(self, product, lot):
        """The books say it lies in stock, but it left: at what it costs."""
        stock = self._get_claimed_warehouse().lot_stock_id
        quantity = self._in_product_uom(self.quantity)
        move = self._create_correction(
            self._prepare_correction(
                # sudo: where the delivery went
                product,
                quantity,
                stock,
                # sudo: the customer's own delivery
                self.sudo().move_id.location_dest_id,
            )
        )
        move._action_confirm(merge=False)
        if product.is_storable:
            here = move._update_reserved_quantity(
                quantity, stock, lot_id=lot or None, strict=False
            )
            if product.uom_id.compare(here, quantity) < 0:
                self._refuse_send_out(product, lot, stock, quantity, here)
        else:
            move.quantity = quantity
        self._complete_correction(move)
        return move.with_env(self.env)

    def _refuse_send_out(self, product, lot, stock, quantity, here):
        raise UserError(
            self.env._(
                "%(line)s: %(quantity)s of %(product)s should have left, but by the "
                "books %(location)s has only %(here).12g free. Count the product "
                "there first, or free what is reserved.",
                line=self.display_name,
                quantity=product.uom_id._say_reverse(quantity),
                product=f"{product.display_name} ({lot.name})"
                if lot
                else product.display_name,
                here=here,
                location=stock.display_name,
            )
        )

    def _expect_claimed(self):
        """What came instead is wanted back, on a line of its own without credit."""
        self.ensure_one()
        product = self.claimed_product_id
        move = self._send_out(product, self.claimed_lot_id)
        quantity = self._in_product_uom(self.quantity)
        self._guarded_write({"claimed_move_id": self.move_id.id})
        self._guarded_create(
            [
                {
                    "rma_id": self.rma_id.id,
                    "sequence": self.sequence,
                    "move_id": move.id,
                    "product_id": product.id,
                    "quantity": quantity,
                    "uom_id": product.uom_id.id,
                    "lot_id": self.claimed_lot_id.id,
                    "reason_id": self.reason_id.id,
                    "claim": False,
                    "claim_line_id": self.id,
                    "claimed_move_id": self.move_id.id,
                    "gives_credit": False,
                    "decision": "review",
                    "decision_code": "claim",
                    "explanation": self.env._(
                        "Sent instead of %(product)s; comes back without a credit.",
                        product=self.product_id.display_name,
                    ),
                    "qty_authorized": quantity,
                }
            ]
        )

    def _expect_surplus(self):
        """What was sent too many comes back of a delivery of its own."""
        self.ensure_one()
        move = self._send_out(self.product_id, self.lot_id)
        self._guarded_write(
            {
                "claimed_move_id": self.move_id.id,
                "move_id": move.id,
                "sale_line_id": False,
                "gives_credit": False,
            }
        )

    # ------------------------------------------------------------------
    # The claimed goods
    # ------------------------------------------------------------------
    def _end_claimed(self, part, back):
        """The claimed goods need no look: they never left, or nobody will see them.

        :param str part: ``corrected`` or ``lost``
        :param back: the correction that brought them back into stock
        """
        self.ensure_one()
        disposition = self.env.ref(f"reverse_logistics.disposition_{part}")
        inspection = self.env["reverse.inspection"]._guarded_create(
            [
                {
                    "line_id": self.id,
                    "quantity": self.quantity,
                    "lot_id": self.lot_id.id,
                    "receipt_move_id": back.id,
                    "location_id": back.location_dest_id.id,
                    "disposition_id": disposition.id,
                }
            ]
        )
        inspection._transition(transitions.INSPECTION, "complete", {"disposed": True})
        amounts = {"inspected": self.quantity, "put_away": self.quantity}
        if inspection.not_inspected:
            amounts["kept"] = self.quantity
        self._add({self: amounts})
