"""Installing on a database in use, upgrading, removing and installing again."""

import os
import subprocess
import sys

from odoo.tools import SQL

from tooling import databases

from . import shop

#: the addons that join the core to an app of Odoo's
JOINING = sorted(databases.addons().keys() - databases.addons(suite=False).keys())

LEFTOVERS = """
    SELECT (SELECT count(*) FROM pg_proc WHERE proname ~ '^reverse_'),
           (SELECT count(*) FROM pg_trigger WHERE tgname ~ '^reverse_'),
           (SELECT count(*) FROM pg_class WHERE relname ~ '^reverse_'),
           (SELECT count(*) FROM information_schema.columns
             WHERE column_name ~ '^reverse_'
               AND table_name IN ('stock_move', 'stock_picking', 'sale_order_line',
                                  'account_move', 'stock_warehouse', 'res_company'))
"""

#: What said which version decided before 19.0.1.4.0, and what says it since:
#: ``{table: (policy, number, version)}``
DECIDED = {
    "reverse_rma": (
        "authorized_by_policy_id",
        "authorized_policy_version",
        "authorized_by_version_id",
    ),
    "reverse_rma_line": ("policy_id", "policy_version", "policy_version_id"),
    "reverse_inspection": ("policy_id", "policy_version", "policy_version_id"),
    "reverse_settlement": ("policy_id", "policy_version", "policy_version_id"),
}


def query(env, text):
    env.cr.execute(text)
    return env.cr.fetchone()


def return_types(env):
    """Which operation type the Return button of each warehouse's deliveries uses."""
    warehouses = env["stock.warehouse"].with_context(active_test=False).search([])
    return {w.code: w.out_type_id.return_picking_type_id for w in warehouses}


def test_install_on_a_database_in_use(plain):
    def trade(env):
        warehouse = env["stock.warehouse"].create({"name": "Second", "code": "TWO"})
        archived = env["stock.warehouse"].create({"name": "Third", "code": "THR"})
        archived.active = False
        first, second = shop.sell(env), shop.sell(env, warehouse)
        opened = shop.press_return(env, shop.sell(env), 1)
        assert opened.location_dest_id.warehouse_id
        return first, second, opened.id

    first, second, opened = plain.run(trade)
    plain.install()

    def check(env):
        warehouses = env["stock.warehouse"].with_context(active_test=False).search([])
        assert {"TWO", "THR"} < set(warehouses.mapped("code"))
        for warehouse in warehouses:
            facility = warehouse.reverse_facility_ids
            assert len(facility.location_ids.filtered("reverse_state")) == 7
            assert (
                return_types(env)[warehouse.code] == warehouse.reverse_receipt_type_id
            )
        assert not env["reverse.rma"].search([])
        for delivery in (first, second):
            rma = env["reverse.rma"].browse(shop.take_back(env, delivery, 2))
            warehouse = (
                env["stock.picking"].browse(delivery).picking_type_id.warehouse_id
            )
            assert (rma.stage, rma.facility_id.warehouse_id) == ("received", warehouse)
        picking = shop.press_return(env, first, 1)
        assert picking.location_dest_id.reverse_state == "inspection"
        # a return that was open before is counted, and is told where to go
        open_picking = env["stock.picking"].browse(opened)
        open_picking.location_dest_id = picking.location_dest_id
        shop.validate(open_picking)
        assert open_picking.reverse_rma_id.exception_ids.type == "no_authorization"

    plain.run(check)


def test_upgrade_passes_twice(installed):
    def trade(env):
        return shop.take_back(env, shop.sell(env), 2)

    rma_id = installed.run(trade)
    before = installed.run(shop.layout)
    for _time in range(2):
        installed.upgrade()

        def check(env):
            assert shop.layout(env) == before
            rma = env["reverse.rma"].browse(rma_id)
            assert env["reverse.event"]._find_breaks(rma) == {}
            assert (rma.stage, rma.event_count) == ("received", 3)
            # of events and of seals: one function each, and two triggers
            assert query(env, LEFTOVERS)[:2] == (2, 4)

        installed.run(check)


def split_versions(env, *tables):
    """Leave tables as before 19.0.1.4.0: policy and number of what decided."""
    for table in tables:
        policy, number, version = map(SQL.identifier, DECIDED[table])
        names = {"table": SQL.identifier(table), "policy": policy, "number": number}
        for statement in (
            "ALTER TABLE %(table)s ADD %(policy)s integer, ADD %(number)s integer",
            """
            UPDATE %(table)s
               SET %(policy)s = before.policy_id, %(number)s = before.number
              FROM reverse_policy_version before
             WHERE before.id = %(table)s.%(version)s
            """,
            "ALTER TABLE %(table)s DROP %(version)s",
        ):
            env.cr.execute(SQL(statement, version=version, **names))


def test_the_version_that_decided_is_still_named(installed):
    def trade(env):
        """Let policy take back, look at and credit goods; a person the next ones."""
        rma = env["reverse.rma"].browse(shop.take_back(env, shop.sell(env), 2))
        part = rma.inspection_ids.with_user(env.ref("base.user_admin"))
        part.condition_id = env.ref("reverse_logistics.condition_a")
        part.action_complete()
        version = env["reverse.policy.version"]._get_for(env.company)[env.company]
        part._guarded_write({"policy_version_id": version.id})
        assert rma.settlement_ids.state == "released"
        other = env["reverse.rma"].browse(shop.take_back(env, shop.sell(env), 1))
        other._guarded_write({"authorized_by_version_id": False})
        return rma.id, other.id, version.id

    def age(env):
        """Leave the database as 19.0.1.2.0 had it, with a view that showed the policy
        on top of another one.
        """
        split_versions(env, *DECIDED)
        env.cr.execute(
            """
            WITH shown AS (
                INSERT INTO ir_ui_view
                            (name, model, type, mode, active, priority, inherit_id,
                             arch_db)
                     SELECT 'level', 'reverse.inspection', 'form', 'extension', TRUE,
                            16, id, jsonb_build_object('en_US', %s)
                       FROM ir_ui_view
                      WHERE id = %s
                  RETURNING id)
            INSERT INTO ir_model_data (module, name, model, res_id)
                 SELECT 'reverse_logistics', 'reverse_inspection_view_form_level',
                        'ir.ui.view', id
                   FROM shown;
            UPDATE ir_module_module SET latest_version = '19.0.1.2.0'
             WHERE name = 'reverse_logistics'
            """,
            [
                '<field name="liability" position="after">'
                '<field name="policy_id" invisible="not policy_id" /></field>',
                env.ref("reverse_logistics.reverse_inspection_view_form").id,
            ],
        )

    rma_id, other_id, version_id = installed.run(trade)
    installed.run(age)
    installed.upgrade()

    def check(env):
        rma, other = env["reverse.rma"].browse([rma_id, other_id])
        version = env["reverse.policy.version"].search([])
        assert version.id == version_id, "nothing was added"
        assert rma.authorized_by_version_id == version
        assert rma.line_ids.policy_version_id == version
        assert rma.inspection_ids.policy_version_id == version
        assert rma.settlement_ids.policy_version_id == version
        assert rma.settlement_ids.decided_by.endswith("version 1")
        view = "reverse_logistics.reverse_inspection_view_form_level"
        assert not env.ref(view, raise_if_not_found=False)
        assert not other.authorized_by_version_id
        assert other.line_ids.policy_version_id == version
        assert env["reverse.event"]._find_breaks(rma + other) == {}
        # what decided cannot be deleted any more, whatever asks for it
        env.cr.execute(
            """
            SELECT conrelid::regclass::text FROM pg_constraint
             WHERE confrelid = 'reverse_policy_version'::regclass
               AND contype = 'f' AND confdeltype = 'r'
            """
        )
        assert {name for (name,) in env.cr.fetchall()} >= {*DECIDED}

    installed.run(check)


def test_returns_of_the_first_version_are_completed(installed):
    def trade(env):
        picking = shop.press_return(env, shop.sell(env), 2)
        shop.validate(picking)
        rma = picking.reverse_rma_id
        assert rma.exception_ids.type == "no_authorization"
        decided = shop.take_back(env, shop.sell(env), 1)
        return rma.id, rma.exception_ids.value, decided

    def age(env):
        """Leave the database as 19.0.1.0.0 would have, with two shared policies."""
        split_versions(env, "reverse_rma", "reverse_rma_line", "reverse_settlement")
        env.cr.execute("DROP INDEX reverse_policy_one_per_company")
        env.cr.execute(
            """
            UPDATE reverse_rma_line SET policy_version = 4
             WHERE policy_version IS NOT NULL;
            UPDATE reverse_rma SET authorized_policy_version = 3
             WHERE authorized_policy_version IS NOT NULL;
            UPDATE reverse_reason SET claim = NULL WHERE code = 'WRONG_ITEM';
            UPDATE reverse_rma SET stage_since = NULL;
            UPDATE reverse_exception SET activity_id = NULL, value = NULL;
            DELETE FROM mail_activity WHERE res_model = 'reverse.rma';
            UPDATE reverse_rma_line SET policy_rule_id = NULL;
            DELETE FROM reverse_policy_version;
            ALTER TABLE reverse_policy
              ADD sequence integer DEFAULT 10,
              ADD version integer DEFAULT 4,
              ADD window_days integer NOT NULL DEFAULT 21,
              ADD authorize boolean DEFAULT FALSE,
              ADD allocation varchar NOT NULL DEFAULT 'oldest',
              ADD validity_days integer NOT NULL DEFAULT 45;
            INSERT INTO reverse_policy (name, active, sequence)
                 VALUES ('{"en_US": "Second"}', TRUE, 20);
            UPDATE ir_module_module SET latest_version = '19.0.1.0.0'
             WHERE name = 'reverse_logistics'
            """
        )

    rma_id, value, decided_id = installed.run(trade)
    assert value > 0
    installed.run(age)
    installed.upgrade()

    def check(env):
        assert env.ref("reverse_logistics.reason_wrong_item").claim == "wrong_item"
        rma = env["reverse.rma"].browse(rma_id)
        assert rma.stage_since == max(rma.requested_at, rma.received_at)
        assert rma.exception_ids.value == value
        assert rma.exception_ids.activity_id.res_id == rma_id
        assert env["reverse.event"]._find_breaks(rma) == {}
        version = env["reverse.policy.version"]._get_for(env.company)[env.company]
        assert version.policy_id == env.ref("reverse_logistics.policy_default")
        assert (version.number, version.validity_days) == (4, 45)
        assert version.allocation == "oldest"
        assert (version.rule_ids.window_days, version.rule_ids.authorize) == (21, False)
        # what decided in the meantime was not kept, and is named all the same
        decided = env["reverse.rma"].browse(decided_id)
        assert decided.line_ids.policy_version_id == version
        before = decided.authorized_by_version_id
        assert (before.number, before.state) == (3, "archived")
        assert before.policy_id == version.policy_id
        assert env["reverse.event"]._find_breaks(decided) == {}
        # what an administrator decided since is not undone by the next upgrade
        env.ref("reverse_logistics.reason_wrong_item").claim = False

    installed.run(check)
    installed.upgrade()
    claim = installed.run(
        lambda env: env.ref("reverse_logistics.reason_wrong_item").claim
    )
    assert not claim


def test_uninstall_with_goods_in_returns_and_install_again(installed):
    def trade(env):
        delivery = shop.sell(env)
        shop.take_back(env, delivery, 2)
        return delivery

    delivery = installed.run(trade)
    before = installed.run(shop.layout)
    goods = installed.run(shop.in_returns)
    assert list(goods.values()) == [2]

    installed.uninstall()

    def without(env):
        assert "reverse.rma" not in env
        assert query(env, LEFTOVERS) == (0, 0, 0, 0)
        assert shop.in_returns(env) == goods
        assert shop.layout(env) == before
        for warehouse in env["stock.warehouse"].search([]):
            assert return_types(env)[warehouse.code] == warehouse.in_type_id
        types = env["stock.picking.type"].browse(before[1])
        assert not types.filtered("active")
        picking = shop.press_return(env, delivery, 1)
        assert picking.location_dest_id.warehouse_id
        picking.action_cancel()
        shop.validate(shop.press_return(env, shop.sell(env), 1))

    installed.run(without)
    installed.install()

    def again(env):
        assert shop.layout(env) == before
        assert shop.in_returns(env) == goods
        for warehouse in env["stock.warehouse"].search([]):
            receipt = warehouse.reverse_receipt_type_id
            assert receipt.id in before[1] and receipt.active
            assert warehouse.reverse_putaway_type_id.active
            assert return_types(env)[warehouse.code] == receipt
            states = warehouse.reverse_facility_ids.location_ids.mapped("reverse_state")
            assert len(list(filter(None, states))) == 7
        rma = env["reverse.rma"].browse(shop.take_back(env, shop.sell(env), 1))
        assert rma.stage == "received"

    installed.run(again)


def test_joining_addons_come_and_go(joined):
    """Each leaves alone, the core works without them, and leaves with all of them."""
    assert JOINING

    def returned(env):
        rma = env["reverse.rma"].browse(shop.take_back(env, shop.sell(env), 2))
        assert rma.stage == "received"
        return rma.id

    def installed_names(env):
        modules = env["ir.module.module"].search(
            [("name", "=like", "reverse_logistics%"), ("state", "!=", "uninstalled")]
        )
        assert set(modules.mapped("state")) == {"installed"}
        return sorted(modules.mapped("name"))

    first = joined.run(returned)
    left = [*JOINING]
    for name in JOINING:
        joined.uninstall(name)
        left.remove(name)
        assert joined.run(installed_names) == ["reverse_logistics", *left]
    second = joined.run(returned)

    joined.install(*JOINING)

    def check(env):
        assert installed_names(env) == ["reverse_logistics", *JOINING]
        rmas = env["reverse.rma"].browse([first, second])
        assert env["reverse.event"]._find_breaks(rmas) == {}
        assert rmas._check_quantities() == {}
        assert returned(env)

    joined.run(check)
    joined.uninstall()

    def without(env):
        assert query(env, LEFTOVERS) == (0, 0, 0, 0)
        assert not env["ir.module.module"].search(
            [("name", "in", JOINING), ("state", "!=", "uninstalled")]
        )
        picking = shop.press_return(env, shop.sell(env), 1)
        assert picking.location_dest_id.warehouse_id
        shop.validate(picking)

    joined.run(without)


def test_verification_command(installed):
    rma_id = installed.run(lambda env: shop.take_back(env, shop.sell(env), 1))

    def verify():
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "odoo", "reverse_verify", "-d", installed.name]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    good = verify()
    # the return's, and that of the company, whose policy came into force
    assert "2 chains checked, 0 broken" in good.stdout, good.stdout
    assert good.returncode == 0

    def tamper(env):
        env.cr.execute("SET LOCAL reverse_logistics.maintenance = 'on'")
        env.cr.execute(
            "UPDATE reverse_event SET name = 'x' WHERE rma_id = %s AND sequence = 2",
            [rma_id],
        )
        return env["reverse.rma"].browse(rma_id).name

    number = installed.run(tamper)
    bad = verify()
    assert bad.returncode == 1
    assert f"{number}: event 2 was changed or is missing" in bad.stdout
