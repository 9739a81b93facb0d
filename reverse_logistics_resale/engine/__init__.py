"""Decisions of this addon in plain Python, without Odoo."""
