"""What documents say lies in returns, what lies there, and how that is corrected."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..approval_common import ApprovalCase


@tagged("post_install", "-at_install")
class TestStockDifferences(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counter = new_test_user(
            cls.env, login="counter", groups="stock.group_stock_manager"
        )
        cls.counter.group_ids += cls.approver
        cls.rma = cls._receive_five()

    @classmethod
    def _receive_five(cls):
        with cls._preparing():
            rma = cls.env["reverse.rma"].with_user(cls.users["service"])
            rma = rma.create(
                {
                    "partner_id": cls.customer.id,
                    "line_ids": [
                        Command.create({"sale_line_id": cls.line.id, "quantity": 5})
                    ],
                }
            )
            rma.action_request()
            rma.with_user(cls.users["receiver"]).action_receive()
        return rma

    def _rows(self, user=None, product=None):
        model = self.env["reverse.stock.difference"].with_user(user or self.counter)
        self.env.flush_all()
        self.env.invalidate_all()
        rows = model.search(model.action_open()["domain"])
        return rows.filtered(lambda row: row.product_id == (product or self.product))

    def _said(self, rows):
        return rows.mapped(lambda row: (row.documented, row.on_hand, row.difference))

    def _add(self, quantity, **values):
        """Change the stock past everything, as a broken interface would."""
        self.env["stock.quant"].sudo()._update_available_quantity(
            self.product, self.inspection_location, quantity, **values
        )

    def _here(self):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "=", self.inspection_location.id),
            ]
        )
        return sum(quants.mapped("quantity"))

    def _correct(self, row, reason="Scanned twice at the dock"):
        action = self._call(row, "action_correct")
        wizard = self.env[action["res_model"]].with_user(row.env.user)
        form = Form(wizard.with_context(**action["context"]))
        form.reason = reason
        told = self._call(form.save(), "action_ask")
        self.assertEqual(told["tag"], "display_notification")
        return self.env["reverse.quantity.change"].search([], limit=1)

    # ------------------------------------------------------------------
    # What documents say
    # ------------------------------------------------------------------
    def test_documents_follow_the_goods(self):
        row = self._rows()
        self.assertEqual(self._said(row), [(5, 5, 0)])
        self.assertEqual(
            (row.location_id, row.facility_id, row.state, row.is_correctable),
            (self.inspection_location, self.facility, "inspection", False),
        )
        part = self._as("inspector", self.rma.inspection_ids)
        part.quantity = 2
        self._inspect(part, "C", "QUARANTINE")
        self.assertEqual(self._said(self._rows()), [(3, 3, 0), (2, 2, 0)])
        rest = self.rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(rest, "D", "CUSTOMER")
        self.assertEqual(self._said(self._rows()), [(3, 3, 0), (2, 2, 0)])
        self._validate(rest.move_ids.picking_id)
        self.assertEqual(self._said(self._rows()), [(2, 2, 0)])
        self._call(self._as("inspector", part), "action_reinspect")
        last = self.rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(last, "A", "RESTOCK")
        self.assertFalse(self._rows())

    def test_all_with_returns_see_it(self):
        for role in ("receiver", "inspector", "approver", "auditor"):
            self.assertEqual(len(self._rows(self.users[role])), 1, role)
        with self.assertRaises(AccessError):
            self._rows(self.users["releaser"])

    def test_a_plain_user_of_the_warehouse_sees_it(self):
        """Whoever counts goods need not have a role in returns."""
        plain = new_test_user(
            self.env, login="plain-counter", groups="stock.group_stock_manager"
        )
        specification = {"facility_id": {"fields": {"display_name": {}}}}
        for name in ("reverse.stock", "reverse.stock.difference"):
            self.env.invalidate_all()
            model = self.env[name].with_user(plain)
            found = model.web_search_read(model.action_open()["domain"], specification)
            self.assertIn(
                self.facility.name,
                [
                    row["facility_id"]["display_name"]
                    for row in found["records"]
                    if row["facility_id"]
                ],
            )

    # ------------------------------------------------------------------
    # Correcting
    # ------------------------------------------------------------------
    def test_too_many_are_taken_away_when_somebody_else_approves(self):
        self._add(2)
        row = self._rows()
        self.assertEqual(self._said(row), [(5, 7, 2)])
        change = self._correct(row)
        self.assertEqual(
            (change.kind, change.quantity, change.state, change.counted_by_id),
            ("difference", 2, "requested", self.counter),
        )
        self.assertEqual(self._here(), 7)
        row = self._rows()
        self.assertEqual((row.asked, row.is_correctable), (-2, False))
        with self.assertRaisesRegex(UserError, "somebody has asked for it"):
            self._call(row, "action_correct")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._approve(self.counter, change)
        self._approve(self.users["approver"], change)
        self.assertEqual((change.state, self._here()), ("done", 5))
        self.assertEqual(self._said(self._rows()), [(5, 5, 0)])

    def test_what_is_missing_is_added(self):
        self._add(-2)
        change = self._correct(self._rows())
        self._approve(self.users["approver"], change)
        self.assertEqual(change.location_dest_id, self.inspection_location)
        self.assertEqual(self._said(self._rows()), [(5, 5, 0)])

    def test_what_was_corrected_otherwise_is_not_corrected_twice(self):
        self._add(2)
        change = self._correct(self._rows())
        self.assertIn("Asked to follow documents by", change.approval_ids.details)
        self._add(-1)
        with self.assertRaisesRegex(UserError, "have changed since this was asked"):
            self._approve(self.users["approver"], change)
        self.assertEqual((change.state, self._here()), ("requested", 6))

    def test_refused_correction_changes_nothing(self):
        self._add(1)
        change = self._correct(self._rows())
        self._as("approver", change.approval_ids).action_reject("Count it first.")
        self.assertEqual((change.state, self._here()), ("refused", 6))
        self.assertTrue(self._rows().is_correctable)

    def test_goods_are_taken_out_of_their_packages(self):
        box = self.env["stock.package"].create({"name": "BOX-1"})
        self._add(2, package_id=box)
        self._correct(self._rows())
        changes = self.env["reverse.quantity.change"].search([])
        self.assertEqual(sum(changes.mapped("quantity")), 2)
        for change in changes:
            self._approve(self.users["approver"], change)
        self.assertEqual(self._said(self._rows()), [(5, 5, 0)])

    def test_an_old_list_corrects_nothing(self):
        self._add(2)
        row = self._rows()
        self._inspect(self.rma.inspection_ids)
        with self.assertRaisesRegex(UserError, "has changed since this list"):
            row._ask("Scanned twice")
        self.assertFalse(self.env["reverse.quantity.change"].search([]))

    def test_who_may_not_count_corrects_nothing(self):
        self._add(2)
        for role in ("inspector", "approver", "auditor"):
            row = self._rows(self.users[role])
            with self.assertRaises(AccessError):
                self._call(row, "action_correct")
            with self.assertRaises(AccessError):
                self._call(row, "action_request_count")
            with self.assertRaises(AccessError):
                row.write({"difference": 1})

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------
    def test_a_count_is_requested(self):
        self._add(2)
        row = self._rows()
        action = self._call(row, "action_request_count")
        request = Form(
            self.env[action["res_model"]]
            .with_user(self.counter)
            .with_context(**action["context"])
        )
        request.user_id = self.users["receiver"]
        self._call(request.save(), "action_request_count")
        quant = row._find_quants()
        self.assertEqual(quant.user_id, self.users["receiver"])
        self.assertEqual(quant.quantity, 7)

    def test_what_is_not_there_is_not_counted(self):
        self._add(-5)
        self._rows()._find_quants().unlink()
        row = self._rows()
        self.assertEqual(self._said(row), [(5, 0, -5)])
        with self.assertRaisesRegex(UserError, "nothing to count"):
            self._call(row, "action_request_count")

    def test_counts_of_returns_only(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf 1", "location_id": self.inspection_location.id}
        )
        self._stock(self.product, 1, location=shelf)
        quants = self.env["stock.quant"].with_user(self.counter)
        action = quants.action_reverse_count()
        found = quants.search(action["domain"])
        self.assertEqual(found.location_id, self.inspection_location | shelf)
        self.assertTrue(action["context"]["inventory_mode"])

    def test_places_of_returns_are_counted_in_turn(self):
        """By the days that Odoo lets a place have: of returns, others in their list."""
        self.inspection_location.cyclic_inventory_frequency = 7
        self._fill(1)
        quants = self.env["stock.quant"].with_user(self.counter)
        due = fields.Date.today() + timedelta(days=7)
        found = quants.search(
            [*quants.action_reverse_count()["domain"], ("inventory_date", "=", due)]
        )
        self.assertEqual(found.product_id.name, "Part 0")
        self.assertEqual(found.location_id, self.inspection_location)

    def test_list_costs_the_same_for_any_number(self):
        costs = [self._cost(number) for number in (10, 80)]
        self.assertLessEqual(costs[1], costs[0] + 2)
        self.assertLess(costs[1], 60)

    def _cost(self, number):
        """Queries to compare so many more products, and to show them."""
        self._fill(number)
        model = self._as("auditor", self.env["reverse.stock.difference"])
        names = ("product_id", "location_id", "facility_id", "lot_id", "uom_id")
        specification = {name: {"fields": {"display_name": {}}} for name in names}
        specification |= {name: {} for name in ("documented", "difference", "asked")}
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        domain = model.action_open()["domain"]
        found = model.web_search_read(domain, specification, limit=number)
        self.assertEqual(len(found["records"]), number)
        return self.env.cr.sql_log_count - before
