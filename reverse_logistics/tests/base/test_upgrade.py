"""What an upgrade makes of records that are there already."""

from pathlib import Path

from odoo import Command
from odoo.modules.migration import load_script
from odoo.tests import tagged

from ..common import ReturnsCommon

SCRIPTS = Path(__file__).parents[2] / "migrations" / "19.0.1.3.0"


@tagged("post_install", "-at_install")
class TestUpgrade(ReturnsCommon):
    def _upgrade(self, name):
        script = load_script(str(SCRIPTS / f"{name}.py"), name.replace("-", "_"))
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()

    def _forget(self):
        """Leave settlements as the version before had them."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE reverse_settlement SET amount_tax = NULL, amount_total = NULL;
            UPDATE reverse_settlement_line
               SET amount_net = NULL, amount_tax = NULL, amount_total = NULL
            """
        )
        self.env.invalidate_all()

    def test_released_settlements_say_what_their_credit_notes_said(self):
        tax = self._create_tax(20)
        line = self._sell(5, 10.0, tax_ids=[Command.set(tax.ids)])
        released = self._return(line, 2, condition="E").settlement_ids
        self._settle(released)
        waiting = self._return(line, 1, condition="E").settlement_ids
        documents = released | waiting
        names = ("amount_untaxed", "amount_tax", "amount_total")
        before = [[each[name] for name in names] for each in documents]
        shares = documents.line_ids.mapped("amount_total")
        self.assertEqual(released.state, "released")
        self.assertEqual(
            before[0][2], sum(released.credit_note_ids.mapped("amount_total"))
        )
        tax.sudo().amount = 10
        self._forget()
        self._upgrade("pre-settlement")
        self._upgrade("end-settlement")
        after = [[each[name] for name in names] for each in documents]
        self.assertEqual(after[0], before[0])
        self.assertEqual(released.line_ids.mapped("amount_total"), shares[:1])
        self.assertEqual(waiting.amount_untaxed, before[1][0])
        self.assertEqual(
            waiting.amount_total, sum(waiting.line_ids.mapped("amount_total"))
        )
        self.assertGreater(waiting.amount_tax, 0)
