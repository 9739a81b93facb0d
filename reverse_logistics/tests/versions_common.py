"""Policies with versions: drafts, days, companies and what decides on them."""

from datetime import timedelta

from odoo import Command

from .common import ReturnsCommon


class VersionsCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.users["administrator"]
        cls.versions = cls.env["reverse.policy.version"].with_user(cls.administrator)
        cls.today = cls.company._get_reverse_today()
        cls.shared = cls._get_version()
        cls.category = cls.env["product.category"].create({"name": "Electronics"})
        cls.tag = cls.env["product.tag"].create({"name": "Outlet"})

    @classmethod
    def _day(cls, days):
        return cls.today + timedelta(days=days)

    @classmethod
    def _draft_version(cls, rules=None, policy=None, **values):
        """Make a draft of a policy; of the shared one, when none is named."""
        policy = policy or cls.shared.policy_id
        return cls.versions.create(
            {
                "policy_id": policy.id,
                "rule_ids": [
                    Command.create({"credit_release": "inspection", **rule})
                    for rule in rules or [{"name": "Everything"}]
                ],
                **values,
            }
        )

    @classmethod
    def _own_policy(cls, company=None, **values):
        """Add a policy of a company; its draft has one rule."""
        return cls.env["reverse.policy"].create(
            {
                "name": "Own policy",
                "company_id": (company or cls.company).id,
                **values,
            }
        )

    def _in_force(self, company=None):
        company = company or self.company
        return self.env["reverse.policy.version"]._get_for(company)[company]
