"""Deciding asks the same of the database however many lines there are."""

from contextlib import ExitStack
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..common import ReturnsCommon

#: Where Odoo's portions of records are known: as if very few lines were very many.
PORTIONS = (
    "odoo.orm.fields.PREFETCH_MAX",
    "odoo.orm.models.PREFETCH_MAX",
    "odoo.addons.reverse_logistics.models.base.reverse_columns.PREFETCH_MAX",
)


@tagged("post_install", "-at_install")
class TestDecisionQueries(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        products = cls.env["product.product"].concat(
            *(cls._create_product(f"Part {number}") for number in range(8))
        )
        cls.tag = cls.env["product.tag"].create({"name": "Fragile"})
        products.product_tag_ids = cls.tag
        cls.env["reverse.region"].create({"name": "Anywhere", "zip_prefixes": "1"})
        cls.customer.category_id = cls.env["res.partner.category"].create(
            {"name": "Gold"}
        )
        cls._set_policy(rules=cls._rules())
        cls.lines = cls.env["reverse.rma.line"].concat(
            *(cls._ask(product) for product in products)
        )

    @classmethod
    def _ask(cls, product):
        order_line, _delivery = cls._sold(product, 2)
        cls._invoice(order_line.order_id)
        order = order_line.order_id.with_user(cls.users["service"])
        rma = order._create_rmas({order_line: 1})
        rma.action_request()
        return rma.line_ids

    @classmethod
    def _rules(cls):
        """Rules about everything that a decision can look at, none of which differ in
        what makes a line take a query of its own.
        """

        def every(model, limit=None):
            return [Command.set(cls.env[model].search([], limit=limit).ids)]

        return [
            {"name": "Everything", "window_from": "order"},
            {"name": "Tag", "product_tag_ids": every("product.tag")},
            {"name": "Trait", "trait_ids": every("reverse.trait")},
            {"name": "Category", "category_ids": every("product.category")},
            {"name": "Customers", "partner_tag_ids": every("res.partner.category")},
            {"name": "Condition", "condition_ids": every("reverse.condition")},
            {"name": "Reason", "reason_ids": every("reverse.reason")},
            {"name": "Channel", "channel_ids": every("reverse.channel")},
            {"name": "Country", "country_ids": every("res.country", 5)},
            {"name": "Region", "region_ids": every("reverse.region")},
            {
                "name": "Value",
                "value_from": 50.0,
                "window_from": "invoice",
                "proof_purchase": True,
                "returnless": "recovery",
            },
        ]

    def _count(self, lines):
        """Queries of deciding, with rights and names known and no record."""
        with ExitStack() as stack:
            for place in PORTIONS:
                stack.enter_context(patch(place, 1))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            company = self.env.company
            versions = self.env["reverse.policy.version"]._get_for(company)
            verdicts = lines._evaluate(versions)
        self.assertEqual(set(verdicts), set(lines))
        return self.env.cr.sql_log_count - before

    def test_many_lines_take_no_more_queries_than_some(self):
        self._count(self.lines)  # fills what Odoo keeps for all transactions
        self.assertEqual(self._count(self.lines), self._count(self.lines[:3]))

    def test_reading_ahead_changes_no_decision(self):
        versions = self.env["reverse.policy.version"]._get_for(self.env.company)
        plain = self.lines._evaluate(versions)
        self.env.invalidate_all()
        with patch(PORTIONS[-1], 1):
            ahead = self.lines._evaluate(versions)
        self.assertEqual(ahead, plain)
        self.assertEqual({each["decision"] for each in plain.values()}, {"authorize"})
