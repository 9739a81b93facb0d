"""Pieces of one return become as many different things, in the inspector's browser."""

from odoo import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from .walks import choose, enter, is_state, press, step, walk

#: What becomes of the pieces, and what an inspector enters beside it.
PIECES = {
    "RESTOCK": {},
    "QUARANTINE": {},
    "SCRAP": {},
    "REGRADE": {"regrade_product_id": "Kettle B"},
    "DONATE": {"donation_partner_id": "Warm Hands"},
    "REFURBISH": {},
    "RECYCLE": {},
    "REPAIR": {},
    "VENDOR": {},
    "LIQUIDATE": {},
    "CUSTOMER": {},
}


@tagged("post_install", "-at_install")
class TestGoods(ReturnsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kettle = cls._create_product("Kettle", categ_id=cls.perpetual.id)
        cls.kettle_b = cls._create_product("Kettle B", categ_id=cls.perpetual.id)
        cls._buy(cls.kettle, 20, 40.0)
        cls.env["res.partner"].create(
            {"name": "Warm Hands", "reverse_is_charity": True}
        )
        cls.env["reverse.regrade"].create(
            {
                "company_id": cls.company.id,
                "product_tmpl_id": cls.kettle.product_tmpl_id.id,
                "target_id": cls.kettle_b.id,
                "percent": 60,
            }
        )
        accounts = cls.env["account.account"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "account_type": "expense",
                    "company_ids": [Command.link(cls.company.id)],
                }
                for name, code in (
                    ("Scrapped", "699091"),
                    ("Regraded", "699092"),
                    ("Recycled", "699093"),
                )
            ]
        )
        cls.scrapped, cls.regraded, cls.recycled = accounts
        cls.company.reverse_recycling_account_id = cls.recycled
        cls.company._ensure_reverse_scrap()
        cls.company._ensure_reverse_regrade()
        cls.company.reverse_write_off_account_id = cls.scrapped
        cls.company.reverse_write_down_account_id = cls.regraded

    def test_what_never_comes_stays_with_the_customer(self):
        """An inspector says so on the return, and completes it."""
        line = self._sell(2, product=self.kettle)
        rma = self._requested(line, 2)
        stock = self._balance(self.stock_account)
        dialog = ".modal .o_form_view"
        kept = self.dispositions["KEEP"].name
        steps = [
            step("Not Coming Back", "button:contains(Not Coming Back)", "click"),
            step("The dialog opens", f"{dialog} .o_field_widget[name=line_id]"),
            *choose("line_id", "Kettle"),
            enter("quantity", "1"),
            *choose("disposition_id", kept),
            step("Save", ".modal .o_form_button_save", "click"),
            step("Back on the return", "body:not(:has(.modal)) .o_form_view"),
        ]
        walk(self, f"/odoo/returns/{rma.id}", "keep", steps, self.users["inspector"])
        part = rma.inspection_ids
        self.assertEqual((part.state, part.not_inspected), ("draft", True))
        steps = [press("action_complete"), is_state("Inspected")]
        url = f"/odoo/return-inspections/{part.id}"
        walk(self, url, "kept", steps, self.users["inspector"])
        self.assertEqual(
            (part.state, part.disposed, part.quantity, part.move_ids.ids),
            ("done", True, 1, []),
        )
        self.assertEqual((rma.line_ids.qty_kept, rma.line_ids.qty_put_away), (1, 1))
        self.assertEqual(rma.line_ids._get_expected_quantity(), 1)
        self.assertEqual(self._balance(self.stock_account), stock)
        self.assertEqual(rma._check_quantities(), {})

    def test_quarantine_is_left_by_release_or_rejection(self):
        """Each with its reason: one goes back on sale, another is scrapped."""
        line = self._sell(2, product=self.kettle)
        before = self._lying(self.kettle)
        for condition, goal, why in (
            ("A – as new", "internal", "The tests found nothing"),
            ("E – beyond use", "scrap", "It smells of smoke"),
        ):
            rma = self._inspected(line, 1, "C")
            part = rma.inspection_ids
            self.assertEqual(part.location_id.reverse_state, "quarantine")
            steps = [
                press("action_reinspect"),
                is_state("To Inspect"),
                *choose("condition_id", condition),
                enter("release_reason", why),
                press("action_complete"),
                is_state("Inspected"),
            ]
            url = f"/odoo/return-inspections/{part.id}"
            walk(self, url, f"leave_{goal}", steps, self.users["inspector"])
            again = rma.inspection_ids - part
            self.assertEqual((again.state, again.disposed), ("done", True))
            self.assertEqual(again.release_reason, why)
            self.assertEqual(again.inspected_by_id, self.users["inspector"])
            after = self._lying(self.kettle)
            self.assertEqual(after[goal], before.get(goal, 0) + 1)
            self.assertFalse(after.get("quarantine"))
            self.assertEqual(rma._check_quantities(), {})

    def _take_apart(self):
        """Kettles come back on one return, each a part of its own."""
        line = self._sell(len(PIECES), product=self.kettle)
        rma = self._receive_line(line, len(PIECES))
        for _piece in range(len(PIECES) - 1):
            (rest,) = rma.inspection_ids.filtered(lambda part: part.quantity > 1)
            rest._part_with(1)
            rma.invalidate_recordset(["inspection_ids"])
        return rma

    def _dispose_in_browser(self, part, code, more):
        usual = ".o_field_widget[name=disposition_id] input:value(Quarantine)"
        chosen = {"disposition_id": self.dispositions[code].name, **more}
        steps = [
            *choose("condition_id", "D – damaged"),
            step("This is what is usually done with it", usual),
            *(one for field, text in chosen.items() for one in choose(field, text)),
            press("action_complete"),
            is_state("Inspected"),
        ]
        url = f"/odoo/return-inspections/{part.id}"
        walk(self, url, "goods", steps, self.users["inspector"])
        self.assertEqual((part.state, part.disposed), ("done", True), code)

    def _lying(self, product):
        """How many pieces lie where, by the state or kind of the place."""
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", product.id),
                ("location_id.company_id", "=", self.company.id),
            ]
        )
        found = {}
        for quant in quants.filtered("quantity"):
            place = quant.location_id.reverse_state or quant.location_id.usage
            found[place] = found.get(place, 0) + quant.quantity
        return found

    def test_each_piece_with_another_disposition(self):
        rma = self._take_apart()
        stock = self._balance(self.stock_account)
        worth = self.kettle.total_value
        parts = rma.inspection_ids.sorted("id")
        self.assertEqual(parts.mapped("quantity"), [1] * len(PIECES))
        by_code = dict(zip(PIECES, parts, strict=True))
        for code, part in by_code.items():
            self._dispose_in_browser(part, code, PIECES[code])
        self.assertEqual([part.disposition_id.code for part in parts], list(PIECES))
        donation = by_code["DONATE"].move_ids.picking_id
        way_back = by_code["CUSTOMER"].move_ids.picking_id
        self.assertEqual((donation | way_back).mapped("state"), ["assigned"] * 2)
        for code in ("REFURBISH", "REPAIR"):
            self.assertEqual(by_code[code].repair_ids.state, "draft")
        # others wait for their charity and for their way back
        lying = self._lying(self.kettle)
        waiting = {
            "quarantine": 1,
            "refurbish": 2,
            "vendor_return": 1,
            "liquidation": 1,
            "scrap": 2,
        }
        self.assertEqual({name: lying.get(name) for name in waiting}, waiting)
        self.assertEqual(self._lying(self.kettle_b)["internal"], 1)
        self.assertEqual(self.kettle_b.total_value, 24)
        # two are written off, one became another product, 24 of 40
        self.assertEqual(self.kettle.total_value, worth - 120)
        self.assertEqual(self._balance(self.scrapped), 40)
        self.assertEqual(self._balance(self.recycled), 40)
        self.assertEqual(self._balance(self.regraded), 16)
        credited = -self._cogs(rma.credit_note_ids) if rma.credit_note_ids else 0
        self.assertEqual(
            self._balance(self.stock_account) - stock, credited - 40 - 40 - 16
        )
        self._validate(donation)
        self._validate(way_back)
        self.assertEqual(self.kettle.total_value, worth - 200)
        self.assertEqual(rma._check_quantities(), {})
