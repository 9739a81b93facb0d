"""What a line's source is, and who answers for it."""

from odoo.tests import tagged

from ...models.request import sources
from .test_shipping_errors import ClaimCommon


@tagged("post_install", "-at_install")
class TestSourceKinds(ClaimCommon):
    def _kinds(self, lines):
        return [(type(source), found) for source, found in lines._by_source()]

    def test_kinds_answer_one_interface(self):
        layers = self.env["reverse.rma.line"]._get_source_layers()
        for kind in (*sources.SOURCES.values(), *layers.values()):
            said = {name for name in vars(kind) if not name.startswith("_")}
            with self.subTest(kind=kind.__name__):
                self.assertLessEqual(said, set(vars(sources.Source)))
                self.assertTrue(kind.__doc__)

    def test_each_kind_is_given_its_lines_once(self):
        sold, claimed = self._sell(4), self._sell(4)
        rma = self._requested(sold, 1)
        wrong = self._claim(claimed, "short_shipped")
        loose = self._draft(self.product, 1)
        lines = rma.line_ids | wrong.line_ids | loose.line_ids
        self.assertEqual(
            self._kinds(lines),
            [
                (sources.Delivery, rma.line_ids | wrong.line_ids),
                (sources.Source, loose.line_ids),
                (sources.Claim, wrong.line_ids),
            ],
        )

    def test_a_claim_answers_before_what_it_is_about(self):
        for remedy, wanted, given in (
            ("credit", "replacement", "refund"),
            ("reship", "refund", "replacement"),
        ):
            rma = self._claim(self._sell(4), "not_delivered", remedy=remedy)
            line, source = rma.line_ids, rma.line_ids._get_source()
            self.assertTrue(source.is_known(line))
            self.assertFalse(source.has_terms)
            self.assertEqual(source.get_settlement_type(line, wanted), given)

    def test_what_is_named_is_the_source(self):
        line = self._draft(self.product, 1).line_ids
        self.assertEqual(type(line._get_source()), sources.Source)
        self.assertFalse(line._is_sourced())
        order_line = self._sell(4)
        line.sale_line_id = order_line
        self.assertEqual(type(line._get_source()), sources.OrderLine)
        self.assertFalse(line._is_sourced())
        line.move_id = order_line.move_ids
        self.assertEqual(type(line._get_source()), sources.Delivery)
        self.assertTrue(line._is_sourced())
