"""Whatever rules can restrict is known wherever it has to be."""

from odoo import Command
from odoo.tests import tagged

from ...engine import conflicts, matching
from ...engine.dimensions import DIMENSIONS
from ...models.rules import facts
from ...models.rules.reverse_rule_mixin import RULE_FIELDS
from ..control_common import ControlCase


@tagged("post_install", "-at_install")
class TestDimensions(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = cls.env["reverse.rule.mixin"]._get_rule_models()

    def _named(self, dimension):
        """The model of what rules name of a dimension."""
        field = self.env["reverse.rule.mixin"]._fields[DIMENSIONS[dimension].field]
        return self.env[field.comodel_name]

    def test_every_kind_of_rule_has_a_field_for_each(self):
        self.assertGreater(len(self.models), 5)
        self.assertEqual(list(RULE_FIELDS), list(DIMENSIONS))
        for rules in self.models:
            for name in RULE_FIELDS.values():
                field = rules._fields[name]
                with self.subTest(rules=rules._name, field=name):
                    self.assertTrue(field.store)
                    self.assertIn(field.type, ("many2one", "many2many"))
                    # a condition that lost its last value would fit everything
                    self.assertEqual(field.ondelete, "restrict")
                    if field.type == "many2many":
                        self.assertEqual(field.context, {"active_test": False})

    def test_there_is_a_fact_of_each(self):
        self.assertEqual(list(facts.FACTS), list(DIMENSIONS))
        order_line, _delivery = self._sold()
        rma = self._draft(order_line)
        found = rma._get_rule_facts()[rma].values
        self.assertEqual(list(found), list(DIMENSIONS))
        self.assertEqual(found["partner"], {self.customer.id: 1})
        self.assertEqual(found["product"], {order_line.product_id.id: 1})
        self.assertEqual(found["company"], {self.company.id: 1})

    def test_what_facts_read_ahead_is_stored(self):
        paths = self.env["reverse.rma.line"]._get_paths_ahead()
        for name, fact in facts.FACTS.items():
            self.assertLessEqual(set(fact.reads), set(paths), name)
        for path in paths:
            model = self.env["reverse.rma.line"]
            for step in path.split("."):
                with self.subTest(path=path, step=step):
                    field = model._fields[step]
                    self.assertTrue(field.store)
                model = self.env[field.comodel_name] if field.relational else None

    def test_the_form_shows_each(self):
        for rules in self.models:
            shown = {
                name
                for _title, names in rules._get_condition_fields()
                for name in names
            }
            self.assertLessEqual(set(RULE_FIELDS.values()), shown, rules._name)

    def test_what_is_named_is_held(self):
        for dimension in DIMENSIONS:
            model = self._named(dimension)
            with self.subTest(dimension=dimension):
                # Odoo itself keeps companies: nobody deletes one that has returns.
                self.assertTrue(
                    model._name == "res.company"
                    or hasattr(model, "_unlink_except_named_by_rule")
                )

    def test_of_another_companys_nothing_is_named(self):
        known = set(self.env["reverse.rule.mixin"]._get_companies_fields())
        self.assertEqual(
            known,
            {
                "partner_ids",
                "agreement_ids",
                "product_ids",
                "facility_ids",
                "region_ids",
            },
        )

    def test_it_is_told_and_carried_in_files(self):
        labels = self.env["reverse.rule.mixin"]._get_dimension_labels()
        self.assertEqual(list(labels), [*DIMENSIONS, *matching.RANGES])
        named = self.env["reverse.policy.version"]._get_named_models()
        for dimension in DIMENSIONS:
            self.assertIn(self._named(dimension)._name, named)

    def test_what_one_thing_has_several_of_may_conflict(self):
        self.assertEqual(
            conflicts.MANY, {"agreement", "partner_tag", "product_tag", "trait"}
        )

    def test_goods_without_a_return_are_known_by_what_they_are(self):
        category = self.env["product.category"].create({"name": "Pumps"})
        self.product.categ_id = category
        found = facts.of_goods(self.product)
        self.assertEqual(list(found), ["product", "product_tag", "trait", "category"])
        self.assertEqual(found["product"], {self.product.id: 1})
        self.assertEqual(found["category"], {category.id: 1})
        found = facts.of_customer(self.customer)
        self.assertEqual(list(found), ["partner", "partner_tag"])
        self.assertEqual(list(facts.of_company(self.company)), ["company"])

    def test_goods_of_which_no_variant_exists_yet_are_known(self):
        tag = self.env["product.tag"].create({"name": "Bulky"})
        category = self.env["product.category"].create({"name": "Pumps"})
        colour = self.env["product.attribute"].create(
            {
                "name": "Colour",
                "create_variant": "dynamic",
                "value_ids": [Command.create({"name": "Red"})],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Pump in colours",
                "product_tag_ids": [Command.set(tag.ids)],
                "categ_id": category.id,
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": colour.id,
                            "value_ids": [Command.set(colour.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        self.assertFalse(template.product_variant_ids)
        found = facts.of_goods(self.env["reverse.health"]._get_variants(template))
        self.assertEqual(found["product"], {})
        self.assertEqual(found["product_tag"], {tag.id: 1})
        self.assertEqual(found["category"], {category.id: 1})
