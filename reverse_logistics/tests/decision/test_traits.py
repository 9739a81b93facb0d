"""What goods are: read from product, order line and what Odoo knows of them."""

from unittest.mock import patch

from psycopg2.errors import CheckViolation, ForeignKeyViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestTraits(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(20)
        cls.traits = {
            trait.code: trait for trait in cls.env["reverse.trait"].search([])
        }

    def _codes(self, lines):
        return [set(found.mapped("code")) for found in lines._get_traits().values()]

    def _line(self, source=None, **values):
        return self._draft(source or self.line, **values).line_ids

    # ------------------------------------------------------------------
    # Where they come from
    # ------------------------------------------------------------------
    def test_product_and_order_line_are_both_read(self):
        self.product.reverse_trait_ids = self.traits["HAZARDOUS"]
        other = self._sell(2)
        other.reverse_trait_ids = self.traits["CUT"]
        self.assertEqual(self._codes(self._line()), [{"HAZARDOUS"}])
        self.assertEqual(self._codes(self._line(other)), [{"HAZARDOUS", "CUT"}])
        self.assertEqual(
            self._codes(self._line(other.move_ids)),
            [{"HAZARDOUS", "CUT"}],
            "the delivery leads to its order line",
        )

    def test_tracking_is_known_without_being_named(self):
        self.assertEqual(self._codes(self._line(self.serial_product)), [{"SERIAL"}])
        self.assertEqual(self._codes(self._line(self.lot_product)), [{"LOT"}])
        self.assertEqual(self._codes(self._line(self.product)), [set()])
        self.traits["LOT"].follows_from = False
        self.assertEqual(self._codes(self._line(self.lot_product)), [set()])

    def test_replenished_on_order_is_a_special_order(self):
        route = self.warehouse.mto_pull_id.route_id
        self.assertTrue(route)
        special = self._sell(2, route_ids=[Command.set(route.ids)])
        lines = self._line(special) | self._line()
        self.assertEqual(self._codes(lines), [{"SPECIAL_ORDER"}, set()])

    def test_routes_of_what_left_change_no_traits(self):
        """Routes have done their work then, so that they are still open to write."""
        route = self.warehouse.mto_pull_id.route_id
        special = self._sell(2, route_ids=[Command.set(route.ids)])
        clerk = self.users["service"]
        route.active = True
        gone, added = [Command.unlink(route.id)], [Command.link(route.id)]
        self._call(special.with_user(clerk), "write", {"route_ids": gone})
        self._call(self.line.with_user(clerk), "write", {"route_ids": added})
        lines = self._line(special) | self._line()
        self.assertEqual(self._codes(lines), [{"SPECIAL_ORDER"}, set()])

    def test_a_route_chosen_before_goods_leave_holds(self):
        route = self.warehouse.mto_pull_id.route_id
        line = self._new_order((self.product, 1)).order_line
        route.active = True
        write = line.with_user(self.users["service"]).write
        write({"route_ids": [Command.link(route.id)]})
        write({"route_ids": [Command.unlink(route.id)]})
        self._deliver(line.order_id)
        self.assertEqual(self._codes(self._line(line)), [{"SPECIAL_ORDER"}])

    def test_orders_of_before_say_it_by_their_route(self):
        route = self.warehouse.mto_pull_id.route_id
        kept = dict(self.line.reverse_agreed)
        kept.pop("made_to_order")
        self.line.write({"reverse_agreed": kept, "route_ids": route})
        self.assertEqual(self._codes(self._line()), [{"SPECIAL_ORDER"}])

    def test_archived_trait_still_counts(self):
        self.product.reverse_trait_ids = self.traits["HAZARDOUS"]
        self.traits["HAZARDOUS"].active = False
        self.env.invalidate_all()
        self.assertEqual(self._codes(self._line()), [{"HAZARDOUS"}])

    def test_traits_cost_the_same_for_more_lines(self):
        products = [
            self._create_product(
                f"Part {n}", reverse_trait_ids=self.traits["REGULATED"].ids
            )
            for n in range(6)
        ]
        order = self._new_order(*((product, 1) for product in products))
        lines = self.env["reverse.rma.line"].concat(
            *(self._draft(line.product_id).line_ids for line in order.order_line)
        )

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self._codes(records), [{"REGULATED"}] * len(records))
            return self.env.cr.sql_log_count - before

        cost(lines)
        self.assertEqual(cost(lines.browse(lines[:2].ids)), cost(lines))

    # ------------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------------
    def test_rule_about_a_trait(self):
        rules = self.env["reverse.sla.rule"]
        rules.search([]).active = False
        rule = rules.create(
            {
                "name": "Cut goods",
                "stage": "requested",
                "trait_ids": self.traits["CUT"].ids,
            }
        )
        line = self._line()

        def found(records):
            return [r for r, _why in rules._match(records, "requested").values()]

        self.assertEqual(found(line._get_rule_facts()), [rules])
        self.line.reverse_trait_ids = self.traits["CUT"]
        self.assertEqual(found(line._get_rule_facts()), [rule])
        self.assertEqual(found(line.rma_id._get_rule_facts()), [rule])
        self.traits["CUT"].active = False
        self.env.invalidate_all()
        self.assertEqual(found(line._get_rule_facts()), [rule])
        self.assertIn("Cut to size", rule.archived_note)

    def test_what_uses_a_trait_keeps_it(self):
        self.product.reverse_trait_ids = self.traits["CUT"]
        self.line.reverse_trait_ids = self.traits["REGULATED"]
        for code in ("CUT", "REGULATED"):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(
                    (ForeignKeyViolation, UserError), "trait|cannot"
                ),
            ):
                self.traits[code].unlink()

    # ------------------------------------------------------------------
    # Minimums
    # ------------------------------------------------------------------
    def test_minimum_value_in_the_company_s_currency(self):
        euro = self.env.ref("base.EUR")
        self._set_rates(euro, ("2020-01-01", 2.0))
        main = self.env["res.company"].create({"name": "Main", "currency_id": euro.id})
        line = self._line(self.product)
        self.assertEqual(line._get_minimum_values(), {line: 0.0})
        self.product.reverse_min_value = 50
        with patch.object(
            type(self.env["res.company"]), "_get_main_company", return_value=main
        ):
            self.env.invalidate_all()
            self.assertEqual(self.product.currency_id, euro)
            self.assertEqual(line._get_minimum_values(), {line: 25.0})
        self.product.company_id = self.company
        self.assertEqual(line._get_minimum_values(), {line: 50.0})

    def test_contradictions_are_refused(self):
        template = self.product.product_tmpl_id
        for name in ("warranty_months", "min_pack", "min_value", "min_life_days"):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(CheckViolation, "reverse_limits_not_negative"),
            ):
                template[f"reverse_{name}"] = -1
                template.flush_recordset()
        with self.assertRaisesRegex(ValidationError, "“1993” is not a UN number"):
            template.reverse_un_number = "1993"
        template.reverse_un_number = "UN1993"
        self.assertEqual(template.reverse_un_number, "UN1993")

    # ------------------------------------------------------------------
    # Who, and where
    # ------------------------------------------------------------------
    def test_traits_are_the_administrator_s(self):
        trait = self.traits["CUT"]
        for role in ("service", "approver", "auditor"):
            self.assertEqual(self._as(role, trait).code, "CUT")
            with self.assertRaisesRegex(AccessError, "not allowed to modify"):
                self._as(role, trait).name = "Sawn"
        self._as("administrator", trait).name = "Sawn"
        self.assertEqual(trait.name, "Sawn")

    def test_code_is_unique(self):
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "code"):
            self.env["reverse.trait"].create({"name": "Again", "code": "CUT"})

    def test_product_form_shows_returns(self):
        with Form(self.product.product_tmpl_id) as form:
            form.reverse_trait_ids.add(self.traits["HAZARDOUS"])
            form.reverse_un_number = "UN3480"
            form.reverse_min_pack = 10
        self.assertEqual(self.product.reverse_trait_ids, self.traits["HAZARDOUS"])
        self.assertEqual(self.product.reverse_min_pack, 10)
        views = self.env["product.product"].get_views([(False, "form")])
        self.assertIn("reverse_packaging_note", views["views"]["form"]["arch"])

    def test_order_line_form_takes_traits(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        with Form(order) as form, form.order_line.edit(0) as line:
            line.reverse_trait_ids.add(self.traits["CUT"])
        self.assertEqual(order.order_line.reverse_trait_ids, self.traits["CUT"])
