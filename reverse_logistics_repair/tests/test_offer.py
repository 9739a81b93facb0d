"""Whether policy offers repairs."""

from odoo.tests import Form
from odoo.tests.common import tagged

from .common import RepairCommon


@tagged("post_install", "-at_install")
class TestOffer(RepairCommon):
    def _asked(self, wanted="repair"):
        line, lot = self._sell_pump(f"P-{wanted}")
        return self._requested(
            line, lot_id=lot.id, rma={"settlement_type": wanted}
        ).line_ids

    def test_repairs_are_offered_unless_a_rule_says_no(self):
        self.assertEqual(self._asked().decision, "authorize")

    def test_repairs_that_are_not_offered_are_an_exception(self):
        version = self._set_policy(offer_repair=False)
        self.assertIn("no repair", version.rule_ids.says)
        line = self._asked()
        self.assertEqual(
            (line.decision, line.decision_code), ("exception", "settlement")
        )
        self.assertEqual(
            line.explanation, "For this product we offer: refund, replacement."
        )
        self.assertEqual(self._asked("refund").decision, "authorize")

    def test_simulations_of_before_are_not_outdated(self):
        line = self._sell(1)
        version = self._get_version().copy()
        simulation = self.env["reverse.simulation"].create(
            {
                "version_id": version.id,
                "company_id": self.env.company.id,
                "scope": "deliveries",
                "date_from": line.order_id.date_order,
                "date_to": line.order_id.date_order,
            }
        )
        text = version._make_snapshot().replace('"offer_repair":true,', "")
        simulation._guarded_write({"snapshot": text})
        self.assertFalse(simulation.is_outdated)
        version.rule_ids.offer_repair = False
        simulation.invalidate_recordset()
        self.assertTrue(simulation.is_outdated)

    def test_versions_of_before_offer_repairs(self):
        """A snapshot that does not know the question says what a new rule would."""
        version = self._set_policy()
        text = version.snapshot.replace('"offer_repair":true,', "")
        self.assertNotEqual(text, version.snapshot)
        version._guarded_write(
            {"snapshot": text, "snapshot_hash": version._hash_snapshot(text)}
        )
        self.env.registry.clear_cache()
        self.assertEqual(self._asked().decision, "authorize")

    def test_it_is_on_the_form_of_the_rule(self):
        draft = self._get_version().copy()
        with Form(draft.rule_ids) as form:
            form.offer_repair = False
        self.assertFalse(draft.rule_ids.offer_repair)
        self.assertIn("no repair", draft.rule_ids.says)
