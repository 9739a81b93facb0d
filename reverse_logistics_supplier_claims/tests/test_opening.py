import ast
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..models.claimed import get_goods
from .common import GROUPS, ClaimCase


@tagged("post_install", "-at_install")
class TestOpening(ClaimCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, *(f"N{n:02}" for n in range(50)))
        cls.bought = cls._purchase(cls.pump, 50, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def test_source_of_many_lots(self):
        """Whether five or fifty: the same queries, and each lot its own purchase."""
        parts = self._broken(self.sold, 50)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = some._find_supplier_sources()
            self.assertTrue(all(sure for _moves, sure in found.values()))
            return self.env.cr.sql_log_count - before

        few, many = count(parts[:5]), count(parts)
        self.assertEqual(few, many)
        self.assertLess(many, 30)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        claim = self._claim(parts)
        self.assertLess(self.env.cr.sql_log_count - before, 250, "five for each")
        self.assertEqual((len(claim), len(claim.line_ids)), (1, 50))
        self.assertEqual(claim.amount_claimed, 2000.0)
        self.assertEqual(claim.line_ids.purchase_line_id, self.bought)

    def test_claimed_once(self):
        part = self._broken(self.sold)
        claim = self._claim(part)
        message = f"is claimed already: see {claim.name} of Cobalt Works"
        with self.assertRaisesRegex(UserError, message):
            self._as("claims_user", part).action_claim_supplier()
        with self.assertRaisesRegex(UserError, message):
            self._as("claims_user", part.rma_id).action_claim_supplier()
        by_hand = self._as("claims_user", self.env["reverse.supplier.claim"]).create(
            {"partner_id": self.supplier.id}
        )
        line = {"line_ids": [Command.create({"inspection_id": part.id})]}
        with self.assertRaisesRegex(UserError, message):
            by_hand.write(line)
        # an inspection that supersedes it is about the same goods
        self._call(self._as("inspector", part), "action_correct")
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(again, "D", "VENDOR")
        with self.assertRaisesRegex(UserError, message):
            self._as("claims_user", again).action_claim_supplier()
        # a cancelled claim lets go of them
        self._call(claim, "action_cancel")
        self._call(
            by_hand,
            "write",
            {"line_ids": [Command.create({"inspection_id": again.id})]},
        )
        self.assertEqual(by_hand.line_ids.source_state, "sure")
        self.assertEqual(
            (by_hand.amount_claimed, by_hand.opened_by_id.login), (40.0, "claims_user")
        )

    def test_by_itself(self):
        """Terms of the agreement: what is claimed, until when, and on which proof."""
        self.agreement.write(
            {
                "opens_itself": True,
                "share": 50.0,
                "labour_amount": 12.0,
                "freight_share": 10.0,
                "deadline_days": 10,
                "minimum": 50.0,
                "proof_required": True,
            }
        )
        part = self._broken(self.sold)
        claim = self._as("claims_user", part.supplier_claim_line_ids.claim_id)
        self.assertFalse(claim.opened_by_id)
        self.assertEqual(
            claim.line_ids.mapped(lambda line: (line.kind, line.amount_claimed)),
            [("goods", 20.0), ("labour", 12.0), ("freight", 2.0)],
        )
        today = fields.Date.today()
        self.assertEqual(claim.deadline, today + timedelta(10))
        with self.assertRaisesRegex(UserError, "asks for proof. Attach a file"):
            claim.action_submit()
        self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"a", "res_model": claim._name, "res_id": claim.id}
        )
        with self.assertRaisesRegex(UserError, r"below the smallest claim.*50\.00"):
            claim.action_submit()
        claim.sudo().agreement_id.minimum = 0
        with self.assertRaisesRegex(UserError, "is late: the agreement's deadline was"):
            claim.sudo().line_ids._guarded_write(
                {"counted_from": today - timedelta(11)}
            )
            claim.action_submit()
        self._call(claim, "action_submit")
        self.assertEqual(claim.response_due, today + timedelta(14))
        self.assertEqual(claim.submitted_by_id.login, "claims_user")
        # an allowance pays instead of single claims
        self.agreement.write({"is_allowance": True, "allowance": 3.0})
        other = self._broken(self.sold)
        self.assertFalse(other.supplier_claim_line_ids)
        with self.assertRaisesRegex(UserError, "allowance of 3% in “Warranty” covers"):
            self._as("claims_user", other).action_claim_supplier()

    def test_small_ones_together(self):
        """What opens by itself joins the draft, until somebody has submitted it."""
        self.agreement.write({"opens_itself": True, "minimum": 100.0})
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self._purchase(seal, 10)
        claims = self.env["reverse.supplier.claim"]

        def opened():
            part = self._broken(self._sell(1, product=seal))
            return self._as("claims_user", part.supplier_claim_line_ids.claim_id)

        first = opened()
        with self.assertRaisesRegex(UserError, r"below the smallest claim.*100\.00"):
            first.action_submit()
        # another draft, which somebody has opened, is left alone
        self.agreement.opens_itself = False
        other = self._claim(self._broken(self._sell(1, product=seal)))
        self.agreement.opens_itself = True
        self.assertEqual((opened(), opened()), (first, first))
        self.assertEqual((len(first.line_ids), first.amount_claimed), (3, 120.0))
        self.assertEqual(len(other.line_ids), 1)
        rmas = first.sudo().line_ids.rma_id.sorted("id")
        self.env.cr.precommit.run()
        names = [
            rma.event_ids.filtered(lambda e: e.data.get("claim") == first.id).mapped(
                "name"
            )
            for rma in rmas
        ]
        self.assertEqual(
            names, [["SupplierClaimOpened"], *[["SupplierClaimExtended"]] * 2]
        )
        self.assertFalse(self.env["reverse.event"]._find_breaks(rmas))
        self._call(first, "action_submit")
        second = opened()
        self.assertNotEqual(second, first)
        # nor is one late for what an older one has waited
        self.agreement.deadline_days = 10
        today = fields.Date.today()
        second.sudo().line_ids._guarded_write({"counted_from": today - timedelta(11)})
        third = opened()
        self.assertNotEqual(third, second)
        self.assertEqual(opened(), third)
        self.assertEqual(claims.search_count([("id", ">=", first.id)]), 4)
        # and what is late by itself makes no other late
        for days, late in ((11, True), (9, False)):
            day = today - timedelta(days)
            self.assertEqual(third._is_late_with([{"counted_from": day}]), late)

    def test_unclear_goods_do_not_open_a_claim(self):
        """Two suppliers come into question: it is listed as money left, and says so."""
        plug = self._create_product("Plug", categ_id=self.perpetual.id)
        other = self.agreement.copy({"partner_id": self.stranger.id})
        (self.agreement | other).opens_itself = True
        self._purchase(plug, 5, price=3.0)
        self._purchase(plug, 5, price=4.0, partner_id=self.stranger.id)
        part = self._broken(self._sell(4, product=plug))
        self.assertFalse(part.supplier_claim_line_ids)
        self.assertEqual(part.unclaimed_reason, "unknown")
        self.assertFalse(
            part.rma_id.exception_ids.filtered(lambda e: e.state == "open")
        )
        left = self.env.ref(
            "reverse_logistics_supplier_claims.reverse_inspection_action_unclaimed"
        )
        listed = self.env["reverse.inspection"].search(ast.literal_eval(left.domain))
        self.assertIn(part, listed)
        with self.assertRaisesRegex(UserError, "it is not known who would have to pay"):
            self._as("claims_user", part).action_claim_supplier()

    def test_goods_that_nobody_inspected(self):
        """By hand goods are claimed from their inspection only."""
        claims = self._as("claims_user", self.env["reverse.supplier.claim"])
        for kind in ({"kind": "goods"}, {}):
            line = {**kind, "name": "Pumps", "amount_claimed": 999.0}
            with self.assertRaisesRegex(
                UserError, "Choose the inspection of the goods"
            ):
                claims.create(
                    {
                        "partner_id": self.supplier.id,
                        "line_ids": [Command.create(line)],
                    }
                )

    def test_who_opened_a_claim_submits_it_as_agreed(self):
        """What is not as agreed is for another approver than who opened the claim."""
        today = fields.Date.today()
        other = self.agreement.copy({"name": "Other"})
        second = new_test_user(
            self.env, login="second", groups=f"{GROUPS}claims_approver"
        )

        def late(claim):
            self.agreement.write({"deadline_days": 10, "deadline_from": "return"})
            claim.line_ids._guarded_write({"counted_from": today - timedelta(11)})

        def old(claim):
            claim.line_ids.lot_id.reverse_supplier_warranty = today - timedelta(1)

        changes = {
            "is late: the agreement's deadline": late,
            "is below the smallest claim": lambda _claim: self.agreement.write(
                {"minimum": 500.0}
            ),
            "10.00 is claimed, and .* may be": lambda claim: claim.line_ids.write(
                {"amount_claimed": 10.0}
            ),
            "“Warranty” was agreed for these goods": lambda claim: claim.write(
                {"agreement_id": other.id}
            ),
            "Enter that day, or": lambda claim: claim.write({"delivered_on": False}),
            "came back after the supplier's warranty": old,
        }
        usual = {"deadline_days": 0, "minimum": 0.0}
        for told, change in changes.items():
            with self.subTest(told):
                self.agreement.write(usual)
                claim = self._claim(self._broken(self.sold), "claims_approver")
                change(claim.sudo() if change in (late, old) else claim)
                self.env.flush_all()
                with self.assertRaisesRegex(UserError, told):
                    self._call(claim, "action_submit")
                self._call(claim.with_user(second), "action_submit")
                self.assertEqual(claim.state, "submitted")

    def test_another_agreement(self):
        """What is asked for follows it; what was entered by hand stays, and says so."""
        other = self.agreement.copy(
            {
                "name": "Other",
                "share": 50.0,
                "labour_amount": 10.0,
                "freight_share": 10.0,
                "deadline_days": 30,
                "deadline_from": "receipt",
            }
        )
        claim = self._claim(self._broken(self.sold, 2))

        def asked():
            lines = claim.line_ids.sorted("id")
            return sorted(lines.mapped(lambda one: (one.kind, one.amount_claimed)))

        agreed = asked()
        self.assertEqual(agreed, [("goods", 40.0)] * 2)
        self._call(claim, "write", {"agreement_id": other.id})
        theirs = [("freight", 2.0)] * 2 + [("goods", 20.0)] * 2 + [("labour", 10.0)] * 2
        self.assertEqual(asked(), theirs)
        goods = claim.line_ids.filtered(lambda line: line.kind == "goods")
        self.assertEqual(goods.purchase_line_id, self.bought)
        self.assertEqual(set(goods.mapped("counted_from")), {fields.Date.today()})
        self._call(claim, "write", {"agreement_id": self.agreement.id})
        self.assertEqual(asked(), agreed)
        by_hand = claim.line_ids.sorted("id")[0]
        self._call(by_hand, "write", {"amount_claimed": 35.0})
        self._call(claim, "write", {"agreement_id": other.id})
        self.assertEqual(
            asked(),
            [("freight", 2.0), ("goods", 20.0), ("goods", 35.0), ("labour", 10.0)],
        )
        notes = "".join(claim.message_ids.mapped("body"))
        self.assertIn("stay as they were under the other agreement", notes)

    def test_conditions(self):
        """Of pumps in condition D more is claimed than of those in C."""
        damaged = self.agreement.copy(
            {"name": "Damaged", "share": 50.0, "labour_amount": 0.0}
        )
        damaged.condition_ids = self.conditions["D"]
        first = self._broken(self.sold)
        claim = self._claim(first)
        self.assertEqual((claim.agreement_id, claim.amount_claimed), (damaged, 20.0))
        second = self._as("inspector", self._received(self.sold).inspection_ids)
        self._call(second, "write", {"liability": "supplier"})
        self._inspect(second, "C", "VENDOR")
        claim = self._claim(second.with_env(self.env))
        self.assertEqual(
            (claim.agreement_id, claim.amount_claimed), (self.agreement, 40)
        )
        with self.assertRaisesRegex(UserError, "“Warranty” was agreed for these goods"):
            claim.agreement_id = damaged
            claim.action_submit()

    def test_branches(self):
        """A branch claims on what its company has agreed, and changes nothing of it."""
        branch = self.env["res.company"].create(
            {"name": "North", "parent_id": self.company.id}
        )
        clerk = new_test_user(
            self.env,
            login="north",
            groups=f"{GROUPS}claims_approver",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        seen = self.agreement.with_user(clerk).with_context(
            allowed_company_ids=branch.ids
        )
        self.assertEqual(seen.read(["name"])[0]["name"], "Warranty")
        with self.assertRaises(AccessError):
            seen.name = "Else"
        facts = {
            "partner": self.supplier.id,
            "kind": "supplier",
            "day": fields.Date.today(),
            "liability": "supplier",
        }
        goods = get_goods(branch, self.pump, **facts)
        self.assertEqual(seen._find_for([goods]), [seen])
        claim = seen.env["reverse.supplier.claim"].create(
            {
                "partner_id": self.supplier.id,
                "agreement_id": seen.id,
                "company_id": branch.id,
                "line_ids": [
                    Command.create(
                        {"kind": "other", "name": "Sorting", "amount_claimed": 9.0}
                    )
                ],
            }
        )
        self.assertEqual(claim.agreement_id, seen)
        own = seen.create({"name": "North", "partner_id": self.supplier.id})
        self.assertEqual(own.company_id, branch)
        self.assertEqual(seen._find_for([goods]), [own])
        # what the branch has agreed is its own
        above = get_goods(self.company, self.pump, **facts)
        self.assertEqual(self.agreement._find_for([above]), [self.agreement])
        claim = self._claim(self._broken(self.sold))
        with self.assertRaisesRegex(UserError, "ompan"):
            claim.agreement_id = own.with_env(self.env)

    def test_not_owed(self):
        part = self._received(self.sold).inspection_ids
        self._inspect(part, "A")
        with self.assertRaisesRegex(UserError, "only inspected goods can be claimed"):
            self._as("claims_user", part).action_claim_supplier()

    def test_unclear(self):
        """Two receipts come into question: a person chooses, then it is submitted."""
        plug = self._create_product("Plug", categ_id=self.perpetual.id)
        cheap = self._purchase(plug, 5, price=3.0)
        dear = self._purchase(plug, 5, price=4.0, bill=False)
        line = self._sell(4, product=plug)
        part = self._broken(line, 2)
        claim = self._claim(part)
        goods = claim.line_ids
        self.assertEqual(goods.source_state, "unclear")
        self.assertFalse(goods.receipt_move_id or goods.purchase_line_id)
        self.assertEqual(goods.candidate_ids, (cheap | dear).move_ids)
        self.assertEqual(goods.amount_claimed, 6.0)
        # another part of the same goods leaves three of five on the one it chose
        other = self._claim(self._broken(line, 2)).line_ids
        self._call(other, "write", {"receipt_move_id": cheap.move_ids.id})
        (goods | other).invalidate_recordset(["candidate_ids"])
        self.assertEqual((goods | other).candidate_ids, (cheap | dear).move_ids)
        self.assertEqual(goods.candidate_ids, (cheap | dear).move_ids)
        with self.assertRaisesRegex(
            UserError, "choose the receipt with which Plug came"
        ):
            claim.action_submit()
        with self.assertRaisesRegex(UserError, "did not come in with"):
            goods.receipt_move_id = self.bought.move_ids.id
        by_hand = goods.claim_id.create({"partner_id": self.supplier.id})
        refused = {
            "goods": "Choose the inspection of the goods",
            "other": "did not come in with",
        }
        for kind, told in refused.items():
            with self.assertRaisesRegex(UserError, told):
                by_hand.line_ids = [
                    Command.create({"kind": kind, "receipt_move_id": dear.move_ids.id})
                ]
        self._call(goods, "write", {"receipt_move_id": dear.move_ids.id})
        self.assertEqual((goods.source_state, goods.purchase_line_id), ("sure", dear))
        self.assertEqual((goods.unit_cost, claim.amount_claimed), (4.0, 8.0))
        self._call(claim, "action_submit")

    def test_several_suppliers(self):
        plug = self._create_product("Plug", categ_id=self.perpetual.id)
        self._purchase(plug, 5)
        self._purchase(plug, 5, partner_id=self.stranger.id)
        part = self._broken(self._sell(1, product=plug))
        with self.assertRaisesRegex(UserError, "not known who would have to pay"):
            self._as("claims_user", part).action_claim_supplier()

    def test_carrier(self):
        self.agreement.copy(
            {
                "name": "Parcels",
                "partner_id": self.stranger.id,
                "kind": "carrier",
                "liability": "carrier",
            }
        )
        claim = self._claim(self._broken(self.sold, liability="carrier"))
        self.assertEqual(claim.partner_id, self.stranger)
        self.assertEqual((claim.amount_claimed, claim.line_ids.unit_cost), (40.0, 40.0))

    def test_terms_are_not_left_out(self):
        """Without its agreement, or from a later day, only an approver submits it."""
        self.agreement.write({"labour_amount": 12.0, "deadline_days": 10})
        part = self._broken(self.sold)
        claim = self._claim(part)
        claim.agreement_id = False
        with self.assertRaisesRegex(UserError, "“Warranty” was agreed for these goods"):
            claim.action_submit()
        claim.agreement_id = self.agreement
        claim.delivered_on = fields.Date.today() + timedelta(5)
        with self.assertRaisesRegex(UserError, "the deadline counts from"):
            claim.action_submit()
        labour = {"kind": "labour", "inspection_id": part.id, "amount_claimed": 5.0}
        with self.assertRaisesRegex(UserError, "“Labour” of this failure is claimed"):
            claim.line_ids = [Command.create(labour)]
        self._call(self._as("claims_approver", claim), "action_submit")
        self.assertEqual(claim.state, "submitted")
