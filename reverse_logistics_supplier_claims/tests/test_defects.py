from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests.common import tagged
from odoo.tools.safe_eval import safe_eval

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestDefects(ClaimCase):
    """Defects by supplier, product and lot, and what returns cost in the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seal = cls._create_product("Seal", categ_id=cls.perpetual.id)
        cls.bought = cls._purchase(cls.seal, 40)
        cls.lots = cls._create_lots(cls.pump, "D1", "D2", "D3", "D4")
        cls._purchase(cls.pump, 4, cls.lots)
        cls.sold = cls._sell(12, product=cls.seal)

    def _report(self, *groups, role="claims_user", **filters):
        self.env.flush_all()
        reports = self._as(role, self.env["reverse.defect.report"])
        domain = [("partner_id", "in", (self.supplier | self.stranger).ids)]
        domain += [(name, "=", value) for name, value in filters.items()]
        names = ("received:sum", "defective:sum", "no_trouble:sum", "ppm:avg")
        return reports._read_group(domain, groups, names)

    def _faultless(self, line):
        part = self._received(line).inspection_ids.with_env(self.env)
        self._call(
            self._as("inspector", part),
            "write",
            {"liability": "customer", "no_trouble_found": True},
        )
        self._inspect(part, "A", "RESTOCK")

    def test_by_supplier_product_and_lot(self):
        """The rate of a group is that of its sums, and the counts stand beside it."""
        self._broken(self.sold, 3)
        self._faultless(self.sold)
        self._broken(self._sell_serials(self.pump, self.lots[:2]), 1)
        self.assertEqual(
            {product: tuple(row) for product, *row in self._report("product_id")},
            {
                self.pump: (4.0, 1.0, 0.0, 250000.0),
                self.seal: (40.0, 3.0, 1.0, 75000.0),
            },
        )
        [(partner, *counts, rate)] = self._report("partner_id")
        self.assertEqual((partner, counts), (self.supplier, [44.0, 4.0, 1.0]))
        self.assertAlmostEqual(rate, 90909.09, places=2)
        rows = self._report("lot_id", product_id=self.pump.id)
        by_lot = {lot: row for lot, *row in rows}
        self.assertEqual(by_lot[self.lots[0]], [1.0, 1.0, 0.0, 1e6])
        self.assertEqual(by_lot[self.lots[3]], [1.0, 0.0, 0.0, 0.0])

    def test_other_units_and_what_is_no_defect(self):
        """Pieces count in the product's unit; faults of others are none of these."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._new_order((self.seal, 1, {"product_uom_id": dozen.id}))
        self._validate(order.picking_ids)
        self._invoice(order)
        part = self._broken(order.order_line, 1)
        self._broken(self.sold, 1, liability="customer")
        self.assertEqual(part.line_id.uom_id, dozen)
        [(_seal, received, defective, _none, rate)] = self._report(
            "product_id", product_id=self.seal.id
        )
        self.assertEqual((received, defective, rate), (40.0, 12.0, 300000.0))

    def test_own_goods_count(self):
        """What we found in our own stock is a defect of its supplier as well."""
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.seal.id),
                ("location_id", "=", self.warehouse.lot_stock_id.id),
            ]
        )
        action = self._as("claims_user", quant).action_claim_supplier()
        entry = self.env[action["res_model"]].browse(action["res_id"])
        entry = entry.with_user(self.users["claims_user"])
        entry.line_ids.write({"quantity": 2, "found": "defect"})
        self._call(entry, "action_confirm")
        self.assertEqual(
            self._report("product_id", product_id=self.seal.id),
            [(self.seal, 40.0, 2.0, 0.0, 50000.0)],
        )
        recovery = self._as("claims_user", self.env["reverse.supplier.report"])
        mine = [("partner_id", "=", self.supplier.id)]
        names = ["claimable:sum", "claimed:sum"]
        self.assertEqual(
            recovery._read_group(mine, ["product_id", "unclaimed_reason"], names),
            [(self.seal, "draft", 80.0, False)],
        )
        claim = self.env["reverse.supplier.claim"].search(mine)
        self._call(self._as("claims_approver", claim), "action_submit")
        self.assertEqual(
            recovery._read_group(mine, ["product_id", "unclaimed_reason"], names),
            [(self.seal, False, 80.0, 80.0)],
        )
        # on the scorecard, too, beside what customers sent back
        self._broken(self.sold, 3)
        self._broken(self._sell_serials(self.pump, self.lots[:1]), 1)
        [(*_counts, ppm)] = self._report()
        rate = self.supplier._get_reverse_scorecard()["rate"]
        self.assertEqual((rate.defective, rate.received), (6.0, 44.0))
        self.assertAlmostEqual(rate.ppm, ppm)

    def test_what_came_back_refused_came_once(self):
        self.agreement.authorization_required = False
        part = self._broken(self.sold, 2)
        claim = self._claim(part)
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self._answered(claim, "refuse", reason="Misuse")
        claim._take_goods_back({claim.line_ids: 2.0})
        [(_seal, received, *_rest)] = self._report(
            "product_id", product_id=self.seal.id
        )
        self.assertEqual(received, 40.0)

    def test_every_document_is_of_a_company(self):
        """Whatever has a company is seen in that company only, also what comes new."""
        addon = "reverse_logistics_supplier_claims"
        names = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == addon
            and "company_id" in model._fields
            and not (model._abstract or model._transient)
        }
        # The law is the same for all companies, so deadlines of carriers have none.
        self.assertNotIn("reverse.claim.deadline", names)
        rules = self.env["ir.rule"].search(
            [("model_id.model", "in", list(names)), ("groups", "=", False)]
        )
        ruled = {
            rule.model_id.model
            for rule in rules
            if rule.domain_force == "[('company_id', 'in', company_ids)]"
        }
        self.assertGreater(len(names), 10)
        self.assertEqual(names - ruled, set())

    def test_who_reads_it(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        user = self.users["claims_user"]
        user.sudo().write({"company_ids": [Command.link(other.id)]})
        self.assertTrue(self._report("partner_id"))
        reports = self.env["reverse.defect.report"].with_user(user)
        elsewhere = reports.with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere.search([("partner_id", "=", self.supplier.id)]))
        with self.assertRaises(AccessError):
            self._report("partner_id", role="inspector")

    def test_net_result_is_listed(self):
        """Returns with something given or claimed; others are not in it."""
        part = self._broken(self.sold)
        idle = self._requested(self.sold)
        claim = self._claim(part)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "reverse_logistics_supplier_claims.reverse_rma_action_net"
        )
        rmas = self._as("claims_user", self.env["reverse.rma"])
        listed = rmas.search(safe_eval(action["domain"]))
        self.assertIn(part.rma_id, listed)
        self.assertNotIn(idle, listed)
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        self._credited(claim)
        [row] = rmas.browse(part.rma_id.id).web_read(
            {"recovered_value": {}, "given_value": {}, "net_result": {}}
        )
        self.assertEqual(
            (row["recovered_value"], row["given_value"], row["net_result"]),
            (40.0, 0.0, 40.0),
        )
