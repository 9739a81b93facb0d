"""Nothing of returns goes by the date of a transfer that people may change.

Of what is done they may enter another *date*, as for accounting, and a transfer another
*date_done*. Windows, rights and reports go by the day that we keep:
``stock.move._get_reverse_moved_at()`` and ``stock.picking._get_reverse_done_at()``, and
*reverse_done_at* of moves in domains and SQL.
"""

import ast
import re

import pytest

from tooling import environment

#: Who may read a field of such a name, by file or by file and function, and why.
KNOWN = {
    # Models with a field *date* of their own, and those that describe fields.
    "models/agreements/reverse_holiday.py": "a holiday",
    "models/approvals/reverse_approval.py": "of a vote",
    "models/base/reverse_noted_mixin.py": "a kind of field",
    "models/deposit/reverse_deposit.py": "of a deposit",
    "models/events/reverse_event.py": "of an event",
    "models/events/reverse_event_seal.py": "of a seal",
    "models/extensions/account_move.py": "of an entry",
    "models/extensions/account_payment.py": "of a payment",
    "models/extensions/mail_message.py": "of a message",
    "models/extensions/stock_scrap.py": "of a scrap order",
    "models/fees/reverse_rate_mixin.py": "of a rate",
    "models/fees/reverse_rma_line.py": "of an old sale",
    "models/fees/reverse_settlement_line.py": "of an old sale",
    "models/policy/reverse_policy_rule_mixin.py": "a kind of field",
    "models/policy/reverse_policy_version.py": "a kind of field",
    "models/request/reverse_historic_sale.py": "of an old sale",
    "models/rma/reverse_rma_line.py:_get_invoice_lines": "of an invoice",
    "models/settlement/reverse_settlement.py": "of an old sale",
    "wizards/reverse_return_wizard.py": "shown of an order",
    "models/reverse_ai_credit.py": "of an order",
    "models/reverse_recall.py": "of an old sale",
    "models/allowance/reverse_supplier_agreement.py": "of a bill",
    "models/linking/reverse_supplier_claim.py": "of a bill",
    "models/money/account_move.py": "of a bill",
    "models/money/account_move_line.py": "of a bill",
    "models/money/purchase_order_line.py": "of a bill",
    "models/money/reverse_supplier_claim_line.py": "of a credit note",
    "models/money/stock_move.py": "of a credit note",
    "models/packet/reverse_supplier_claim.py": "of an event",
    "models/portal/reverse_corrective_step.py": "a kind of field",
    "models/provision/reverse_supplier_loss.py": "of an entry",
    "models/reverse_supplier_claim.py": "of an entry",
    "models/request/sources.py:get_delivered_days": "of an old sale; of what is open",
    "models/request/sources.py:get_only_day": "of an old sale",
    "models/extensions/sale_order_line.py:_read_credit_ledger": "of an invoice",
    # Transfers that are still open have no other day.
    "models/extensions/stock_move.py:_get_reverse_moved_at": "the accessor",
    "models/extensions/stock_move.py:_add_reverse_day": "where the day is kept",
    "models/extensions/stock_move.py:_get_reverse_possessed_on": "of what is open",
    "models/extensions/stock_move.py:_fetch_reverse_chains": "of what is open",
    "models/extensions/sale_order_line.py:_get_reverse_sent": "of what is open",
    "models/decision/reverse_rma_line.py:_get_paths_ahead": "of what is open",
    # A date that is entered may make a day earlier, never later.
    "models/extensions/stock_picking.py:_get_reverse_left_on": "the earlier one",
    # What goods are worth at a moment is what Odoo's valuation says, by its own date.
    "models/extensions/product_product.py:_get_value_from_lots": "Odoo's valuation",
    "models/extensions/stock_lot.py:_read_reverse_held": "Odoo's valuation",
    "models/extensions/stock_lot.py:_get_reverse_fifo_value": "Odoo's valuation",
}

#: What people may enter of what is done.
NAMES = {"date", "date_done"}
#: A path to such a field, in a domain, an order or a grouping.
PATH = re.compile(r"^([\w.]+\.)?date(_done)?(:\w+| desc| asc)?(, .*)?$")
#: The same of a table in SQL.
COLUMN = re.compile(
    r"\b(m|moves?|line|ml|stock_move(_line)?)\.date\b|\b\w+\.date_done\b"
)

ADDONS = sorted(environment.addons())


def _find(tree):
    """Yield ``(function, line, text)`` of all that reads a field of such a name."""
    called = {id(call.func) for call in ast.walk(tree) if isinstance(call, ast.Call)}

    def walk(node, function):
        if isinstance(node, ast.FunctionDef):
            function = node.name
        if isinstance(node, ast.Attribute) and node.attr in NAMES:
            if id(node) not in called:
                yield function, node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if PATH.match(node.value) or COLUMN.search(node.value):
                yield function, node.lineno, node.value
        for child in ast.iter_child_nodes(node):
            yield from walk(child, function)

    yield from walk(tree, None)


def _read(addon):
    """Give ``{key of KNOWN, or the next best: [where]}`` of an addon."""
    found = {}
    for folder in ("models", "wizards", "controllers", "report", "cli"):
        for path in sorted((addon / folder).rglob("*.py")):
            name = str(path.relative_to(addon))
            for function, line, text in _find(ast.parse(path.read_text())):
                key = name if name in KNOWN else f"{name}:{function}"
                found.setdefault(key, []).append(f"{addon.name}/{name}:{line} {text}")
    return found


def test_it_is_found():
    code = """
def one(self):
    move.date.date(), self.mapped("date"), [("move_id.date", ">", 1)]
    self.search([], order="date desc"), ["move_id.date:day"], day.date()
    self.env.cr.execute("SELECT move.date FROM stock_move move")
    picking.date_done, [("picking_id.date_done", ">", 1)]
    self.env.cr.execute("SELECT p.date_done FROM stock_picking p")
"""
    assert len(list(_find(ast.parse(code)))) == 9


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_no_date_of_a_transfer_is_read(addon):
    found = _read(addon)
    assert {key: found[key] for key in found.keys() - KNOWN.keys()} == {}


def test_each_exception_is_needed():
    assert set().union(*map(_read, ADDONS)) >= KNOWN.keys()


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_no_page_shows_it(addon):
    pages = [path for path in addon.rglob("*.xml") if "demo" not in path.parts]
    shown = re.compile(
        r"\b(m|\w*moves?|\w*move_ids?|delivery|receipt)\.date\b|\.date_done\b"
    )
    assert [str(path) for path in pages if shown.search(path.read_text())] == []
