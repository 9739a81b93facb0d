from odoo import Command, fields
from odoo.tests.common import new_test_user

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

GROUPS = "reverse_logistics_supplier_claims.group_"


class ClaimCase(ReturnsCommon):
    """Pumps bought from a supplier at 40 plus 10 % tax, sold, and sent back broken."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ("claims_user", "claims_approver"):
            cls.users[role] = new_test_user(
                cls.env, login=role, groups=f"{GROUPS}{role}"
            )
        cls.supplier = cls.env["res.partner"].create({"name": "Cobalt Works"})
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "10% purchase",
                "amount": 10,
                "type_tax_use": "purchase",
                "company_id": cls.company.id,
                "price_include_override": "tax_excluded",
            }
        )
        cls.pump = cls._create_product(
            "Pump",
            tracking="serial",
            categ_id=cls.perpetual.id,
            supplier_taxes_id=[Command.set(cls.tax.ids)],
        )
        cls.agreement = cls.env["reverse.supplier.agreement"].create(
            {
                "name": "Warranty",
                "partner_id": cls.supplier.id,
                "authorization_required": True,
                "response_days": 14,
            }
        )
        cls.vendor_place = cls.facility._get_location("vendor_return")

    @classmethod
    def _purchase(cls, product, quantity, lots=(), price=40.0, bill=True, **values):
        """Order, receive and bill goods; give the purchase line."""
        order = cls.env["purchase.order"].create(
            {
                "partner_id": cls.supplier.id,
                "company_id": cls.company.id,
                "picking_type_id": cls.warehouse.in_type_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(cls.tax.ids)],
                        }
                    )
                ],
                **values,
            }
        )
        order.button_confirm()
        move = order.picking_ids.move_ids
        if lots:
            move.move_line_ids.unlink()
            move.move_line_ids = [
                Command.create(
                    {
                        "product_id": product.id,
                        "lot_id": lot.id,
                        "quantity": 1,
                        "location_id": move.location_id.id,
                        "location_dest_id": move.location_dest_id.id,
                    }
                )
                for lot in lots
            ]
        cls._validate(order.picking_ids)
        if bill:
            order.action_create_invoice()
            order.invoice_ids.invoice_date = fields.Date.today()
            cls._call(order.invoice_ids, "action_post")
        return order.order_line

    @classmethod
    def _sell_serials(cls, product, lots):
        """Sell and deliver these very pieces; give the order line."""
        order = cls._new_order((product, len(lots), {"price_unit": 100.0}))
        move = order.picking_ids.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": product.id,
                    "picking_id": move.picking_id.id,
                    "lot_id": lot.id,
                    "quantity": 1,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                }
            )
            for lot in lots
        ]
        cls._validate(order.picking_ids)
        cls._invoice(order)
        return order.order_line

    def _broken(self, line, quantity=1, liability="supplier", **values):
        """Take goods back, and find that they are the supplier's fault."""
        rma = self._received(line, quantity, **values)
        parts = self._as("inspector", rma.inspection_ids)
        self._call(parts, "write", {"liability": liability})
        self._inspect(parts, "D", "VENDOR")
        return parts.with_env(self.env).sorted("id")

    def _claim(self, parts, role="claims_user"):
        """Claim these parts together; give the claims."""
        self._call(self._as(role, parts), "action_claim_supplier")
        return self._as(role, parts.supplier_claim_line_ids.claim_id)

    def _answered(self, claim, kind, lines=(), **values):
        """Note what the supplier says, in the form for it.

        :param lines: ``(amount, reason)`` of each line
        """
        entry = (
            self.env["reverse.supplier.answer.entry"]
            .with_user(claim.env.user)
            .create({"claim_id": claim.id, "kind": kind, **values})
        )
        for line, (amount, reason) in zip(entry.line_ids, lines, strict=False):
            line.write({"amount": amount, "reason": reason})
        self._call(entry, "action_confirm")
        return claim.answer_ids.sorted("id")[-1:]

    def _send(self, claim):
        """Send the goods as the warehouse does; give the transfer."""
        self._call(claim, "action_send_goods")
        picking = claim.sudo().line_ids.move_ids.picking_id
        picking = picking.filtered(lambda p: p.state not in ("done", "cancel"))
        self._validate(self._as("receiver", picking))
        return picking.with_env(self.env)

    def _credited(self, claim):
        """Draft the credit note on a claim, and let the accountant post it."""
        self._call(claim, "action_credit_note")
        refund = claim.sudo().line_ids.refund_line_ids.move_id
        refund = refund.filtered(lambda move: move.state == "draft")
        self._call(self._books(refund), "action_post")
        return refund.with_env(self.env)
