"""Measures what returns cost, in SQL queries and milliseconds.

Three ways to the same result are compared: Odoo's documents made directly (the floor),
Odoo's own wizards, and this project's returns. `docs/performance.md` describes them.
"""
