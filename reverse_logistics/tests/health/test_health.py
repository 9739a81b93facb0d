"""Master data: what is missing is found, explained, kept and closed."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.health import reverse_health
from ..common import ReturnsCommon


class HealthCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issues = cls.env["reverse.health.issue"]
        cls.traits = {
            trait.code: trait for trait in cls.env["reverse.trait"].search([])
        }
        cls.env["reverse.sla.rule"].search([]).active = False

    def _check(self):
        self.issues._check_all()

    def _open(self, record, code=None):
        """Open issues of a record, or of a code."""
        found = self.issues.search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("state", "=", "open"),
            ]
        )
        return found.filtered(lambda i: i.code == code) if code else found

    def _rule(self, **values):
        return self.env["reverse.sla.rule"].create(
            {"name": "Watched", "stage": "requested", **values}
        )

    def assertMissing(self, record, code, fix, reason):
        """The record lacks something, for a reason, until it is fixed."""
        self._check()
        issue = self._open(record, code)
        self.assertEqual(len(issue), 1, f"{code} of {record.display_name}")
        self.assertIn(reason, issue.why)
        self.assertEqual(issue.name, record.display_name)
        action = issue.action_open_record()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (record._name, record.id)
        )
        fix()
        self._check()
        self.assertEqual(issue.state, "closed")
        self.assertTrue(issue.closed_on)
        return issue


@tagged("post_install", "-at_install")
class TestHealthChecks(HealthCase):
    """Each check finds what is missing, and only where a rule needs it."""

    def test_dangerous_goods(self):
        template = self.product.product_tmpl_id
        template.reverse_trait_ids = self.traits["HAZARDOUS"]
        self.assertMissing(
            template,
            "un_number",
            lambda: template.write({"reverse_un_number": "UN1993"}),
            "hazard declaration",
        )
        self.assertMissing(
            template,
            "handling",
            lambda: template.write({"reverse_handling": "Keep upright"}),
            "how to handle them",
        )
        self.assertFalse(self._open(template))

    def test_category_that_a_rule_asks_for(self):
        template = self.product.product_tmpl_id
        category = template.categ_id
        template.categ_id = False
        self._check()
        self.assertFalse(self._open(template, "category"))
        self._rule(category_ids=category.ids, name="By kind")
        self.assertMissing(
            template,
            "category",
            lambda: template.write({"categ_id": category.id}),
            "Rules: By kind",
        )

    def test_serial_number_that_a_rule_asks_for(self):
        template = self.product.product_tmpl_id
        self._set_policy(
            [
                {
                    "name": "Kettles",
                    "proof_serial": True,
                    "product_ids": [
                        Command.set((self.product | self.serial_product).ids)
                    ],
                }
            ]
        )
        tagged_ = self.env["product.tag"].create({"name": "Fragile"})
        self.assertMissing(
            template,
            "serial",
            lambda: self._set_policy(product_tag_ids=tagged_.ids),
            "Kettles (",
        )
        self.assertFalse(self._open(self.serial_product.product_tmpl_id, "serial"))
        self.assertFalse(self._open(self.lot_product.product_tmpl_id, "serial"))

    def test_remaining_life_of_what_is_not_tracked(self):
        template = self.product.product_tmpl_id
        template.reverse_min_life_days = 30
        self.assertMissing(
            template,
            "life",
            lambda: template.write({"reverse_min_life_days": 0}),
            "minimum remaining life",
        )

    def test_supplier_of_what_goes_back_to_one(self):
        template = self.product.product_tmpl_id
        template.reverse_trait_ids = self.traits["VENDOR_RETURNABLE"]
        supplier = self.env["res.partner"].create({"name": "Maker"})
        self.assertMissing(
            template,
            "supplier",
            lambda: template.write(
                {"seller_ids": [Command.create({"partner_id": supplier.id})]}
            ),
            "whom to send the goods back",
        )
        self.assertMissing(
            supplier,
            "supplier_address",
            lambda: supplier.write(
                {
                    "street": "Lane 1",
                    "city": "Ghent",
                    "country_id": self.env.ref("base.be").id,
                }
            ),
            "cannot be sent",
        )

    def test_country_that_a_rule_asks_for(self):
        self.customer.customer_rank = 1
        self.customer.country_id = False
        self._check()
        self.assertFalse(self._open(self.customer, "country"))
        rule = self._rule(
            country_ids=self.env.ref("base.be").ids, partner_ids=self.stranger.ids
        )
        self._check()
        self.assertFalse(self._open(self.customer, "country"), "not its customer")
        rule.partner_ids = False
        self.assertMissing(
            self.customer,
            "country",
            lambda: self.customer.write({"country_id": self.env.ref("base.fr").id}),
            "Rules: Watched",
        )

    def test_postal_code_that_a_region_asks_for(self):
        self.customer.write({"customer_rank": 1, "zip": False})
        country, codes = self.env["reverse.region"].create(
            [
                {"name": "Belgium", "country_ids": self.env.ref("base.be").ids},
                {"name": "Ghent", "zip_prefixes": "90"},
            ]
        )
        rule = self._rule(region_ids=country.ids)
        self._check()
        self.assertFalse(self._open(self.customer, "postal_code"))
        rule.region_ids = country | codes
        self.assertMissing(
            self.customer,
            "postal_code",
            lambda: self.customer.write({"zip": "9000"}),
            "Rules: Watched",
        )

    def test_what_a_rule_names_was_archived(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        rule = self._rule(partner_tag_ids=tag.ids)
        tag.active = False
        self.assertMissing(
            rule,
            "archived",
            lambda: tag.write({"active": True}),
            "cannot be chosen any more",
        )

    def test_inactive_rules_need_nothing(self):
        self.product.product_tmpl_id.categ_id = False
        self._rule(category_ids=self.perpetual.ids, active=False)
        draft = self._get_version().copy()
        draft.rule_ids.category_ids = self.perpetual
        self._check()
        self.assertFalse(self._open(self.product.product_tmpl_id, "category"))


@tagged("post_install", "-at_install")
class TestHealthList(HealthCase):
    """The list keeps what it knows; scores show how it develops."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.product.product_tmpl_id
        cls.template.write(
            {
                "reverse_trait_ids": cls.traits["HAZARDOUS"].ids,
                "reverse_handling": "Keep upright",
                "company_id": cls.company.id,
            }
        )

    def test_issue_keeps_its_identity(self):
        with freeze_time("2030-03-01"):
            self._check()
        issue = self._open(self.template)
        with freeze_time("2030-03-02"):
            self.template.name = "Kettle, large"
            self._check()
        self.assertEqual(self._open(self.template), issue)
        self.assertEqual(str(issue.found_on), "2030-03-01")
        self.assertEqual(issue.name, "Kettle, large")
        self.assertEqual(issue.company_id, self.company)
        with freeze_time("2030-03-03"):
            self.template.reverse_un_number = "UN1993"
            self._check()
        self.assertEqual((issue.state, str(issue.closed_on)), ("closed", "2030-03-03"))
        with freeze_time("2030-03-04"):
            self.template.reverse_un_number = False
            self._check()
        self.assertEqual(self._open(self.template), issue)
        self.assertEqual((str(issue.found_on), issue.closed_on), ("2030-03-04", False))

    def test_gone_records_leave_the_list(self):
        goods = self._create_product(
            "Acid", reverse_trait_ids=self.traits["HAZARDOUS"].ids
        )
        self._check()
        issue = self._open(goods.product_tmpl_id, "un_number")
        goods.product_tmpl_id.unlink()
        with self.assertRaisesRegex(UserError, "Acid is gone"):
            issue.action_open_record()
        self._check()
        self.assertEqual(issue.state, "closed")

    def _score(self):
        return self.env["reverse.health.score"].search(
            [("company_id", "=", self.company.id)], limit=1
        )

    def test_score_of_a_day(self):
        self._check()
        before = self._score()
        self.assertEqual(before.day, self.company._get_reverse_today())
        self.assertAlmostEqual(
            before.score,
            100 * (before.checked - before.lacking) / before.checked,
            delta=0.05,
        )
        lacking, checked = before.lacking, before.checked
        self.template.reverse_un_number = "UN1993"
        self._check()
        after = self._score()
        self.assertEqual(after, before, "one a day")
        self.assertEqual((after.lacking, after.checked), (lacking - 1, checked))
        with freeze_time("2030-03-01 12:00"):
            self._check()
        self.assertNotEqual(self._score(), before)

    def test_other_companies_do_not_see_it(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids = [Command.link(other.id)]
        administrator = self._create_user(
            "administrator",
            login="elsewhere",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        seen = self.env(user=administrator, context={"allowed_company_ids": other.ids})
        self._check()
        issue = self._open(self.template)
        self.assertFalse(seen[issue._name].search([("id", "=", issue.id)]))
        scores = seen["reverse.health.score"].search([])
        self.assertEqual(scores.company_id, other)

    def test_check_costs_the_same_for_more_records(self):
        self._rule(category_ids=self.perpetual.ids)
        self._rule(country_ids=self.env.ref("base.be").ids)

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["reverse.health"]._find()
            return self.env.cr.sql_log_count - before

        self._create_gaps("first")
        cost()  # fill Odoo's own caches
        few = cost()
        for number in range(12):
            self._create_gaps(number)
        cost()
        self.assertEqual(cost(), few)
        # of a large catalogue, only a portion is in memory at a time
        found = self.env["reverse.health"]._find()
        with patch(f"{reverse_health.__name__}.PORTION", 5):
            by_portions = self.env["reverse.health"]._find()
        self.assertEqual(by_portions.lacking, found.lacking)
        self.assertEqual(by_portions.checked, found.checked)

    def _create_gaps(self, name):
        """A product, a supplier and a customer that lack everything."""
        traits = self.traits["HAZARDOUS"] | self.traits["VENDOR_RETURNABLE"]
        maker, _customer = self.env["res.partner"].create(
            [{"name": f"Maker {name}"}, {"name": f"Buyer {name}", "customer_rank": 1}]
        )
        self._create_product(
            f"Part {name}",
            categ_id=False,
            reverse_trait_ids=[Command.set(traits.ids)],
            seller_ids=[Command.create({"partner_id": maker.id})],
        )

    def test_a_second_check_writes_nothing(self):
        self._check()
        self.env.flush_all()
        before = self.issues.search([]).mapped("write_date")
        with freeze_time("2030-03-01"):
            self._check()
        self.assertEqual(self.issues.search([]).mapped("write_date"), before)

    # ------------------------------------------------------------------
    # Who
    # ------------------------------------------------------------------
    def test_only_the_check_writes(self):
        self._check()
        issue = self._open(self.template)
        for role in ("administrator", "auditor"):
            self.assertEqual(self._as(role, issue).state, "open")
            with self.assertRaisesRegex(AccessError, "not allowed to modify"):
                self._as(role, issue).state = "closed"
        with self.assertRaisesRegex(AccessError, "not allowed to access"):
            self._as("service", issue).read(["name"])

    def test_administrator_checks_now(self):
        # as the button above the list does, with nothing chosen
        action = self._rpc(
            self.users["administrator"], self.issues._name, "action_check_now", []
        )
        self.assertEqual(action["tag"], "soft_reload")
        self.assertTrue(self._open(self.template))
        with self.assertRaisesRegex(AccessError, "checked by the role “Administrator”"):
            self._as("auditor", self.issues).action_check_now()

    def test_one_check_at_a_time(self):
        cron = self.env.ref("reverse_logistics.cron_check_health")
        with (
            patch.object(type(cron), "try_lock_for_update", return_value=cron.browse()),
            self.assertRaisesRegex(UserError, "is being checked"),
        ):
            self._as("administrator", self.issues).action_check_now()

    def test_nightly_check(self):
        cron = self.env.ref("reverse_logistics.cron_check_health")
        self.assertEqual(cron.code, "model._cron_check()")
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", return_value=60.0
        ):
            self.issues._cron_check()
        self.assertTrue(self._open(self.template))
