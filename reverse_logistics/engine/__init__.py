"""Decisions in plain Python: no Odoo import, no database, no clock.

Models gather facts in batch, call these functions and write what they return.
"""
