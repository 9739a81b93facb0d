"""A company with goods, customers and one user per role; no demo data needed."""

from contextlib import contextmanager

from odoo import Command
from odoo.service.model import call_kw
from odoo.tests.common import TransactionCase, new_test_user

ROLES = (
    "service",
    "receiver",
    "inspector",
    "approver",
    "releaser",
    "auditor",
    "administrator",
)


class ControlCase(TransactionCase):
    is_preparing = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls.company = cls.env.company
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        if cls.warehouse.delivery_steps != "ship_only":
            cls.warehouse.delivery_steps = "ship_only"
        cls.facility = cls.warehouse.reverse_facility_ids
        cls.inspection_location = cls.facility._get_location("inspection")
        cls.users = cls._create_users(*ROLES)
        cls.customer = cls.env["res.partner"].create({"name": "Ada Distribution"})
        cls.stranger = cls.env["res.partner"].create({"name": "Bolt Retail"})
        cls.product = cls._create_product("Kettle")
        cls.serial_product = cls._create_product("Scanner", tracking="serial")
        cls.lot_product = cls._create_product("Paint", tracking="lot")
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.conditions = {
            condition.code: condition
            for condition in cls.env["reverse.condition"].search([])
        }
        cls.dispositions = {
            disposition.code: disposition
            for disposition in cls.env["reverse.disposition"].search([])
        }

    @contextmanager
    def assertRaisesRegex(self, exception, regex):
        """As everywhere, and what the refused step wrote is rolled back."""
        with (
            super().assertRaisesRegex(exception, regex),
            self.env["reverse.event"]._rewind_on_error(),
            self.env.cr.savepoint(),
        ):
            # rights are checked on what is read, not on what a cache knows
            self.env.invalidate_all()
            yield

    # ------------------------------------------------------------------
    # Fixtures
    # ------------------------------------------------------------------
    @classmethod
    def _create_user(cls, *roles, login=None, **values):
        return new_test_user(
            cls.env,
            login=login or "returns-" + "-".join(roles),
            groups=",".join(f"reverse_logistics.group_{role}" for role in roles),
            **values,
        )

    @classmethod
    def _create_users(cls, *roles):
        """Users as of ``_create_user``, made at once: ``{role: user}``."""
        values = []
        for role in roles:
            group = f"reverse_logistics.group_{role}"
            values.append(
                {
                    "name": f"returns-{role} ({group})",
                    "login": f"returns-{role}",
                    "password": f"returns-{role}",
                    "email": "r.r@example.com",
                    "group_ids": [Command.set(cls.env.ref(group).ids)],
                }
            )
        users = cls.env["res.users"].create(values)
        # Each is read by itself, as the users of different requests are.
        return {
            role: user.with_prefetch() for role, user in zip(roles, users, strict=True)
        }

    @classmethod
    def _create_product(cls, name, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "list_price": 100.0,
                "standard_price": 40.0,
                "invoice_policy": "delivery",
                "taxes_id": [Command.clear()],
                **values,
            }
        )

    @classmethod
    def _create_lots(cls, product, *names):
        return cls.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in names]
        )

    @classmethod
    def _stock(cls, product, quantity, lot=None, location=None):
        cls.env["stock.quant"]._update_available_quantity(
            product, location or cls.warehouse.lot_stock_id, quantity, lot_id=lot
        )

    @classmethod
    def _order(cls, product, quantity, **values):
        """Confirm an order over ``quantity``, with enough goods in stock."""
        warehouse = values.get("warehouse_id") or cls.warehouse.id
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "warehouse_id": warehouse,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                ],
                **values,
            }
        )
        if product.tracking == "none":
            stock = cls.env["stock.warehouse"].browse(warehouse).lot_stock_id
            cls._stock(product, quantity, location=stock)
        cls._call(order, "action_confirm")
        return order

    @classmethod
    def _deliver(cls, order, quantity=None, lots=None):
        """Deliver what is open of an order and give the outgoing moves.

        :param lots: ``{lot: quantity}`` to deliver, put in stock first
        """
        done = cls.env["stock.picking"]
        while pickings := order.picking_ids.filtered(
            lambda p: p.state not in ("done", "cancel") and p.state == "assigned"
        ) or order.picking_ids.filtered(lambda p: p.state in ("confirmed",)):
            for picking in pickings:
                cls._prepare_delivery(picking, quantity, lots)
            cls._call(
                pickings.with_context(skip_backorder=True, skip_sms=True),
                "button_validate",
            )
            done |= pickings
            if quantity is not None and pickings.picking_type_code == "outgoing":
                break
        return done.move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id.usage == "customer"
        )

    @classmethod
    def _prepare_delivery(cls, picking, quantity, lots):
        for move in picking.move_ids:
            if lots:
                move.move_line_ids.unlink()
                for lot, part in lots.items():
                    cls._stock(move.product_id, part, lot)
                move.move_line_ids = [
                    Command.create(
                        {
                            "product_id": move.product_id.id,
                            "picking_id": picking.id,
                            "lot_id": lot.id,
                            "quantity": part,
                            "location_id": move.location_id.id,
                            "location_dest_id": move.location_dest_id.id,
                        }
                    )
                    for lot, part in lots.items()
                ]
            elif quantity is not None:
                move.quantity = quantity
            move.picked = True

    @classmethod
    def _sold(cls, product=None, quantity=4, **values):
        """Sell and deliver; give the order line and the delivery's move."""
        with cls._preparing():
            order = cls._order(product or cls.product, quantity, **values)
            delivered = cls._deliver(order)
        return order.order_line, delivered

    @classmethod
    def _get_version(cls):
        """Give the version of the policy that is in force."""
        return cls.env["reverse.policy.version"]._get_for(cls.company)[cls.company]

    @classmethod
    def _set_policy(cls, rules=None, **values):
        """Put a version in force that says this, and give it.

        :param rules: values of its rules; left out, those of the version before
        :param values: of the version, and of all its rules
        """
        draft = cls._get_version().copy()
        if rules is not None:
            draft.rule_ids.unlink()
            # A rule of its own asks a person for every credit; tests go to the end.
            draft.rule_ids = [
                Command.create({"credit_release": "inspection", **vals})
                for vals in rules
            ]
        own = {name: values.pop(name) for name in set(values) & set(draft._fields)}
        draft.write(own)
        draft.rule_ids.write(values)
        draft.with_user(cls.users["administrator"]).action_activate()
        return draft

    # ------------------------------------------------------------------
    # Steps, each as a user of its role
    # ------------------------------------------------------------------
    @classmethod
    def _as(cls, role, records):
        return records.with_user(cls.users[role])

    @classmethod
    def _draft(cls, source, quantity=1, rma=None, **values):
        """Enter a return of a delivery move, an order line or a product."""
        key = {
            "stock.move": "move_id",
            "sale.order.line": "sale_line_id",
            "product.product": "product_id",
        }[source._name]
        rma_values = {"partner_id": cls.customer.id, **(rma or {})}
        return cls._as("service", cls.env["reverse.rma"]).create(
            {
                **rma_values,
                "line_ids": [
                    Command.create({key: source.id, "quantity": quantity, **values})
                ],
            }
        )

    @classmethod
    def _requested(cls, source, quantity=1, **values):
        rma = cls._draft(source, quantity, **values)
        cls._call(rma, "action_request")
        return rma

    @classmethod
    def _receive(cls, rma):
        cls._call(cls._as("receiver", rma), "action_receive")
        return rma.inspection_ids.filtered(lambda part: part.state == "draft")

    @classmethod
    def _received(cls, source, quantity=1, **values):
        rma = cls._requested(source, quantity, **values)
        cls._receive(rma)
        return rma

    @classmethod
    def _inspect(cls, parts, condition="A", disposition=None):
        parts = cls._as("inspector", parts)
        values = {"condition_id": cls.conditions[condition].id}
        if disposition:
            values["disposition_id"] = cls.dispositions[disposition].id
        cls._call(parts, "write", values)
        cls._say_why(parts)
        # By their ids: what was read of the return before is forgotten by now.
        left = parts.browse(parts.ids).filtered("leaves_quarantine")
        left = left.filtered(lambda part: not part.release_reason)
        if left:
            cls._call(left, "write", {"release_reason": "Tested: in order"})
        cls._call(parts, "action_complete")
        return parts

    @classmethod
    def _say_why(cls, parts):
        """Say why goods are destroyed, where the addon is there that asks for it."""
        if "disposal_reason_id" in parts._fields:
            silent = cls._as("inspector", parts.browse(parts.ids)).filtered(
                lambda part: part.is_destroyed and not part.disposal_reason_id
            )
            reason = cls.env["reverse.disposal.reason"].search([], limit=1)
            silent.write({"disposal_reason_id": reason.id})

    @classmethod
    def _inspected(cls, source, quantity=1, condition="A", **values):
        rma = cls._received(source, quantity, **values)
        cls._inspect(rma.inspection_ids, condition)
        return rma

    @classmethod
    def _return_button(cls, picking, quantity, move=None):
        """Use Odoo's own Return button; give the transfer it made."""
        wizard = (
            cls.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({"picking_id": picking.id})
        )
        lines = wizard.product_return_moves
        (
            lines.filtered(lambda line: line.move_id == move) if move else lines[:1]
        ).quantity = quantity
        return cls.env["stock.picking"].browse(
            cls._call(wizard, "action_create_returns")["res_id"]
        )

    @classmethod
    def _validate(cls, picking, quantity=None, backorder=True):
        if quantity is not None:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        asked = {"skip_backorder": True, "skip_sms": True}
        if not backorder:
            asked["picking_ids_not_to_backorder"] = picking.ids
        cls._call(picking.with_context(**asked), "button_validate")

    def _rpc(self, user, model, method, *args, **kwargs):
        """Call as the external interface would."""
        return call_kw(
            self.env[model].with_user(user).with_env(self.env(user=user, su=False)),
            method,
            list(args),
            kwargs,
        )

    @classmethod
    @contextmanager
    def _preparing(cls):
        """Make one click of several that only prepare what a test is about.

        Each of Odoo's own steps of a sale would find the caches empty otherwise, which
        is half of what a sale costs; and there are thousands of them.
        """
        outer, cls.is_preparing = cls.is_preparing, True
        try:
            yield
        finally:
            cls.is_preparing = outer
        cls.env.cr.flush()
        cls.env.invalidate_all()

    @classmethod
    def _call(cls, records, method, *args, **kwargs):
        """Call a method of these records as a person's click does, and give its result.

        Every click is a call of its own: it finds the caches empty, and whatever it
        has left to compute, to write or to check is done before its answer.
        """
        if cls.is_preparing:
            return getattr(records, method)(*args, **kwargs)
        records.env.cr.flush()
        records.env.invalidate_all()
        kwargs["context"] = dict(records.env.context)
        result = call_kw(records.browse(), method, [records.ids, *args], kwargs)
        records.env.cr.flush()
        records.env.invalidate_all()
        return result

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------
    def _events(self, rma):
        """Write what is noted so far and give the names in their order."""
        self.env.cr.flush()
        rma.invalidate_recordset()
        return rma.event_ids.sorted("sequence")

    def _available(self, product=None):
        product = (product or self.product).with_context(warehouse_id=self.warehouse.id)
        product.invalidate_recordset()
        return product.qty_available, product.free_qty, product.virtual_available
