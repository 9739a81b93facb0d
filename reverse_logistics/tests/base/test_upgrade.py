"""What an upgrade makes of records that are there already."""

from ast import literal_eval
from datetime import datetime
from pathlib import Path

from odoo import Command
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import ReturnsCommon

SCRIPTS = Path(__file__).parents[2] / "migrations"


def _load(name):
    return load_script(str(SCRIPTS / f"{name}.py"), name.replace("-", "_"))


class UpgradeCase(ReturnsCommon):
    def _upgrade(self, name):
        script = _load(name)
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestUpgrade(UpgradeCase):
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
        self._upgrade("19.0.1.3.0/pre-settlement")
        self._upgrade("19.0.1.3.0/end-settlement")
        after = [[each[name] for name in names] for each in documents]
        self.assertEqual(after[0], before[0])
        self.assertEqual(released.line_ids.mapped("amount_total"), shares[:1])
        self.assertEqual(waiting.amount_untaxed, before[1][0])
        self.assertEqual(
            waiting.amount_total, sum(waiting.line_ids.mapped("amount_total"))
        )
        self.assertGreater(waiting.amount_tax, 0)


@tagged("post_install", "-at_install")
class TestUpgradeWords(UpgradeCase):
    """What is kept of new sales and words is kept of those of before."""

    def test_orders_agreed_on_what_they_would_agree_on_today(self):
        state = self.env.ref("base.state_us_5")
        place = {"state_id": state.id, "country_id": state.country_id.id}
        seat, empty = self.env["res.partner"].create(
            [
                {"name": "Seat", "is_company": True, "zip": "90001", **place},
                {"name": "Empty", "zip": ""},
            ]
        )
        tag = self.env["res.partner.category"].create({"name": "Large"})
        self.customer.category_id = tag
        dock = seat.create({"name": "Dock", "type": "delivery", "parent_id": seat.id})
        self.customer.write({"zip": "10115", "country_id": self.env.ref("base.de").id})
        orders = self.env["sale.order"].union(
            *(
                self._new_order((self.product, 1), partner_shipping_id=address.id)
                for address in (dock, self.customer, empty)
            )
        )
        kept = [{**order.reverse_agreed} for order in orders]
        self.assertEqual([own["zip"] for own in kept], ["90001", "10115", None])
        self.assertEqual([own["state"] for own in kept], [state.id, None, None])
        self.assertEqual([own["tags"] for own in kept], [tag.ids] * 3)
        for own in kept:
            del own["day"]  # nobody kept on which day it was confirmed
        orders.write({"reverse_agreed": False})
        self._upgrade("19.0.1.4.0/post-order")
        self.assertEqual([order.reverse_agreed for order in orders], kept)

    def test_deliveries_without_an_order_went_to_whom_they_name_today(self):
        line, moved = self._sold()
        self.customer.write({"zip": "10115", "country_id": self.env.ref("base.de").id})
        moved.sale_line_id = False
        moved._agree_reverse_unordered()
        kept = {**moved.reverse_agreed}
        self.assertEqual((kept["owner"], kept["zip"]), (self.customer.id, "10115"))
        # which tags and traits the goods had, nobody knows
        kept["goods"] = {
            name: value
            for name, value in kept["goods"].items()
            if name in ("product", "warranty_months", "categories")
        }
        moved.reverse_agreed = False
        self._upgrade("19.0.1.4.0/post-move")
        self.assertEqual(moved.reverse_agreed, kept)

    def test_returns_under_way_are_decided_for_whom_they_name_today(self):
        tag = self.env["res.partner.category"].create({"name": "Large"})
        self.customer.category_id = tag
        line = self._sell(2)
        asked = self._requested(line).sudo()
        draft = self._draft(line).sudo()
        kept = {**asked.customer_facts}
        self.assertEqual(kept, {"owner": self.customer.id, "tags": tag.ids})
        asked.flush_recordset()
        self.env.cr.execute("UPDATE reverse_rma SET customer_facts = NULL")
        self._upgrade("19.0.1.4.0/post-customer")
        self.assertEqual(asked.customer_facts, kept)
        self.assertFalse(draft.customer_facts)

    def test_all_that_was_done_has_a_day(self):
        """Of what was created as done, the version before kept none."""
        moved = self._sold()[1]
        entered = datetime(2026, 3, 1, 9)
        moved.write({"date": entered, "reverse_done_at": False})
        self._upgrade("19.0.1.4.0/post-day")
        self.assertEqual(moved.reverse_done_at, entered)

    def test_who_noted_a_warranty(self):
        noted, loaded, other = self._create_lots(self.serial_product, "N", "L", "O")
        (noted | loaded).reverse_warranty_from = "2026-01-01"
        clerk = self.users["service"]
        (noted | loaded | other).flush_recordset()
        self.env.cr.execute(
            "UPDATE stock_lot SET reverse_word_by_id = NULL,"
            " write_uid = CASE WHEN id = %s THEN 1 ELSE %s END WHERE id IN %s",
            (loaded.id, clerk.id, (noted | loaded | other)._ids),
        )
        self._upgrade("19.0.1.4.0/post-lot")
        self.assertEqual(noted.reverse_word_by_id, clerk)
        self.assertFalse((loaded | other).reverse_word_by_id)


@tagged("post_install", "-at_install")
class TestUpgradeVersions(UpgradeCase):
    """Policy and number of its version become one reference."""

    def _decided(self):
        """Give documents that policy decided, of every kind."""
        rma = self._return(self._sell(3), condition="A")
        version = self._get_version()
        rma.inspection_ids._guarded_write({"policy_version_id": version.id})
        documents = {
            rma: "authorized_by_version_id",
            **dict.fromkeys(
                (rma.line_ids, rma.inspection_ids, rma.settlement_ids),
                "policy_version_id",
            ),
        }
        for document, name in documents.items():
            self.assertEqual(document[name], version, document)
        return documents

    def _age(self):
        """Leave the tables as the version before had them."""
        self.env.flush_all()
        for table, columns in _load("19.0.1.4.0/post-version").COLUMNS.items():
            policy, number, version = map(SQL.identifier, columns)
            names = {
                "table": SQL.identifier(table),
                "policy": policy,
                "number": number,
                "version": version,
            }
            for query in (
                "ALTER TABLE %(table)s ADD %(policy)s integer, ADD %(number)s integer",
                """
                UPDATE %(table)s SET %(policy)s = before.policy_id,
                                     %(number)s = before.number
                  FROM reverse_policy_version before
                 WHERE before.id = %(table)s.%(version)s
                """,
                "UPDATE %(table)s SET %(version)s = NULL",
            ):
                self.env.cr.execute(SQL(query, **names))
        self.env.invalidate_all()

    def test_the_version_that_decided_is_found(self):
        documents = self._decided()
        person = self._requested(self._sell(1))
        person._guarded_write({"authorized_by_version_id": False})
        versions = self.env["reverse.policy.version"]
        before = versions.search_count([])
        self._age()
        for document, name in documents.items():
            self.assertFalse(document[name], document)
        self._upgrade("19.0.1.4.0/post-version")
        for document, name in documents.items():
            self.assertEqual(document[name], self._get_version(), document)
        self.assertFalse(person.authorized_by_version_id)
        self.assertEqual(versions.search_count([]), before)
        rmas = person + next(iter(documents))
        self.assertEqual(self.env["reverse.event"]._find_breaks(rmas), {})

    def test_versions_that_were_not_kept_are_named_and_decide_nothing(self):
        line = self._sell(3)
        rma = self._received(line)
        current = self._get_version()
        self._age()
        self.env.cr.execute(
            "UPDATE reverse_rma_line SET policy_version = 77 WHERE id = %s",
            rma.line_ids.ids,
        )
        self._upgrade("19.0.1.4.0/post-version")
        self.assertEqual(rma.authorized_by_version_id, current)
        lost = rma.line_ids.policy_version_id
        self.assertEqual(
            (lost.policy_id, lost.number, lost.state),
            (current.policy_id, 77, "archived"),
        )
        self.assertEqual(lost.display_name, f"{current.policy_id.name}, version 77")
        self.assertIn("Its rules are not known", lost.note)
        self.assertFalse(lost.is_altered)
        self.assertFalse(lost.activated_at or lost.date_from)
        self.assertEqual(self._get_version(), current)
        self.assertEqual(current._get_difference(lost)[-1]["change"], "added")
        # What it would have credited is not known either: a person decides.
        self._inspect(rma.inspection_ids)
        self.assertEqual(rma.settlement_ids.state, "draft")
        self.assertFalse(rma.settlement_ids.policy_version_id)

    def test_favorites_and_exports_name_it(self):
        favorites = self.env["ir.filters"].create(
            [
                {
                    "name": "Returns",
                    "model_id": "reverse.rma",
                    "domain": "[('authorized_by_policy_id', 'ilike', 'policy_id')]",
                    "context": "{'group_by': ['authorized_policy_version']}",
                },
                {
                    "name": "Credits",
                    "model_id": "reverse.settlement",
                    "domain": '[("policy_id", "=", 1), ("policy_version", ">", 2)]',
                    "context": "{'group_by': ['rma_id', 'policy_id']}",
                    "sort": '["policy_version desc", "id"]',
                },
                {
                    "name": "Versions",
                    "model_id": "reverse.policy.version",
                    "domain": "[('policy_id', '!=', False)]",
                },
            ]
        )
        template = self.env["ir.exports"].create(
            {
                "name": "Lines",
                "resource": "reverse.rma.line",
                "export_fields": [
                    Command.create({"name": name})
                    for name in ("policy_id", "policy_id/name", "policy_version")
                ],
            }
        )
        untouched = favorites[2].domain
        self._upgrade("19.0.1.4.0/post-favorite")
        returns, credits_, versions = favorites
        self.assertEqual(
            returns.domain,
            "[('authorized_by_version_id.policy_id', 'ilike', 'policy_id')]",
        )
        self.assertEqual(returns.context, "{'group_by': ['authorized_by_version_id']}")
        self.assertEqual(
            credits_.domain,
            '[("policy_version_id.policy_id", "=", 1), '
            '("policy_version_id.number", ">", 2)]',
        )
        self.assertEqual(
            credits_.context, "{'group_by': ['rma_id', 'policy_version_id']}"
        )
        self.assertEqual(credits_.sort, '["policy_version_id desc", "id"]')
        self.assertEqual(versions.domain, untouched)
        self.assertEqual(
            template.export_fields.mapped("name"),
            [
                "policy_version_id/policy_id",
                "policy_version_id/policy_id/name",
                "policy_version_id/number",
            ],
        )
        for favorite in favorites[:2]:
            model = self.env[favorite.model_id]
            model.search(literal_eval(favorite.domain))
            groups = literal_eval(favorite.context)["group_by"]
            model.formatted_read_group([], groups, ["__count"])


@tagged("post_install", "-at_install")
class TestUpgradeMails(UpgradeCase):
    def test_templates_that_nobody_changed_say_what_is_shipped(self):
        """What somebody wrote or switched off stays as it is."""
        names = ("facility", "withdrawal", "collection")
        templates = [
            self.env.ref(f"reverse_logistics.mail_template_{name}") for name in names
        ]
        shipped = [template.body_html for template in templates]
        old, written, archived = templates
        for template in templates:
            template.body_html = "<p>Of before</p>"
        archived.active = False
        self.env.flush_all()
        day = "2026-01-01 12:00:00"
        for template, changed in ((old, day), (written, "2026-02-01 12:00:00")):
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_template SET create_date = %s, write_date = %s "
                    "WHERE id = %s",
                    *(day, changed, template.id),
                )
            )
        self.env.cr.execute(
            SQL(
                "UPDATE mail_template SET create_date = %s WHERE id = %s",
                *(day, archived.id),
            )
        )
        self.env.invalidate_all()
        self._upgrade("19.0.1.4.0/post-mail")
        self.assertEqual(old.body_html, shipped[0])
        self.assertIn("Of before", written.body_html)
        self.assertEqual(
            (archived.active, archived.body_html), (False, written.body_html)
        )


@tagged("post_install", "-at_install")
class TestUpgradeViews(UpgradeCase):
    def test_views_that_were_folded_into_others_are_gone_before_these_are_checked(self):
        base = self.env.ref("reverse_logistics.reverse_inspection_view_form")
        arch = '<form position="inside"><field name="disposition_id"/></form>'
        values = {"model": base.model, "inherit_id": base.id, "arch": arch}
        views = self.env["ir.ui.view"].create(
            [{"name": name, **values} for name in ("folded", "of a company")]
        )
        self.env["ir.model.data"].create(
            {
                "module": "reverse_logistics",
                "name": "reverse_inspection_view_form_folded",
                "model": views._name,
                "res_id": views[0].id,
            }
        )
        self._upgrade("19.0.1.4.0/pre-version")
        self.assertEqual(views.exists(), views[1])
        self.assertTrue(base.exists())
