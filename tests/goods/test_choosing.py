"""What is recommended, and what is not possible, where all addons are installed."""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from odoo.addons.reverse_logistics_choice.tests.common import ChoiceCommon
from odoo.addons.reverse_logistics_resale.tests.common import ResaleCommon
from odoo.addons.reverse_logistics_supplier_claims.tests.common import ClaimCase


class TestChoosing(ChoiceCommon, ResaleCommon, ClaimCase):
    """Kettles that cost 40 and were sold for 100 come back in condition B."""

    def _count(self):
        """Count in the night what goods have brought; give it by disposition."""
        rates = self.env["reverse.recovery.rate"]
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60):
            rates.with_user(1)._cron_count()
        self.env.invalidate_all()
        rates = rates.search([("company_id", "=", self.company.id)])
        return {
            rate.disposition_id.code: (rate.cases, rate.recovered, rate.cost_percent)
            for rate in rates
        }

    def _read(self, part):
        part.invalidate_recordset()
        return html2plaintext(part.choice_table or "")

    def test_what_was_really_recovered_decides_from_the_next_night_on(self):
        """A lot was sold, and of two pumps a supplier has credited one."""
        self._vendor_credits()
        self._vendor_refuses()
        for code, percent in (("RESTOCK", 50), ("LIQUIDATE", 10), ("REGRADE", 20)):
            self._rule(code, percent)
        self.company.reverse_recovery_cases = 1
        sold, regraded = self._found(2), self._found(1)
        self.assertEqual(sold.recommended_disposition_id.code, "RESTOCK")
        self._choose(sold, "LIQUIDATE", "The shelf is full")
        self._choose(regraded, "REGRADE", "The box is torn")
        lot = self._as("service", self.env["reverse.liquidation"]).create(
            {"partner_id": self.stranger.id, "price": 72.0}
        )
        self._call(lot, "action_take_waiting")
        self._call(lot, "action_confirm")
        vendor = {"VENDOR": (2, 40.0, 50.0)}
        self.assertEqual(self._count(), vendor, "what is regraded is not sold")
        # one of two kettles left: half of the price for half of the cost
        self._validate(lot.order_id.picking_ids, 1, backorder=False)
        self.assertEqual(self._count(), {"LIQUIDATE": (1, 36.0, 90.0), **vendor})
        waiting = self._found(1)
        self.assertEqual(waiting.recommended_disposition_id.code, "LIQUIDATE")
        self.assertRegex(
            self._read(waiting), r"90 % \(1 case.*; the rule says 10 %\) of \$\W?40.00"
        )

    def _vendor_credits(self):
        """A supplier credits a pump that was sent back to it."""
        self.agreement.authorization_required = False
        lots = self._create_lots(self.pump, "V1")
        self._purchase(self.pump, 1, lots)
        (part,) = self._broken(self._sell_serials(self.pump, lots))
        claim = self._claim(part)
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self.assertNotIn("VENDOR", self._count(), "nothing came for it yet")
        self._answered(claim, "approve")
        self._credited(claim)

    def _vendor_refuses(self):
        """It credits nothing for another one that has gone back."""
        lots = self._create_lots(self.pump, "V2")
        self._purchase(self.pump, 1, lots)
        (part,) = self._broken(self._sell_serials(self.pump, lots))
        claim = self._claim(part)
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R2")
        self._send(claim)
        self.assertEqual(self._count(), {"VENDOR": (1, 40.0, 100.0)})
        self._answered(claim, "refuse", reason="Dropped")

    def test_what_law_and_dates_forbid_is_never_recommended(self):
        """It stands below, with the reason, whatever it would bring."""
        rules = (("RESTOCK", 100), ("QUARANTINE", 2), ("SCRAP", 1))
        for code, percent in rules:
            self._rule(code, percent)
        paint = self._create_product(
            "Paint 5 l",
            tracking="lot",
            use_expiration_date=True,
            categ_id=self.perpetual.id,
        )
        old, recalled = self._create_lots(paint, "OLD", "L7")
        later = fields.Datetime.now() + timedelta(days=90)
        (old | recalled).write({"expiration_date": later, "removal_date": later})
        parts = {}
        for lot in (old, recalled):
            self._stock(paint, 2, lot)
            (line,) = self._sell_all((paint, 2, lot))
            parts[lot] = self._as("inspector", self._received(line, 2).inspection_ids)
        old.write({"removal_date": fields.Datetime.now() - timedelta(days=1)})
        self._recall(recalled)
        self.company.reverse_espr = True
        protected = self._as("inspector", self._received(self.line, 1).inspection_ids)
        self.product.reverse_trait_ids += self.company._get_protecting_traits()[
            self.company
        ]
        for part, forbidden, said, recommended in (
            (parts[old], "Restock", "was to be taken off sale", "QUARANTINE"),
            (parts[recalled], "Restock", "this was recalled", "QUARANTINE"),
            (protected, "Scrap", "neither be destroyed nor recycled", "RESTOCK"),
        ):
            part.condition_id = self.conditions["B"]
            told = self._read(part)
            with self.subTest(said):
                self.assertEqual(part.recommended_disposition_id.code, recommended)
                self.assertRegex(told, f"(?s){forbidden}.*{said}")
                with self.assertRaisesRegex(UserError, said):
                    self._choose(part, forbidden.upper(), "It brings most")
        self.assertEqual(protected.state, "draft")

    def _recall(self, lot):
        recall = self._as("service", self.env["reverse.recall"]).create(
            {
                "title": "Paint can burn",
                "product_ids": [Command.set(lot.product_id.ids)],
                "lot_ids": [Command.set(lot.ids)],
                "hazard": "It catches fire by itself.",
                "instruction": "Put it outdoors.",
                "without_picture": True,
            }
        )
        self._call(self._as("approver", recall), "action_start")
