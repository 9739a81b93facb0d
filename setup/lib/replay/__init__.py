"""Replays a wholesaler's real invoices and credits through Odoo and the returns addon.

The package has two halves. One needs nothing but Python: `rows` reads the file,
`documents` makes orders and credits of it, `ledger` says what the file itself lets one
expect, `explain` compares that with what Odoo holds, `output` prints it. The other half
talks to Odoo: `clock`, `keys`, `selection`, `masters`, `stock`, `orders`, `returns`,
`observe`.
`runner` ties them together.
"""
