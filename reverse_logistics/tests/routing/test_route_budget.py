from odoo import Command
from odoo.tests import tagged

from ..routing_common import RoutingCase


@tagged("post_install", "-at_install")
class TestRouteBudget(RoutingCase):
    """What choosing a way costs does not depend on how many returns want one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._open_daily(cls.centre, 100000)
        cls.centre.freight_ids = [Command.create({"base_amount": 5})]
        region = cls.env["reverse.region"].create(
            {"name": "Home", "country_ids": [Command.set(cls.env.ref("base.us").ids)]}
        )
        cls._set_routes(
            {"target_id": cls.centre.id, "value_from": 50},
            {
                "target_id": cls.centre.id,
                "alternative_ids": [Command.set(cls.depot.ids)],
                "cheapest": True,
                "region_ids": [Command.set(region.ids)],
            },
        )
        cls.customer.country_id = cls.env.ref("base.us")

    def _count(self, rmas):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        versions = self.env["reverse.policy.version"]._get_for(rmas.company_id)
        rules = rmas.line_ids._match_routes(versions)
        routes = rmas._choose_routes(rules)
        self.assertEqual(
            {route.facility for route, _request in routes.values()}, {self.centre.id}
        )
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_returns(self):
        rmas = self.env["reverse.rma"].concat(
            *(self._draft(self.line) for _number in range(12))
        )
        self._count(rmas)
        few, many = self._count(rmas[:2]), self._count(rmas)
        self.assertEqual(few, many)
        self.assertLessEqual(many, 40)
