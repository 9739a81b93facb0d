"""Goods that are recycled, destroyed or given away: values, papers, guards, undo."""

from ast import literal_eval
from datetime import timedelta
from pathlib import Path

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.migration import load_script
from odoo.tests import new_test_user, tagged
from odoo.tools import format_date

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from .. import hooks

OWN = "reverse_logistics_disposal"
#: What one piece is written off at, by how its category is valued: bought at 10, or 30
#: for the lot; after the return others came in at 20, or 10, and the standard is 13.
VALUES = {"standard": 13.0, "average": 15.0, "fifo": 10.0, "lot": 30.0}
#: Queries to complete twenty parts together, nearly all of them of Odoo's scrap orders;
#: and five that are given away.
LIMITS = {"RECYCLE": 700, "DONATE": 150}
PDF = b"%PDF-1.4\nWe have recycled it."


@tagged("post_install", "-at_install")
class TestDisposal(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._ensure_reverse_scrap()
        cls.accounts = cls.env["account.account"].create(
            [
                {
                    "name": f"Returns {name}",
                    "code": code,
                    "account_type": "expense",
                    "company_ids": [Command.link(cls.company.id)],
                }
                for name, code in (("recycled", "699097"), ("donated", "699098"))
            ]
        )
        recycled, donated = cls.accounts
        cls.company.reverse_recycling_account_id = recycled
        cls.company.reverse_donation_account_id = donated
        cls.charity, cls.recycler = cls.env["res.partner"].create(
            [
                {"name": "Warm Hands", "reverse_is_charity": True},
                {"name": "Loop Recycling"},
            ]
        )
        cls.product.weight = 1.5
        cls.reason = cls.env.ref(f"{OWN}.reason_damaged")
        cls.papers = cls.env["reverse.disposal"]

    def test_removing_the_addon_leaves_no_disposition_that_does_nothing(self):
        usual = self.conditions["D"], self.conditions["E"]
        usual[0].disposal_reason_id = False
        usual[1].disposal_reason_id = self.env.ref(f"{OWN}.reason_unsafe")
        self.assertRetired(hooks, "RECYCLE", "DONATE")
        # what is usual is said anew, and what a company says is kept
        reasons = [condition.disposal_reason_id.code for condition in usual]
        self.assertEqual(reasons, ["DAMAGED", "UNSAFE"])

    def test_open_inspections_of_before_propose_why(self):
        damaged = self.conditions["D"]
        damaged.disposal_reason_id = False
        part = self._as("inspector", self._here(1))
        part.condition_id = damaged
        part.disposition_id = self.dispositions["SCRAP"]
        self.assertFalse(part.disposal_reason_id)
        script = Path(__file__).parents[1] / "migrations/19.0.1.1.0/post-reasons.py"
        load_script(str(script), "post_reasons").migrate(self.env.cr, "19.0.1.0.0")
        self.assertEqual(part.disposal_reason_id, self.reason)

    def test_a_step_that_fails_leaves_nothing_half_done(self):
        for code, model, method in (
            ("RECYCLE", "stock.scrap", "_do_reverse_scraps"),
            ("RECYCLE", "reverse.disposal", "_open_for"),
            ("SCRAP", "reverse.inspection", "_note_put_away"),
            ("DONATE", "reverse.inspection", "_fill_transfers"),
        ):
            with self.subTest(method):
                self.assertNothingHalfDone(
                    self._here(2),
                    lambda part, code=code: self._dispose(part, code),
                    model,
                    method,
                )
        self.assertFalse(self.papers.search([("line_ids", "=", False)]))

    def _here(self, quantity=1, product=None):
        """Sell goods and take them back; give what waits for inspection."""
        line = self._sell(quantity, product=product)
        return self._received(line, quantity).inspection_ids

    def _dispose(self, parts, code="RECYCLE", condition="E", **values):
        parts = self._as("inspector", parts)
        values = {
            "condition_id": self.conditions[condition].id,
            "disposition_id": self.dispositions[code].id,
            **values,
        }
        if code == "DONATE":
            values.setdefault("donation_partner_id", self.charity.id)
        self._call(parts, "write", values)
        self._call(parts, "action_complete")
        return parts

    def _correct(self, parts):
        """Correct inspections; give the new ones."""
        before = parts.sudo().line_id.inspection_ids
        self._call(self._as("inspector", parts), "action_correct")
        return (parts.sudo().line_id.inspection_ids - before).with_env(self.env)

    def _paper(self, parts):
        return self.papers.search([("line_ids.inspection_id", "in", parts.ids)])

    def _attach(self, record, role):
        return self._as(role, self.env["ir.attachment"]).create(
            {
                "name": "proof.pdf",
                "raw": PDF,
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    def _certify(self, paper):
        """Complete a paper as a receiver does."""
        paper = self._as("receiver", paper)
        self._call(
            paper,
            "write",
            {
                "reason_id": self.reason.id,
                "waste_code": "200110",
                "certificate": "LOOP-1",
                "recycler_id": self.recycler.id,
            },
        )
        self._attach(paper, "receiver")
        self._call(paper, "action_certify")
        return paper

    def _hand_over(self, parts):
        picking = parts.sudo()._get_donation_moves().picking_id
        self._validate(picking)
        self.env.invalidate_all()
        return picking

    # ------------------------------------------------------------------
    # What it is worth
    # ------------------------------------------------------------------
    def _valued(self):
        """A product for each way to value it, bought at 10 or 30."""
        products = {}
        for valuation in ("real_time", "periodic"):
            for method in VALUES:
                lot = method == "lot"
                cost = "average" if lot else method
                product = self._create_product(
                    f"{method} {valuation}",
                    categ_id=self._create_category(cost, valuation).id,
                    standard_price=10.0,
                    **({"tracking": "lot", "lot_valuated": True} if lot else {}),
                )
                lots = lot and self._create_lots(product, "DEAR")
                self._buy(product, 10, 30.0 if lot else 10.0, lots)
                products[method, valuation] = product
        return products

    def _worth(self, products):
        self.env.flush_all()
        self.env.invalidate_all()
        return {key: round(p.total_value, 2) for key, p in products.items()}

    def _less(self, before, after):
        return {key: round(value - after[key], 2) for key, value in before.items()}

    def test_values_and_entries(self):
        """Real-time: expensed at once. Periodic: when the month is closed."""
        products = self._valued()
        with self._preparing():
            order = self._new_order(
                *((product, 2, {"price_unit": 100.0}) for product in products.values())
            )
            self._deliver(order)
            self._invoice(order)
        quantities = dict.fromkeys(order.order_line, 2)
        rma = self._as("service", order)._create_rmas(quantities)
        self._call(self._as("service", rma), "action_request")
        self._receive(rma)
        for (method, _valuation), product in products.items():
            if method == "standard":
                product.standard_price = 13.0
            elif method == "lot":
                self._buy(product, 10, 10.0, self._create_lots(product, "CHEAP"))
            else:
                self._buy(product, 10, 20.0)
        parts = rma.inspection_ids
        self._call(self._as("inspector", parts), "write", {"quantity": 1})
        recycled = parts
        donated = rma.inspection_ids - parts
        accounts = {
            "RECYCLE": self.company.reverse_recycling_account_id,
            "DONATE": self.company.reverse_donation_account_id,
        }
        expected = {key: VALUES[key[0]] for key in products}
        at_once = sum(VALUES.values())
        worth = self._worth(products)
        stock = self._balance(self.stock_account)
        self._dispose(recycled)
        after = self._worth(products)
        self.assertEqual(self._less(worth, after), expected)
        self.assertEqual(self._balance(accounts["RECYCLE"]), at_once)
        self.assertEqual(self._balance(self.stock_account), stock - at_once)
        # a donation waits until it is handed over
        self._dispose(donated, "DONATE", "C")
        self.assertEqual(self._worth(products), after)
        self._hand_over(donated)
        self.assertEqual(self._less(after, self._worth(products)), expected)
        self.assertEqual(self._balance(accounts["DONATE"]), at_once)
        self.assertEqual(self._balance(self.stock_account), stock - 2 * at_once)
        self.assertEqual(
            {
                (part.product_id.name, round(part.donation_value, 2))
                for part in donated.with_env(self.env)
            },
            {(product.name, expected[key]) for key, product in products.items()},
        )
        # what is periodic becomes an expense at closing
        closing = {}
        for vals in self.company._get_location_valuation_vals():
            closing.setdefault(vals["account_id"], 0.0)
            closing[vals["account_id"]] += vals["debit"] - vals["credit"]
        for account in accounts.values():
            self.assertAlmostEqual(closing[account.id], at_once)
        # and what was not destroyed after all comes back at what it was written off
        perpetual = recycled.filtered(
            lambda part: part.product_id.valuation == "real_time"
        )
        self._correct(perpetual)
        self.assertEqual(self._balance(accounts["RECYCLE"]), 0)
        self.assertEqual(self._balance(self.stock_account), stock - at_once)
        left = self._paper(recycled)._get_lines()
        self.assertEqual(left.inspection_id, recycled - perpetual)
        self._correct(recycled - perpetual)
        self.assertEqual(self._less(worth, self._worth(products)), expected)
        closing = sum(
            vals["debit"] - vals["credit"]
            for vals in self.company._get_location_valuation_vals()
            if vals["account_id"] == accounts["RECYCLE"].id
        )
        self.assertAlmostEqual(closing, 0)

    # ------------------------------------------------------------------
    # Papers
    # ------------------------------------------------------------------
    def test_paper_from_opening_to_certificate(self):
        parts = self._here(3)
        rma = parts.rma_id
        self._call(self._as("inspector", parts), "write", {"quantity": 2})
        parts = rma.inspection_ids
        self._dispose(parts[0], disposal_reason_id=self.reason.id)
        self._dispose(parts[1])
        paper = self._paper(parts)
        self.assertEqual(len(paper), 1, "one for each return and disposition")
        self.assertEqual(
            (paper.state, paper.weight, paper.reason_id), ("open", 4.5, self.reason)
        )
        self.assertEqual(
            parts.move_ids.location_dest_id, self.company.reverse_recycling_location_id
        )
        # what is not complete is not certified, and says what is missing
        receiver = self._as("receiver", paper)
        with self.assertRaisesRegex(
            UserError, "Missing: Waste Code, Certificate Number, File of the cert"
        ):
            self._call(receiver, "action_certify")
        with self.assertRaisesRegex(UserError, "“16 2 13” is no waste code: enter six"):
            self._call(receiver, "write", {"waste_code": "16 2 13"})
        self._call(
            receiver,
            "write",
            {"line_ids": [Command.update(paper.line_ids[0].id, {"weight": 2.75})]},
        )
        self.assertEqual(paper.weight, 4.25)
        self._certify(paper)
        self.assertEqual(
            (paper.state, paper.waste_code, paper.certified_by_id),
            ("certified", "20 01 10", self.users["receiver"]),
        )
        events = self._events(rma)
        self.assertEqual(
            [n for n in events.mapped("name") if n.startswith("Disposal")],
            ["DisposalOpened", "DisposalOpened", "DisposalCertified"],
        )
        certified = events.filtered(lambda e: e.name == "DisposalCertified")
        self.assertEqual(certified.data["waste_code"], "20 01 10")
        self.assertEqual(len(certified.data["files"]), 1)
        for word in ("Recycle", "4.25 kg", "waste code 20 01 10"):
            self.assertIn(word, certified.data_text)

    def test_whoever_destroys_goods_says_why(self):
        """What is usual in the condition is proposed, and can be changed."""
        worthless = self.env.ref(f"{OWN}.reason_worthless")
        for code in ("SCRAP", "RECYCLE"):
            part = self._here()
            with self.assertRaisesRegex(UserError, "say why it becomes “(Scrap|Recy)"):
                self._dispose(part, code, "B")
            self.assertEqual(part.state, "draft")
            own = self._as("inspector", part)
            self._call(own, "write", {"condition_id": self.conditions["E"].id})
            self.assertEqual(part.disposal_reason_id, self.reason)
            self._dispose(part, code, "B", disposal_reason_id=worthless.id)
            self.assertEqual(self._paper(part).reason_id, worthless)
        kept = self._here()
        self._dispose(kept, "RESTOCK", "A")
        self.assertFalse(kept.disposal_reason_id)

    def test_certified_paper_is_frozen(self):
        part = self._here()
        self._dispose(part, "SCRAP")
        paper = self._certify(self._paper(part))
        receiver, file = self.users["receiver"], paper.photo_ids
        line = paper.line_ids
        for model, method, ids, values in (
            ("reverse.disposal", "write", paper.ids, [{"waste_code": "16 02 14"}]),
            ("reverse.disposal", "write", paper.ids, [{"state": "open"}]),
            ("reverse.disposal.line", "write", line.ids, [{"weight": 9}]),
            ("reverse.disposal.line", "write", line.ids, [{"taken_back": True}]),
            ("ir.attachment", "write", file.ids, [{"raw": b"x"}]),
            ("ir.attachment", "unlink", file.ids, []),
        ):
            with self.assertRaisesRegex(
                (UserError, AccessError),
                "no longer be changed|set directly|certified",
            ):
                self._rpc(receiver, model, method, ids, *values)
        with self.assertRaisesRegex(UserError, "cannot be added: the disposal is cert"):
            self._attach(paper, "receiver")
        # nobody but a receiver writes papers, and only inspections open them
        with self.assertRaises(AccessError):
            self._rpc(
                self.users["inspector"], paper._name, "write", paper.ids, {"weight": 1}
            )
        with self.assertRaisesRegex(
            UserError, "opened when an inspection is completed"
        ):
            self._rpc(receiver, paper._name, "create", [{"certificate": "X"}])
        # destroyed is destroyed, unless the certificate was wrong
        with self.assertRaisesRegex(UserError, "was destroyed, as DSP/.* certifies"):
            self._correct(part)
        with self.assertRaisesRegex(AccessError, "for the role"):
            self._call(paper, "action_reopen")
        self._call(self._as("approver", paper), "action_reopen")
        self._correct(part)
        self.assertEqual(paper.with_env(self.env).state, "cancelled")
        self.assertEqual(
            [
                name
                for name in self._events(part.rma_id).mapped("name")
                if name.startswith("Disposal")
            ],
            [
                "DisposalOpened",
                "DisposalCertified",
                "DisposalReopened",
                "DisposalCancelled",
            ],
        )

    def test_correction_takes_goods_off_the_paper(self):
        parts = self._here(2)
        self._call(self._as("inspector", parts), "write", {"quantity": 1})
        first, second = parts.rma_id.inspection_ids
        self._dispose(first | second)
        paper = self._paper(first)
        again = self._correct(first)
        self.assertEqual((paper.state, paper.weight), ("open", 1.5))
        self.assertEqual(again.location_id, self.inspection_location)
        self.assertEqual(again.disposition_id.code, "RECYCLE")
        # destroyed all the same: on the same paper again
        self._dispose(again)
        self.assertEqual(self._paper(again), paper)
        self.assertEqual((paper.weight, len(paper._get_lines())), (3.0, 2))

    # ------------------------------------------------------------------
    # Donations
    # ------------------------------------------------------------------
    def test_donation_waits_until_it_is_handed_over(self):
        parts = self._here(2)
        self._dispose(parts, "DONATE", "C")
        picking = parts._get_donation_moves().picking_id
        self.assertEqual(
            (picking.partner_id, picking.picking_type_code, picking.state),
            (self.charity, "outgoing", "assigned"),
        )
        line = parts.line_id
        self.assertEqual((line.qty_put_away, picking.reverse_is_donation), (0, True))
        sale_line = line.sale_line_id
        self.assertEqual(sale_line.qty_delivered, 0)
        again = self._correct(parts)
        self.assertEqual((picking.state, again.quantity), ("cancel", 2))
        self.assertEqual(again.donation_partner_id, self.charity)
        self._dispose(again, "DONATE", "C")
        picking = self._hand_over(again)
        self.assertEqual(
            (line.qty_put_away, again.donation_value, sale_line.qty_delivered),
            (2, 80, 0),
        )
        self.assertEqual(again.rma_id._check_quantities(), {})
        donated = self._events(again.rma_id).filtered(
            lambda e: e.name == "GoodsDonated"
        )
        self.assertEqual(
            (donated.data["value"], donated.data["partners"]), (80, self.charity.ids)
        )
        # the receipt says who got what, when, and what it cost
        day = format_date(self.env, self.company._get_reverse_today())
        user = new_test_user(self.env, login="later", groups="stock.group_stock_user")
        picking.with_user(user).date_done += timedelta(400)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            f"{OWN}.report_donation", picking.ids
        )
        text = " ".join(html.decode().split())
        words = ("Warm Hands", "Kettle", "80.00", picking.name, "free of charge", day)
        for word in words:
            self.assertIn(word, text)
        # what is gone stays gone, and only what was found changes
        last = self._correct(again)
        self.assertEqual((last.goods_gone, last.quantity), (True, 2))
        self.assertEqual(self._balance(self.company.reverse_donation_account_id), 80)

    def test_a_donation_that_the_warehouse_cancels_is_inspected_anew(self):
        user = new_test_user(self.env, login="heap", groups="stock.group_stock_user")
        part = self._here(2)
        self._dispose(part, "DONATE", "C")
        moves = part._get_donation_moves()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            f"{OWN}.report_donation", moves.picking_id.ids
        )
        self.assertIn("have not been handed over yet", html.decode())
        self._call(moves.picking_id.with_user(user), "action_cancel")
        self.assertEqual((moves.state, part.state), ("cancel", "superseded"))
        again = part.line_id.inspection_ids - part
        self.assertEqual((again.state, again.quantity), ("draft", 2))
        self.assertEqual(
            (again.disposition_id.code, again.donation_partner_id),
            ("DONATE", self.charity),
        )
        # the charity takes one of them only
        self._call(self._as("inspector", again), "action_complete")
        picking = again.sudo()._get_donation_moves().picking_id
        self._validate(picking.with_user(user), 1, backorder=False)
        self.assertEqual(again.with_env(self.env).state, "superseded")
        left, gone = (part.line_id.inspection_ids - part - again).sorted("goods_gone")
        self.assertEqual((left.quantity, gone.quantity), (1, 1))
        self.assertEqual(part.rma_id._check_quantities(), {})

    def test_donation_guards(self):
        parts = self._here(3)
        for partner, words in (
            (None, "name the charity that gets the goods"),
            (self.stranger, "name the charity that gets the goods"),
            (self.customer, "would get the credit and the goods"),
        ):
            self.customer.reverse_is_charity = partner == self.customer
            with self.assertRaisesRegex(UserError, words):
                self._dispose(
                    parts, "DONATE", "C", donation_partner_id=partner and partner.id
                )
        with self.assertRaisesRegex(AccessError, "administrator of returns"):
            self._rpc(
                self.users["service"],
                "res.partner",
                "write",
                self.stranger.ids,
                {"reverse_is_charity": True},
            )
        self._dispose(parts, "DONATE", "C")
        with self.assertRaisesRegex(UserError, "asks for something else|not waiting"):
            self._rpc(
                self.users["inspector"], parts._name, "action_dispose_scrap", parts.ids
            )
        picking = parts._get_donation_moves().picking_id
        picking.move_ids.picked = True
        # to nobody else, to no other place, and no more than was decided
        place = picking.location_dest_id.id
        for record, values, words in (
            (picking, {"partner_id": self.stranger.id}, "approved|has decided"),
            (
                picking,
                {"partner_id": self.stranger.id, "location_dest_id": place},
                "decided to give to Warm Hands",
            ),
            (
                picking,
                {"location_dest_id": self.product.property_stock_inventory.id},
                "approved",
            ),
            (picking.move_ids, {"quantity": 4}, "approved|lies there"),
        ):
            with self.assertRaisesRegex(UserError, words):
                record.write(values)
                self._validate(picking)
        self._hand_over(parts)
        self.assertEqual(parts.line_id.qty_put_away, 3)
        # the receipt says who got it, and nothing that was added to the transfer
        with self.assertRaisesRegex(UserError, "its address stays"):
            self._rpc(
                self.users["receiver"],
                picking._name,
                "write",
                picking.ids,
                {"partner_id": self.stranger.id},
            )
        other = self._create_product("Toaster")
        picking.move_ids.create(
            {
                "picking_id": picking.id,
                "product_id": other.id,
                "product_uom_qty": 1,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            }
        )
        given = picking._get_reverse_donated()
        self.assertEqual([own["product"] for own in given], [self.product.display_name])

    def test_who_names_a_charity_gives_it_nothing(self):
        parts = self._here(1)
        both = self._create_user("administrator", "inspector")
        both.group_ids += self.env.ref("base.group_partner_manager")
        self._rpc(
            both,
            "res.partner",
            "write",
            self.stranger.ids,
            {"reverse_is_charity": True},
        )
        self.env.cr.flush()
        event = self.env["reverse.event"].search(
            [("name", "=", "ControlChanged")], order="id desc", limit=1
        )
        self.assertEqual(
            (event.user_id, event.data),
            (
                both,
                {
                    "control": "res.partner",
                    "id": self.stranger.id,
                    "changes": {"reverse_is_charity": [False, True]},
                },
            ),
        )
        values = {
            "condition_id": self.conditions["C"].id,
            "disposition_id": self.dispositions["DONATE"].id,
            "donation_partner_id": self.stranger.id,
        }
        own = parts.with_user(both)
        self._call(own, "write", values)
        with self.assertRaisesRegex(UserError, "you have said that .* is a charity"):
            self._call(own, "action_complete")
        self._dispose(parts, "DONATE", "C", donation_partner_id=self.stranger.id)
        self.assertEqual(parts.state, "done")

    def test_consigned_goods_are_not_given_away(self):
        supplier = self.env["res.partner"].create({"name": "Cobalt Works"})
        product = self._create_product("Toaster", categ_id=self.perpetual.id)
        self.env["stock.quant"]._update_available_quantity(
            product, self.warehouse.lot_stock_id, 2, owner_id=supplier
        )
        parts = self._here(1, product)
        with self.assertRaisesRegex(UserError, "belongs to Cobalt Works and is not"):
            self._dispose(parts, "DONATE", "C")

    # ------------------------------------------------------------------
    # What the law forbids to destroy
    # ------------------------------------------------------------------
    def _restrict(self):
        self.company.reverse_espr = True
        trait = self.env.ref(f"{OWN}.trait_destruction")
        self.product.reverse_trait_ids = [Command.link(trait.id)]

    def test_destruction_needs_a_derogation(self):
        parts = self._here(2)
        self._restrict()
        damage = self.env.ref(f"{OWN}.derogation_damage")
        for code in ("RECYCLE", "SCRAP"):
            with self.assertRaisesRegex(
                UserError, "may neither be destroyed nor recycled"
            ):
                self._dispose(parts, code)
            with self.assertRaisesRegex(UserError, "attach the evidence of “Damaged"):
                self._dispose(parts, code, derogation_id=damage.id)
        self._attach(parts, "inspector")
        self._dispose(parts, derogation_id=damage.id)
        line = parts.with_env(self.env).disposal_line_ids
        self.assertEqual(
            (line.restricted, line.derogation_id, line.quantity, line.weight),
            (True, damage, 2, 3.0),
        )
        found = self.env["reverse.disposal.line"]._read_group(
            [("taken_back", "=", False), ("company_id", "=", self.company.id)],
            ["company_id", "disposed_on:year", "categ_id", "derogation_id"],
            ["quantity:sum", "weight:sum"],
        )
        year = fields.Date.today().replace(month=1, day=1)
        self.assertEqual(
            found, [(self.company, year, self.perpetual, damage, 2.0, 3.0)]
        )
        self._check_disclosed(damage)
        # refurbish, sell and donate are free, and so is everybody without the ban
        self._dispose(self._here(), "DONATE", "C")
        self.company.reverse_espr = False
        self._dispose(self._here())
        changed = self.env["reverse.event"].search(
            [("rma_id", "=", False), ("company_id", "=", self.company.id)], limit=1
        )
        self.env.cr.flush()
        changed = changed.search(
            [("rma_id", "=", False), ("company_id", "=", self.company.id)], limit=1
        )
        self.assertEqual(changed.data["changes"], {"reverse_espr": [True, False]})

    def test_who_says_that_goods_are_not_protected_is_noted(self):
        """Else they would be scrapped, and protected again afterwards."""
        trait = self.env.ref(f"{OWN}.trait_destruction")
        user = new_test_user(self.env, login="shelf", groups="base.group_system")
        product = self.product.product_tmpl_id
        product.reverse_trait_ids = [Command.link(trait.id)]
        unlink = {"reverse_trait_ids": [Command.unlink(trait.id)]}
        self._rpc(user, product._name, "write", product.ids, unlink)
        self.env.cr.flush()
        events = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=", "ControlChanged")]
        )
        noted = events.filtered(lambda e: e.data["control"] == product._name)
        self.assertFalse(noted, "this company does not keep to that law")
        self._restrict()
        self._rpc(user, product._name, "write", product.ids, unlink)
        self.env.cr.flush()
        event = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=", "ControlChanged")],
            order="id desc",
            limit=1,
        )
        self.assertEqual((event.user_id, event.data["id"]), (user, product.id))
        self.assertEqual(event.data["changes"], {"reverse_trait_ids": [trait.ids, []]})

    def _scrap(self, quantity=2, location=None, **values):
        """Enter a scrap order of Odoo's own, as the warehouse does."""
        return self.env["stock.scrap"].create(
            {
                "product_id": self.product.id,
                "scrap_qty": quantity,
                "location_id": (location or self.warehouse.lot_stock_id).id,
                "company_id": self.company.id,
                **values,
            }
        )

    def test_nothing_protected_is_scrapped_past_returns(self):
        """Not goods that were put back into stock, either; and they are reported."""
        self._restrict()
        damage = self.env.ref(f"{OWN}.derogation_damage")
        order = self._scrap()
        self.assertTrue(order.reverse_needs_derogation)
        with self.assertRaisesRegex(UserError, "may neither be destroyed nor recycled"):
            self._call(order, "action_validate")
        with self.assertRaisesRegex(UserError, "may neither be destroyed nor recycled"):
            self._call(order, "do_scrap")
        # nor by what another addon scraps in a step of its own, such as of a claim
        by_step = order.with_env(self.env["reverse.rma"]._workflow().env)
        with self.assertRaisesRegex(UserError, "may neither be destroyed nor recycled"):
            by_step.action_validate()
        order.reverse_derogation_id = damage
        with self.assertRaisesRegex(UserError, "attach the evidence of “Damaged"):
            self._call(order, "action_validate")
        self.assertEqual(order.state, "draft")
        elsewhere = {"name": "proof", "type": "url", "url": "https://example.com"}
        files = self.env["ir.attachment"]
        place = {"res_model": order._name, "res_id": order.id}
        files.create({**elsewhere, **place})
        with self.assertRaisesRegex(UserError, "attach the evidence of “Damaged"):
            self._call(order, "action_validate")
        proof = files.create({"name": "proof.txt", "raw": b"tor", **place})
        proof.raw = b"torn"
        self._call(order, "action_validate")
        self.assertEqual(order.state, "done")
        paper = self.env["reverse.disposal"].search([("scrap_id", "=", order.id)])
        line = paper.line_ids
        self.assertEqual(
            (line.restricted, line.derogation_id, line.quantity, line.weight),
            (True, damage, 2, 3.0),
        )
        self.assertEqual((paper.company_id, paper.state), (self.company, "open"))
        self.assertFalse(paper.rma_id)
        with self.assertRaisesRegex(UserError, "their derogation stays"):
            self._call(order, "write", {"reverse_derogation_id": False})
        for method, values in (
            ("write", [{"raw": b"x"}]),
            ("write", [{"name": "other.txt"}]),
            ("write", [{"res_id": self._scrap().id}]),
            ("unlink", []),
        ):
            with self.assertRaisesRegex(UserError, "is evidence of why goods were des"):
                self._call(proof, method, *values)
        self.env.cr.flush()
        event = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=", "DisposalOpened")],
            order="id desc",
            limit=1,
        )
        self.assertEqual(event.data["scrap"], order.id)

    def test_the_warehouse_scraps_what_is_protected(self):
        """Whoever has no role of returns names the derogation, and attaches proof."""
        self._restrict()
        damage = self.env.ref(f"{OWN}.derogation_damage")
        user = new_test_user(self.env, login="heap", groups="stock.group_stock_user")
        order = self._scrap().with_user(user)
        view = self.env.ref("stock.stock_scrap_form_view").id
        arch = etree.fromstring(order.get_view(view)["arch"])
        self.assertTrue(arch.xpath("//field[@name='reverse_derogation_id']"))
        for name in ("reverse_donation_offer_ids", "action_reverse_offer"):
            self.assertFalse(arch.xpath(f"//*[@name='{name}']"))
        offered = self.env["reverse.derogation"].with_user(user).name_search("Damaged")
        self.assertIn(damage.id, [id_ for id_, _name in offered])
        with self.assertRaisesRegex(UserError, "Name the one that applies on the scr"):
            self._call(order, "action_validate")
        self._call(order, "write", {"reverse_derogation_id": damage.id})
        self.env["ir.attachment"].with_user(user).create(
            {"name": "proof.txt", "raw": b"torn", "res_model": order._name}
            | {"res_id": order.id}
        )
        self._call(order, "action_validate")
        self.assertEqual(order.state, "done")
        for values in ({"state": "draft"}, {"state": "done"}, {"date_done": False}):
            with self.assertRaisesRegex(UserError, "by the button Validate only"):
                self._call(order, "write", values)
        elsewhere = self.env["stock.picking"].search([("state", "=", "done")], limit=1)
        for values in ({"scrap_qty": 1}, {"picking_id": elsewhere.id}):
            with self.assertRaisesRegex(UserError, "what it scrapped stays"):
                self._call(order, "write", values)
        read = order.web_read({"reverse_derogation_id": {"fields": {"name": {}}}})
        self.assertEqual(read[0]["reverse_derogation_id"]["name"], damage.name)
        paper = self.papers.search([("scrap_id", "=", order.id)])
        self.assertEqual(paper.line_ids.derogation_id, damage)
        with self.assertRaises(AccessError):
            damage.with_user(user).name = "Whatever"
        with self.assertRaises(AccessError):
            paper.with_user(user).read(["state"])

    def test_goods_of_a_scrap_order_are_offered_to_charities(self):
        self._restrict()
        donation = self.env.ref(f"{OWN}.derogation_donation")
        order = self._scrap()
        order.reverse_derogation_id = donation
        with self.assertRaisesRegex(UserError, "needs 3 charities .* 3 are missing"):
            self._call(order, "action_validate")
        stocked = self._create_user("inspector", "receiver")
        action = self._call(order.with_user(stocked), "action_reverse_offer")
        offers = self.env["reverse.donation.offer"].with_user(stocked)
        offers = offers.with_context(**action["context"])
        with self.assertRaisesRegex(UserError, "at least one part, or else the scrap"):
            offers.create(
                {
                    "partner_id": self.charity.id,
                    "inspection_ids": [Command.set(self._here().ids)],
                }
            )
        offer = offers.create({"partner_id": self.charity.id})
        self.assertEqual(order.reverse_donation_offer_ids, offer)
        self.env.cr.flush()
        events = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=", "DonationOffered")],
            order="id desc",
            limit=1,
        )
        self.assertEqual((events.rma_id.id, events.data["scrap"]), (False, order.id))
        self.assertEqual(
            (events.data["product"], events.data["quantity"]), (self.product.id, 2)
        )
        coat = self._create_product("Coat")
        for values in ({"product_id": coat.id, "scrap_qty": 1}, {"scrap_qty": 500}):
            with self.assertRaisesRegex(UserError, "was offered to charities: it stay"):
                self._call(order.with_user(stocked), "write", values)
        self._call(order.with_user(stocked), "write", {"scrap_qty": 1})
        self._call(offer, "action_accept")
        with self.assertRaisesRegex(UserError, "Warm Hands takes the goods. Deliver"):
            self._call(order, "action_validate")
        order = self._scrap()
        order.reverse_derogation_id = donation
        site = offers.with_context(default_scrap_id=order.id).create({"kind": "site"})
        with self.assertRaisesRegex(UserError, "3 are missing"):
            self._call(order, "action_validate")
        shown = site.sudo().offered_on - timedelta(weeks=8)
        site.sudo()._guarded_write({"offered_on": shown})
        with self.assertRaisesRegex(UserError, "attach the evidence of “Not accepted"):
            self._call(order, "action_validate")
        self._attach(order, "receiver")
        self._call(order, "action_validate")
        self.assertEqual(order.state, "done")
        with self.assertRaisesRegex(UserError, "are destroyed already"):
            offers.with_context(default_scrap_id=order.id).create({"kind": "site"})

    def test_a_plain_transfer_destroys_nothing_protected(self):
        """The warehouse carries it to the scrap location; a count finds less."""
        self._restrict()
        stock = self.warehouse.lot_stock_id
        loss = self._scrap().scrap_location_id
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": 1,
                "location_id": stock.id,
                "location_dest_id": loss.id,
                "quantity": 1,
                "picked": True,
            }
        )
        with self.assertRaisesRegex(
            UserError, "would destroy Kettle, which needs a derogation"
        ):
            move._action_done()
        self.assertNotEqual(move.state, "done")
        # neither by a line, nor by what the transfer says of itself
        shelf = stock.copy({"name": "Shelf"})
        order = self._scrap()
        for vals in (
            {"is_inventory": True},
            {"is_inventory": False, "scrap_id": order.id},
            {"scrap_id": False, "location_dest_id": shelf.id},
        ):
            move.write(vals)
            move.move_line_ids.location_dest_id = loss
            with self.assertRaisesRegex(UserError, "would destroy Kettle"):
                move._action_done()
        self.company.reverse_espr = False
        move._action_done()
        self.assertEqual(move.state, "done")
        self.company.reverse_espr = True
        self.env["stock.quant"]._update_available_quantity(self.product, stock, 5)
        count = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", stock.id)]
        )
        count.inventory_quantity = count.quantity - 1
        before = count.quantity
        self._call(count, "action_apply_inventory")
        self.assertEqual(count.quantity, before - 1)

    def test_what_is_not_protected_is_scrapped_as_ever(self):
        self._call(self._scrap(), "action_validate")
        self._restrict()
        foreign = self._scrap(1, owner_id=self.customer.id)
        self.assertFalse(foreign.reverse_needs_derogation)
        self.assertFalse(self.env["reverse.disposal"].search([("scrap_id", "!=", 0)]))

    def test_an_approved_scrap_in_returns_needs_a_derogation_too(self):
        parts = self._here(2)
        self._restrict()
        order = self._scrap(1, location=parts.location_id)
        with self.assertRaisesRegex(UserError, "may neither be destroyed nor recycled"):
            self._call(order, "action_reverse_ask_scrap", "torn")

    def _offer(self, parts, partner=None, **values):
        return self._as("inspector", self.env["reverse.donation.offer"]).create(
            {
                "inspection_ids": [Command.set(parts.ids)],
                "kind": "charity" if partner else "site",
                "partner_id": partner and partner.id,
                **values,
            }
        )

    def test_donation_that_nobody_accepts(self):
        parts = self._here(2)
        self._restrict()
        donation = self.env.ref(f"{OWN}.derogation_donation")
        charities = self.charity | self.env["res.partner"].create(
            [{"name": name, "reverse_is_charity": True} for name in ("Hope", "Care")]
        )
        with self.assertRaisesRegex(UserError, "needs 3 charities .* 3 are missing"):
            self._dispose(parts, derogation_id=donation.id)
        with self.assertRaisesRegex(UserError, "is not known as a charity"):
            self._offer(parts, self.stranger)
        offers = [self._offer(parts, charity) for charity in charities]
        # neither dated back, nor answered by anybody else
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._offer(parts, self.charity, offered_on="2026-01-01")
        with self.assertRaises(AccessError):
            self._call(self._as("receiver", offers[0]), "action_refuse")
        # nor for other goods
        other = self._here()
        for record, name, ids in (
            (other, "donation_offer_ids", offers[0].ids),
            (offers[0], "inspection_ids", other.ids),
        ):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(
                    self.users["inspector"],
                    record._name,
                    "write",
                    record.ids,
                    {name: [Command.link(id_) for id_ in ids]},
                )
        for offer in offers[:2]:
            self._call(offer, "action_refuse")
        # the split part was offered as well
        self._call(self._as("inspector", parts), "write", {"quantity": 1})
        parts = parts.rma_id.inspection_ids
        with self.assertRaisesRegex(UserError, "1 are missing"):
            self._dispose(parts, derogation_id=donation.id)
        self._call(offers[2], "action_accept")
        with self.assertRaisesRegex(UserError, "Care takes the goods. Choose “Donate”"):
            self._dispose(parts, derogation_id=donation.id)
        late = offers[2].sudo()
        late._guarded_write(
            {
                "state": "waiting",
                "offered_on": late.offered_on - timedelta(days=15),
                "answer_by": late.offered_on - timedelta(days=1),
            }
        )
        with self.assertRaisesRegex(UserError, "attach the evidence of “Not accepted"):
            self._dispose(parts, derogation_id=donation.id)
        for part in parts:
            self._attach(part, "inspector")
        self._dispose(parts, derogation_id=donation.id)
        self.assertEqual(set(parts.mapped("state")), {"done"})
        names = self._events(parts.rma_id).mapped("name")
        self.assertEqual(
            [names.count(f"Donation{end}") for end in ("Offered", "Declined")], [3, 2]
        )

    # ------------------------------------------------------------------
    # What can go wrong, and what it costs
    # ------------------------------------------------------------------
    def test_without_account_or_in_a_closed_period(self):
        place = self.company.reverse_recycling_location_id
        expense = self.company.expense_account_id
        first, second = self._here(), self._here()
        self.company.expense_account_id = False
        place.valuation_account_id = False
        self._dispose(first)
        (exception,) = first.rma_id.exception_ids.filtered(lambda e: e.state == "open")
        self.assertEqual(exception.type, "work_failure")
        self.assertIn("no account says where the value", exception.message or "")
        self.assertFalse(first.with_env(self.env).disposed)
        self.company.expense_account_id = expense
        self.company.fiscalyear_lock_date = fields.Date.today()
        self._dispose(second)
        # as everywhere in Odoo, the entry is of the first day that is open
        entry = second.with_env(self.env).move_ids.account_move_id
        today = fields.Date.today()
        self.assertEqual((entry.state, entry.date > today), ("posted", True))
        self.assertEqual(self._paper(first | second).line_ids.inspection_id, second)

    def _check_disclosed(self, derogation):
        """A dozen is twelve pieces, by what became of it; what waits is told apart."""
        dozens = self._create_product(
            "Socks", uom_id=self.dozen.id, categ_id=self.perpetual.id, weight=0.6
        )
        trait = self.env.ref(f"{OWN}.trait_destruction")
        dozens.reverse_trait_ids = [Command.link(trait.id)]
        self._buy(dozens, 5, 12.0)
        parts = self._here(2, dozens)
        self._attach(parts, "inspector")
        self._dispose(parts, "SCRAP", derogation_id=derogation.id)
        self._certify(self._paper(parts))
        action = self.env.ref(f"{OWN}.reverse_disclosure_action")
        model = self.env[action.res_model].with_user(self.users["auditor"])
        arch = etree.fromstring(model.get_view(view_type="pivot")["arch"])
        read = arch.xpath("//field[@type='measure']/@name")
        self.assertEqual(read, ["pieces", "weight"])
        rows = arch.xpath("//field[@type='row']/@name")
        self.assertEqual(rows, ["categ_id", "disposition_id", "derogation_id"])
        search = etree.fromstring(model.get_view(view_type="search")["arch"])
        domains = {
            name: literal_eval(search.xpath(f"//filter[@name='{name}']/@domain")[0])
            for name in ("destroyed", "restricted", "certified")
        }
        for names, expected in (
            (("destroyed", "restricted"), {"RECYCLE": (2, 3.0), "SCRAP": (24, 1.2)}),
            (("destroyed", "restricted", "certified"), {"SCRAP": (24, 1.2)}),
        ):
            found = model._read_group(
                [leaf for name in names for leaf in domains[name]],
                ["disposition_id"],
                ["pieces:sum", "weight:sum"],
            )
            self.assertEqual(
                {code.code: (number, weight) for code, number, weight in found},
                expected,
            )

    def test_what_a_closed_period_would_get_is_of_the_first_open_day(self):
        """Each step, and taking it back: the date is Odoo's own, none is configured."""
        self.company.reverse_write_off_account_id = self.accounts[0]
        parts = {code: self._here() for code in ("SCRAP", "RECYCLE", "DONATE")}
        today = fields.Date.today()
        self.company.fiscalyear_lock_date = today
        for code, part in parts.items():
            for step in (
                lambda code=code, part=part: self._dispose(part, code),
                lambda code=code, part=part: (
                    self._hand_over(part) if code == "DONATE" else self._correct(part)
                ),
            ):
                before = self._read_entries()
                step()
                entries = self._read_entries() - before
                # a donation is given away when it is handed over
                waits = code == "DONATE" and not part.with_env(self.env).goods_gone
                with self.subTest(code):
                    self.assertEqual(len(entries), 0 if waits else 1)
                    for entry in entries:
                        self.assertEqual(entry.state, "posted")
                        self.assertEqual(entry.date, today + timedelta(days=1))
                        self.assertEqual(entry.amount_total, 40)
            self.assertEqual(part.rma_id.sudo()._check_quantities(), {})

    def _read_entries(self):
        self.env.flush_all()
        journal = self.company.account_stock_journal_id
        return self.env["account.move"].search([("journal_id", "=", journal.id)])

    def test_twenty_parts_together(self):
        """One paper, one transfer, and a bounded number of queries for each part."""
        (rest,) = self._here(25)
        while rest.quantity > 1:
            rest = rest._part_with(1)
        parts = rest.line_id.inspection_ids.sorted("id")
        self.assertEqual(len(parts), 25)
        for code, own in (("RECYCLE", parts[:20]), ("DONATE", parts[20:])):
            own = self._as("inspector", own)
            values = {
                "condition_id": self.conditions["E"].id,
                "disposition_id": self.dispositions[code].id,
                "donation_partner_id": self.charity.id,
            }
            self._call(own, "write", values)
            before = self.env.cr.sql_log_count
            self._call(own, "action_complete")
            cost = self.env.cr.sql_log_count - before
            self.assertEqual(set(own.mapped("disposed")), {True})
            self.assertLessEqual(cost, LIMITS[code], code)
        paper = self._paper(parts)
        self.assertEqual((len(paper), len(paper.line_ids)), (1, 20))
        self.assertEqual(len(parts._get_donation_moves().picking_id), 1)
