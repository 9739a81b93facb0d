"""A lot is recalled in the browser, from the first word to the authority's report."""

from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from .walks import add, enter, is_state, press, step, walk


@tagged("post_install", "-at_install")
class TestRecall(ReturnsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls._create_lots(cls.lot_product, "L7")
        (cls.customer | cls.stranger).email = "somebody@example.com"
        for partner, quantity in ((cls.customer, 5), (cls.stranger, 3)):
            order = cls._new_order(
                (cls.lot_product, quantity, {"price_unit": 100.0}),
                partner_id=partner.id,
            )
            cls._deliver(order, lots={cls.lot: quantity})
            cls._invoice(order)
        cls._stock(cls.lot_product, 4, cls.lot)

    def _prepare_in_browser(self):
        customers = ".oe_stat_button[name=action_view_customers]:contains(2)"
        steps = [
            enter("title", "Paint can burn"),
            *add("product_ids", self.lot_product.name),
            *add("lot_ids", "L7"),
            enter("hazard", "The paint catches fire by itself.", "textarea"),
            enter("instruction", "Put it outdoors.", "textarea"),
            step("No picture", ".o_field_widget[name=without_picture] input", "click"),
            step("Save", ".o_form_button_save", "click"),
            press("action_find_customers"),
            step("Both are found", customers, timeout=60000),
        ]
        walk(self, "/odoo/return-recalls/new", "prepare", steps, self.users["service"])
        return self.env["reverse.recall"].search([("title", "=", "Paint can burn")])

    def _start_in_browser(self, recall):
        steps = [
            press("action_start"),
            step("Confirm", ".modal-footer .btn-primary:contains(Start)", "click"),
            is_state("Running"),
        ]
        self._walk_on(recall, "start", steps, "approver")

    def _walk_on(self, recall, name, steps, role):
        url = f"/odoo/return-recalls/{recall.id}"
        walk(self, url, name, steps, self.users[role])

    def test_from_the_first_word_to_the_report(self):
        recall = self._prepare_in_browser()
        self.assertEqual((recall.lot_ids, recall.quantity), (self.lot, 8))
        self.assertEqual(recall.entered_by_id, self.users["service"])
        self._start_in_browser(recall)
        self.assertEqual(self.lot.reverse_recall_id, recall)
        self.assertEqual(recall.in_stock, 4)
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60):
            self.env["reverse.recall"].with_user(1)._cron_work()
        first = recall.line_ids.rma_id.filtered(lambda r: r.partner_id == self.customer)
        self._inspect(self._receive(first), "E", "SCRAP")
        effect = {"told": 8, "returned": 5, "scrapped": 5, "outstanding": 3}
        seen = [
            step(f"See {name}", f".o_field_widget[name={name}]:contains({number}.00)")
            for name, number in effect.items()
        ]
        closing = [
            press("action_close"),
            step("Confirm", ".modal-footer .btn-primary:contains(Close)", "click"),
            is_state("Closed"),
        ]
        self._walk_on(recall, "close", seen + closing, "approver")
        self.assertEqual(self.lot.reverse_recall_id, recall)
        self._check_report(recall)

    def _check_report(self, recall):
        login = self.users["service"].login
        self.authenticate(login, login)
        page = self.url_open(
            f"/report/html/reverse_logistics_recall.report_recall/{recall.id}"
        )
        self.assertEqual(page.status_code, 200)
        for words in (recall.name, "The paint catches fire by itself.", "Bolt Retail"):
            self.assertIn(words, page.text)
