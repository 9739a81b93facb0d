"""Deciding many lines by a policy with many rules: how many queries that takes."""

from random import Random

from .rules import MIX, RULES, USUAL

LINES = 10_000
TERMS = {
    "window_days": (14, 30, 60),
    "window_from": ("delivery", "invoice", "order"),
    "proof_serial": (False, False, True),
    "proof_photo": (False, False, False, True),
    "proof_purchase": (False, True),
    "warranty_months": (0, 0, 24),
    "warranty_from": ("delivery", "invoice"),
    "max_quantity": (0, 0, 0, 1, 10),
    "returnless": ("no", "no", "below", "recovery"),
    "returnless_value": (250.0,),
    "authorize": (True, True, False),
}
LAW = (
    {"name": "Withdrawal", "audience": "consumer", "period": 14},
    {
        "name": "Statutory warranty",
        "basis": "statutory_warranty",
        "audience": "both",
        "period": 24,
        "period_unit": "months",
    },
)
VALUES = (0.0, 0.0, 50.0, 150.0)
# Dimensions of which there are no values in a new database, and a name is enough.
TAGS = ("product_tag", "partner_tag")


def put_in_force(env, masters):
    """Put a policy in force with rules about everything that rules can name.

    :param masters: of `masters.prepare`
    """
    random = Random(RULES)
    named = _named(env, masters)
    _mark(random, env, masters, named)
    _forget(env)
    policy = env.ref("reverse_logistics.policy_default")
    version = env["reverse.policy.version"].create({"policy_id": policy.id})
    rules = [_rule(random, named, number) for number in range(1, RULES)]
    rules.append({"name": "Everything else", "sequence": RULES})
    env["reverse.policy.rule"].create(
        [
            {"version_id": version.id, "credit_release": "inspection", **values}
            for values in rules
        ]
    )
    env["reverse.legal.rule"].create(
        [{"version_id": version.id, **values} for values in LAW]
    )
    version._activate(env.user)


def _named(env, masters):
    """What rules name: ``{dimension: ids}``; where there is one company, not that."""
    values = {
        dimension: env[env["reverse.policy.rule"]._fields[each.field].comodel_name]
        for dimension, each in _dimensions().items()
        if dimension != "company"
    }
    named = {dimension: model.search([]).ids for dimension, model in values.items()}
    for dimension in TAGS:
        tags = [{"name": f"{dimension} {number}"} for number in range(8)]
        named[dimension] = values[dimension].create(tags).ids
    agreements = env["reverse.agreement"].create(
        [
            {
                "name": f"Rotation {partner}",
                "partner_ids": [(6, 0, [partner])],
                "kind": "rotation",
                "quota_amount": 5000.0,
            }
            for partner in masters["partners"][:3]
        ]
    )
    countries = env["res.country"].search([], limit=20)
    regions = env["reverse.region"].create(
        [
            {"name": f"Region {number}", "country_ids": [(6, 0, part.ids)]}
            for number, part in enumerate((countries, countries[:9], countries[5:]))
        ]
    )
    return named | {
        "agreement": agreements.ids,
        "partner": masters["partners"],
        "product": masters["products"],
        "category": _grow(env, env["product.product"].browse(masters["products"])),
        "country": countries.ids,
        "region": regions.ids,
    }


def _grow(env, products):
    """Give the category of the products ancestors and siblings; returns all ids."""
    own, categories = products.categ_id, env["product.category"]
    root = categories.create({"name": "Bench: all"})
    branches = categories.create(
        [{"name": f"Bench: {number}", "parent_id": root.id} for number in range(4)]
    )
    own.parent_id = branches[0]
    return (root | branches | own).ids


def _mark(random, env, masters, named):
    """Give products and customers what rules ask of them."""
    for product in env["product.product"].browse(masters["products"]):
        product.product_tag_ids = random.sample(named["product_tag"], 2)
        product.reverse_trait_ids = random.sample(named["trait"], 2)
    for partner in env["res.partner"].browse(masters["partners"]):
        partner.category_id = random.sample(named["partner_tag"], 2)
        partner.country_id = random.choice(named["country"])


def _forget(env):
    """Let rules ask what customers and goods are now: what was kept of them at the sale
    and the request is the same of all, so that few rules would decide.
    """
    env.cr.execute("UPDATE reverse_rma SET customer_facts = NULL")
    env.cr.execute("UPDATE sale_order SET reverse_agreed = NULL")
    env.cr.execute("UPDATE sale_order_line SET reverse_agreed = NULL")


def _dimensions():
    from odoo.addons.reverse_logistics.engine.dimensions import DIMENSIONS

    return DIMENSIONS


def _rule(random, named, number):
    conditions = {}
    while not conditions:
        for dimension, each in _dimensions().items():
            share, _values, most = MIX.get(dimension, USUAL)
            if dimension in named and random.random() < share:
                ids = random.sample(named[dimension], min(most, len(named[dimension])))
                conditions[each.field] = [(6, 0, ids)]
    value_from = random.choice(VALUES)
    return {
        "name": f"Rule {number}",
        "sequence": number,
        "value_from": value_from,
        "value_to": random.choice((0.0, 0.0, 4 * value_from)),
        **conditions,
        **{name: random.choice(values) for name, values in TERMS.items()},
    }


def choose(env):
    """The lines that are decided."""
    return env["reverse.rma.line"].search([], limit=LINES)


def decide(lines):
    """What is measured: find the version in force and let it decide."""
    versions = lines.env["reverse.policy.version"]._get_for(lines.company_id)
    return lines._evaluate(versions)


def check(verdicts, lines):
    """Only what was decided by many rules, in many ways, is a measurement."""
    assert len(verdicts) == len(lines) == LINES, "not all lines were decided"
    for name in ("policy_rule_id", "decision_code"):
        found = {verdict[name] for verdict in verdicts.values()}
        assert None not in found and len(found) > 2, f"always the same {name}"
