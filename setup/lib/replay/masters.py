"""Currency, customers, products and the people who handle returns."""

import unicodedata

from odoo import fields

from . import codes, keys

COMPANY = "Online Retail II"
# Names of the file for countries that Odoo names otherwise.
COUNTRIES = {
    "EIRE": "IE",
    "USA": "US",
    "RSA": "ZA",
    "UNITED KINGDOM": "GB",
    "CHANNEL ISLANDS": "JE",
    "CZECH REPUBLIC": "CZ",
    "HONG KONG": "HK",
    "KOREA": "KR",
    "UNITED ARAB EMIRATES": "AE",
}
ROLES = ("service", "receiver", "inspector", "approver", "releaser")


def ensure_company(env):
    """A chart of accounts to invoice with, and pounds to invoice in."""
    env.ref("base.GBP").active = True
    _begin_policy(env)
    if not env.company.chart_template:
        template = env["account.chart.template"]
        template.try_loading("generic_coa", env.company, install_demo=False)
    if not keys.known(env, "pricelist"):
        values = {"name": COMPANY, "currency_id": env.ref("base.GBP").id}
        keys.remember(
            env, "pricelist", {"gbp": env["product.pricelist"].create(values)}
        )
    if not keys.known(env, "category"):
        values = {"name": COMPANY, "property_cost_method": "average"}
        keys.remember(
            env, "category", {"goods": env["product.category"].create(values)}
        )


def _begin_policy(env):
    """The shipped policy was in force already when the file begins."""
    today = fields.Date.context_today(env.company)
    policy = env.ref("reverse_logistics.policy_default")
    version = policy.version_ids.filtered(lambda version: version.state == "active")
    if version.date_from > today:
        version._guarded_write({"date_from": today})


def ensure_users(env):
    """One user for each role; returns ``{role: user id}``."""
    known = keys.known(env, "user")
    for role in ROLES:
        if role not in known:
            group = env.ref(f"reverse_logistics.group_{role}")
            values = {
                "name": f"Replay {role}",
                "login": f"replay.{role}@example.com",
                "group_ids": [(6, 0, [env.ref("base.group_user").id, group.id])],
            }
            user = env["res.users"].with_context(no_reset_password=True).create(values)
            keys.remember(env, "user", {role: user})
    return keys.known(env, "user")


def missing(env, kind, wanted):
    """Those of the wanted keys that have no record yet, in their order."""
    known = keys.known(env, kind)
    return [key for key in wanted if key not in known]


def create_customers(env, countries):
    """Make customers.

    :param countries: ``{customer number: name of the country}``
    """
    ids = country_ids(env, countries.values())
    values = [
        {"name": f"Customer {number}", "ref": number, "country_id": ids[country]}
        for number, country in countries.items()
    ]
    partners = env["res.partner"].create(values)
    keys.remember(env, "partner", dict(zip(countries, partners, strict=True)))


def country_ids(env, names):
    """The country that each name of the file stands for.

    :return: ``{name: id}``, False for a name that is no country, such as "Unspecified"
    """
    ids = {}
    for country in env["res.country"].search([]):
        ids[country.code] = ids[_plain(country.name)] = country.id
    return {
        name: ids.get(COUNTRIES.get(_plain(name), _plain(name)), False)
        for name in names
    }


def _plain(name):
    """A name without case and accents, in which files differ."""
    letters = unicodedata.normalize("NFKD", name.upper())
    return "".join(char for char in letters if not unicodedata.combining(char))


def create_products(env, products):
    """Make products: goods kept in stock, charges as services.

    :param products: ``{code: (name, price)}``, the price seen first in the file
    """
    category = keys.known(env, "category")["goods"]
    values = [
        _goods(code, name, price, category)
        if not codes.charge(code)
        else _charge(code, name, price)
        for code, (name, price) in products.items()
    ]
    made = env["product.product"].create(values)
    keys.remember(env, "product", dict(zip(products, made, strict=True)))


def _goods(code, name, price, category):
    return {
        "name": name,
        "default_code": code,
        "type": "consu",
        "is_storable": True,
        "categ_id": category,
        "list_price": float(price),
        # The file says nothing about cost; a wholesaler's margin will do.
        "standard_price": round(float(price) * 0.6, 2),
        "invoice_policy": "delivery",
        "taxes_id": [(5,)],
        "supplier_taxes_id": [(5,)],
    }


def _charge(code, name, price):
    return {
        "name": name,
        "default_code": code,
        "type": "service",
        "list_price": float(price),
        "invoice_policy": "order",
        "taxes_id": [(5,)],
        "supplier_taxes_id": [(5,)],
    }
