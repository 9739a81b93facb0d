from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.modules.migration import load_script
from odoo.tests.common import tagged
from odoo.tools import format_date
from odoo.tools.safe_eval import safe_eval

from odoo.addons.base.models.ir_cron import IrCron

from ..models.quality import reverse_inspection as quality
from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestSupplierQuality(ClaimCase):
    """Five pumps: one paid, one refused, one without trouble, two never claimed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write({"authorization_required": False, "minimum": 0.0})
        cls.lots = cls._create_lots(cls.pump, *(f"Q{n}" for n in range(5)))
        cls.bought = cls._purchase(cls.pump, 5, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def _report(self, *measures, **conditions):
        self.env.flush_all()
        domain = [("partner_id", "=", self.supplier.id)]
        domain += [(name, "=", value) for name, value in conditions.items()]
        report = self.env["reverse.supplier.report"]
        return report._read_group(domain, [], [*measures, "__count"])[0]

    def test_story(self):
        parts = self._broken(self.sold, 4)
        paid, refused, left, late = parts
        self.assertEqual(parts.mapped("unclaimed_reason"), ["open"] * 4)
        self.assertEqual(set(parts.mapped("claimable_value")), {40.0})
        self.assertEqual(parts.claim_partner_id, self.supplier)
        first, second = self._claim(paid), self._claim(refused)
        self._drafts(paid | refused)
        for claim in (first, second):
            self._call(claim, "action_submit")
        self.assertFalse(paid.unclaimed_reason or refused.unclaimed_reason)
        self._answered(first, "approve")
        self._answered(second, "refuse", reason="Misuse")
        self._credited(first)
        self.assertEqual(first.recovered_on, fields.Date.today())
        self._call(self._as("claims_approver", second), "action_write_off")
        self.assertFalse(first.is_repeat)
        self.assertTrue(second.is_repeat)
        self.agreement.opens_itself = True
        calm = self._received(self.sold).inspection_ids.with_env(self.env)
        self._call(
            self._as("inspector", calm),
            "write",
            {"liability": "supplier", "no_trouble_found": True},
        )
        self._inspect(calm, "A")
        self.assertFalse(calm.supplier_claim_line_ids or calm.unclaimed_reason)
        self.assertNotIn(calm, calm._find_not_claimed())
        self.agreement.opens_itself = False
        self._reports()
        self._reasons(left, late)
        self._scorecard()
        self._net_result(paid.rma_id)

    def _drafts(self, parts):
        """Nobody was asked for what is in a draft: two of four parts are."""
        self.assertEqual(parts.mapped("unclaimed_reason"), ["draft"] * 2)
        for name, found in (("unclaimed_reason", "draft"), ("claim_id", False)):
            rows = 2 if name == "unclaimed_reason" else 4
            self.assertEqual(
                self._report("claimable:sum", "claimed:sum", **{name: found}),
                (40.0 * rows, False, rows),
            )
        self._note_every_night()
        self.assertEqual(parts.mapped("unclaimed_reason"), ["draft"] * 2)
        # noted at night also of drafts of the time before
        parts._guarded_write({"unclaimed_reason": False})
        self._note_every_night()
        self.assertEqual(parts.mapped("unclaimed_reason"), ["draft"] * 2)
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual((card["claimable"], card["claimed"]), (160.0, 0.0))
        self.assertEqual((card["claimed_share"], card["recovered_share"]), (0.0, None))
        reader = self._as("claims_user", parts)
        view = reader.get_view(view_type="search")
        [domain] = etree.fromstring(view["arch"]).xpath(
            "//filter[@name='claim_drafted']/@domain"
        )
        found = Domain(safe_eval(domain)) & Domain("company_id", "=", self.company.id)
        self.assertEqual(reader.search(found), parts)

    def test_no_trouble_is_nobodys_fault(self):
        """Whoever is to blame, it is the seller's share; its defects stay as they are.

        What was found as it should be is seldom booked as the supplier's fault.
        """
        self._broken(self.sold)
        for liability in ("customer", "unknown", "carrier"):
            part = self._received(self.sold).inspection_ids.with_env(self.env)
            found = {"liability": liability, "no_trouble_found": True}
            self._call(self._as("inspector", part), "write", found)
            self._inspect(part, "A")
            self.assertEqual(part.no_trouble_seller_id, self.supplier)
            self.assertFalse(part.unclaimed_reason or part.claimable_value)
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual((card["parts"], card["no_trouble_parts"]), (4, 3))
        self.assertEqual((card["no_trouble"], card["rate"].defective), (75.0, 1.0))
        stranger = self.stranger._get_reverse_scorecard()
        self.assertEqual((stranger["no_trouble"], stranger["parts"]), (None, 0))

    def test_no_trouble_of_before(self):
        """What was inspected before sellers were noted counts and is shared, too."""
        part = self._received(self.sold).inspection_ids.with_env(self.env)
        found = {"liability": "customer", "no_trouble_found": True}
        self._call(self._as("inspector", part), "write", found)
        self._inspect(part, "A")
        part._guarded_write({"no_trouble_seller_id": False})
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual(card["no_trouble_parts"], 0)
        self.env.flush_all()
        script = Path(__file__).parents[1] / "migrations/19.0.1.1.0/post-seller.py"
        load_script(str(script), "post_seller").migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(part.no_trouble_seller_id, self.supplier)
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual(card["no_trouble_parts"], 1)
        # nothing is looked for again until the seller bears a share
        parts = self.env["reverse.inspection"]
        self.assertNotIn(part, parts._find_not_claimed())
        self.agreement.write({"labour_amount": 10.0, "no_trouble_share": 25.0})
        self.assertIn(part, parts._find_not_claimed())
        self._as("claims_user", parts).action_note_claimable()
        self.assertEqual((part.unclaimed_reason, part.claimable_value), ("open", 2.5))
        claim = self._claim(part)
        self.assertIn(part, parts._find_not_claimed(), "nobody has submitted it")
        self._call(claim, "action_submit")
        self.assertNotIn(part, parts._find_not_claimed())

    def _reports(self):
        self.assertEqual(
            self._report(
                "claimable:sum",
                "claimed:sum",
                "approved:sum",
                "recovered:sum",
                "written_off:sum",
            ),
            (160.0, 80.0, 40.0, 40.0, 40.0, 4),
        )
        self.assertEqual(self._report("claimable:sum", claim_id=False), (80.0, 2))
        self.assertEqual(self._report("days:avg", "days_answer:avg")[:2], (0.0, 0.0))

    def test_each_claim_counts_once(self):
        """A claim of two parts is answered in ten days, one of a part in one day."""
        parts = self._broken(self.sold, 3)
        claims = self._claim(parts[:2]) | self._claim(parts[2])
        today = fields.Date.today()
        first, second = claims.sorted("id")
        for claim in claims:
            self._call(claim, "action_submit")
        self._answered(first, "approve")
        self._answered(second, "refuse", reason="Misuse")
        self._credited(first)
        for claim, days in ((first, 10), (second, 1)):
            claim.sudo()._guarded_write({"submitted_on": today - timedelta(days)})
        *days, share, rows = self._report(
            "days_answer:avg", "days:avg", "recovered_share:avg"
        )
        self.assertEqual((days, rows), ([5.5, 10.0], 3))
        self.assertAlmostEqual(share, 80 / 120 * 100)
        # one of the two rows of the first claim is as long as both
        self.assertEqual(
            self._report("days_answer:avg", inspection_id=parts[0].id), (10.0, 1)
        )
        # and counts as one claim beside the second one
        report = self.env["reverse.supplier.report"]
        shown = [("inspection_id", "in", (parts[0] | parts[2]).ids)]
        self.assertEqual(
            report._read_group(shown, [], ["days_answer:avg", "days:avg"]),
            [(5.5, 10.0)],
        )
        self.assertEqual(self._report("claim_id:count_distinct"), (2, 3))
        self.assertEqual(self._report("claimed_share:avg"), (100.0, 3))
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual((card["days_answer"], card["days"]), (5.5, 10.0))
        nothing = self.env["reverse.supplier.report"]._read_group(
            [("partner_id", "=", self.stranger.id)], [], ["recovered_share:avg"]
        )
        self.assertEqual(nothing, [(False,)])

    def test_claims_count_once_for_each_product(self):
        """Pumps and valves in one claim: one claim of either, and one of both."""
        valve = self._create_product("Valve", tracking="serial")
        lots = self._create_lots(valve, "V1", "V2", "V3")
        self._purchase(valve, 3, lots)
        valves = self._broken(self._sell_serials(valve, lots), 3)
        pumps = self._broken(self.sold, 2)
        both = self._claim(valves | pumps[0])
        pump = self._claim(pumps[1])
        today = fields.Date.today()
        for claim, days in ((both, 12), (pump, 2)):
            self._call(claim, "action_submit")
            self._answered(claim, "refuse", reason="Misuse")
            claim.sudo()._guarded_write({"submitted_on": today - timedelta(days)})
        self.env.flush_all()
        report = self.env["reverse.supplier.report"]
        rows = report._read_group(
            [("partner_id", "=", self.supplier.id)],
            ["product_id"],
            ["claim_id:count_distinct", "days_answer:avg", "__count", "claimed:sum"],
        )
        self.assertCountEqual(
            rows, [(self.pump, 2, 7.0, 2, 80.0), (valve, 1, 12.0, 3, 120.0)]
        )
        asked = ("claim_id:count_distinct", "days_answer:avg")
        self.assertEqual(self._report(*asked), (2, 7.0, 5))
        self.assertEqual(self._report(*asked, product_id=self.pump.id), (2, 7.0, 2))
        self.assertEqual(self._report(*asked, product_id=valve.id), (1, 12.0, 3))

    def test_what_happened_before_is_found(self):
        parts = self._broken(self.sold, 3)
        claims = self.env["reverse.supplier.claim"]
        for part in parts:
            claims |= self._claim(part)
        claims = claims.sorted("id")
        self._call(self._as("claims_user", claims[0]), "action_cancel")

        def found():
            self.env.flush_all()
            both = [("id", "in", claims.ids), ("is_repeat", "=", True)]
            return claims.search(both)

        self.assertEqual(found(), claims[2], "what was cancelled never happened")
        self.assertEqual(found(), claims.filtered("is_repeat"))
        claims[1].line_ids.sudo()._guarded_write({"name": "Old"})
        self.env.cr.execute(
            "UPDATE reverse_supplier_claim_line SET create_date = create_date - "
            "INTERVAL '13 months' WHERE id IN %s",
            (tuple(claims[1].line_ids.ids),),
        )
        self.env.invalidate_all()
        self.assertFalse(found())
        self.assertFalse(claims.filtered("is_repeat"))

    def test_days_of_the_company(self):
        """At 22:00 in New York it is still the day that the order names."""
        part = self._broken(self.sold)
        # Before that, what was sold on the next day there would not have left yet.
        self.company.reverse_tz = "America/New_York"
        part._guarded_write({"inspected_at": "2026-03-02 03:00:00"})
        self.bought.date_planned = "2026-03-01 17:00:00"
        self.bought.move_ids.filtered(
            lambda move: move.location_id.usage == "supplier"
        ).reverse_done_at = "2026-03-02 03:00:00"
        self.env.flush_all()
        row = self.env["reverse.supplier.report"].search(
            [("inspection_id", "=", part.id)]
        )
        day = fields.Date.to_date("2026-03-01")
        self.assertEqual(row.day, day)
        card = self.supplier._get_reverse_scorecard(day, day)
        self.assertEqual((card["on_time"], card["receipts"]), (100.0, 1))
        self.assertEqual(card["rate"].defective, 1.0)
        later = self.supplier._get_reverse_scorecard(
            day + timedelta(1), day + timedelta(1)
        )
        self.assertEqual((later["receipts"], later["rate"]), (0, None))

    def test_on_time_in_full(self):
        """Of ten that were due five came: who sends half in time is at a half."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        bought = self._purchase(seal, 5, bill=False)
        before = self.supplier._get_reverse_scorecard()
        self.assertEqual((before["promised"], before["on_time"]), (10.0, 100.0))
        bought.product_qty = 10
        due = self.supplier._get_reverse_scorecard()
        self.assertEqual(due["promised"], 10.0, "the rest has time until tonight")
        moves = bought.move_ids | self.bought.move_ids
        for move in moves.filtered(lambda one: one.state == "done"):
            move.reverse_done_at -= timedelta(3)
        (bought | self.bought).date_planned = fields.Datetime.now() - timedelta(3)
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual((card["promised"], card["receipts"]), (15.0, 2))
        self.assertAlmostEqual(card["on_time"], 10 / 15 * 100)

    def test_scorecard_of_last_month(self):
        """What came today is in the card of the year, and not in that of last month."""
        reports = self.env["ir.actions.report"]
        pages = {}
        for name in ("report_scorecard", "report_scorecard_month"):
            html, _kind = reports._render_qweb_html(
                f"reverse_logistics_supplier_claims.{name}", self.supplier.ids
            )
            pages[name] = " ".join(html.decode().split())
        self.assertIn("0 of 5 received", pages["report_scorecard"])
        self.assertIn("nothing was received", pages["report_scorecard_month"])
        first, last = self.supplier._get_reverse_last_month()
        self.assertIn(format_date(self.env, first), pages["report_scorecard_month"])
        self.assertIn(format_date(self.env, last), pages["report_scorecard_month"])
        self.assertEqual((first.day, (last + timedelta(1)).day), (1, 1))

    def test_repeated_reports(self):
        reason = self.env.ref("reverse_logistics.reason_defective")
        for _n in range(2):
            claim = self._claim(self._broken(self.sold, reason_id=reason.id))
            self._call(claim, "action_submit")
            self._call(claim, "action_ask_corrective")
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual((card["reports"], card["repeated"]), (2, 1))

    def _reasons(self, left, late):
        """Why nobody claims changes with the agreement, and with the day."""
        self.agreement.minimum = 50.0
        action = self._as("claims_user", left).action_note_claimable()
        self.assertEqual(action["res_model"], "reverse.inspection")
        self.assertEqual((left | late).mapped("unclaimed_reason"), ["minimum"] * 2)
        self.agreement.write({"minimum": 0.0, "deadline_days": 3})
        late.sudo().receipt_move_id.reverse_done_at -= timedelta(5)
        self._note_every_night()
        self.assertEqual(late.unclaimed_reason, "late")
        self.agreement.active = False
        (left | late)._note_claimable()
        self.assertEqual((left | late).mapped("unclaimed_reason"), ["no_agreement"] * 2)
        plug = self._create_product("Plug", categ_id=self.perpetual.id)
        self.env["stock.quant"]._update_available_quantity(
            plug, self.warehouse.lot_stock_id, 1
        )
        self.assertEqual(
            self._broken(self._sell(1, product=plug)).unclaimed_reason, "unknown"
        )
        # what was inspected before this was noted is found, too
        left._guarded_write({"unclaimed_reason": False, "claimable_value": False})
        self.agreement.active = True
        self._note_every_night()
        self.assertEqual(left.unclaimed_reason, "late")
        claim = self._claim(left)
        self.assertEqual(left.unclaimed_reason, "draft")
        self._call(claim, "action_cancel")
        self.assertEqual(left.unclaimed_reason, "late")

    def _note_every_night(self):
        """Run the scheduled action, which goes on from one batch to the next."""
        parts = self.env["reverse.inspection"]
        batches = []
        # it commits what it has done
        with (
            patch.object(quality, "BATCH", 1),
            patch.object(
                IrCron,
                "_commit_progress",
                lambda cron, done=0, **left: batches.append((done, left)) or 60.0,
            ),
        ):
            parts._cron_note_claimable()
        found = len(parts._find_not_claimed())
        self.assertEqual(batches.pop(0), (0, {"remaining": found}))
        self.assertGreater(len(batches), 1)
        self.assertEqual(sum(done for done, _left in batches), found)

    def _scorecard(self):
        card = self.supplier._get_reverse_scorecard()
        self.assertEqual((card["rate"].defective, card["rate"].received), (4.0, 5.0))
        self.assertEqual(card["rate"].ppm, 800000.0)
        self.assertEqual((card["parts"], card["no_trouble_parts"]), (5, 1))
        self.assertEqual(card["no_trouble"], 20.0)
        self.assertEqual((card["receipts"], card["complaints"]), (1, 100.0))
        self.assertEqual(card["on_time"], 100.0)
        self.bought.date_planned -= timedelta(2)
        self.assertEqual(self.supplier._get_reverse_scorecard()["on_time"], 0.0)
        self.assertEqual((card["recovered_share"], card["claimed_share"]), (50.0, 50.0))
        self.assertEqual((card["days_answer"], card["days"]), (0.0, 0.0), "at once")
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "reverse_logistics_supplier_claims.report_scorecard", self.supplier.ids
        )
        page = " ".join(html.decode().split())
        self.assertIn("800,000", page)
        self.assertIn("4 of 5 received; with 95% certainty between", page)
        with self.assertRaises(AccessError):
            self._as("inspector", self.supplier)._get_reverse_scorecard()
        empty = self.stranger._get_reverse_scorecard()
        self.assertEqual((empty["rate"], empty["recovered_share"]), (None, None))
        self.assertEqual((empty["days_answer"], empty["days"]), (None, None))

    def _net_result(self, rma):
        """400 were given for four pumps, 40 came back."""
        rma = self._as("claims_user", rma)
        self._settled(rma)
        self.assertEqual(
            (rma.given_value, rma.recovered_value, rma.net_result),
            (400.0, 40.0, -360.0),
        )

    def _settled(self, rma):
        settlement = rma.sudo().settlement_ids
        self._call(self._as("service", settlement), "action_submit")
        self._call(self._as("approver", settlement), "action_approve")
        self._call(self._as("releaser", settlement), "action_release")
        rma.invalidate_recordset()

    def test_what_was_given_keeps_its_rate(self):
        """A claim in euros: 100 dollars given are 50, also when the euro has fallen."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        today = fields.Date.today()
        euro.rate_ids = [
            Command.clear(),
            Command.create({"name": today - timedelta(9), "rate": 0.5}),
        ]
        part = self._broken(self.sold)
        self._settled(part.rma_id)
        claim = self.env["reverse.supplier.claim"]._guarded_create(
            [
                {
                    "partner_id": self.supplier.id,
                    "currency_id": euro.id,
                    "company_id": self.company.id,
                    "line_ids": [Command.create({"inspection_id": part.id})],
                }
            ]
        )
        line = claim.line_ids
        self.assertEqual(line.amount_granted, 50.0)
        given = part.settlement_line_ids
        self.env.cr.execute(
            "UPDATE reverse_settlement_line SET create_date = %s WHERE id IN %s",
            (today - timedelta(5), tuple(given.ids)),
        )
        euro.rate_ids = [Command.create({"name": today, "rate": 0.25})]
        self.env.invalidate_all()
        self.assertEqual(line.amount_granted, 50.0)

    def test_other_currency(self):
        """Claims in another currency add up in the company's."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        euro.rate_ids = [Command.clear(), Command.create({"rate": 0.5})]
        claim = self.env["reverse.supplier.claim"]._guarded_create(
            [
                {
                    "partner_id": self.supplier.id,
                    "currency_id": euro.id,
                    "company_id": self.company.id,
                    "line_ids": [
                        Command.create({"kind": "other", "amount_claimed": 7.0})
                    ],
                }
            ]
        )
        self.assertEqual(claim.company_rate, 2.0)
        draft = {"unclaimed_reason": "draft", "claim_id": False}
        self.assertEqual(
            self._report("claimed:sum", "claimable:sum", **draft), (False, 14.0, 1)
        )
        self._call(self._as("claims_approver", claim), "action_submit")
        self.assertEqual(self._report("claimed:sum", "claimable:sum"), (14.0, 14.0, 1))
