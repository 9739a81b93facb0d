"""Rules of deadlines, and time that passes."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields

from .common import ReturnsCommon

#: a Wednesday
NOW = datetime(2030, 3, 6, 10, 0)


class SlaCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(20)
        cls.rules = cls.env["reverse.sla.rule"]
        cls.rules.search([]).active = False
        cls._set_policy(authorize=False)
        cls.approver = cls.env.ref("reverse_logistics.group_approver")
        cls.administrator = cls.env.ref("reverse_logistics.group_administrator")
        cls.shop = cls.env.ref("reverse_logistics.channel_shop")

    @classmethod
    def _rule(cls, limit=2.0, **values):
        return cls.rules.create(
            {
                "name": f"Within {limit}",
                "stage": "requested",
                "limit": limit,
                "working_time": False,
                **values,
            }
        )

    def _escalating(self, **values):
        return self._rule(
            escalation_limit=5, escalation_group_id=self.administrator.id, **values
        )

    def _wait(self, days, moment=None):
        """Let the scheduled check run later; it commits what it has done."""
        later = (moment or fields.Datetime.now()) + timedelta(days=days)
        with (
            freeze_time(later),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=60.0
            ),
        ):
            self.env["reverse.rma"]._cron_check_sla()

    def _breaches(self, rma):
        return rma.exception_ids.filtered(lambda e: e.type == "sla_breach")
