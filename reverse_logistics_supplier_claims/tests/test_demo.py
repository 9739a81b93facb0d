"""What the demo stories show, where they are installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_supplier_claims"


@tagged("post_install", "-at_install", "reverse_demo")
class TestClaimsDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ("cobalt", "meridian", "orchard")
        found = [f"{OWN}.demo_supplier_{name}" for name in names]
        found.append(f"{OWN}.demo_carrier_north_star")
        partners = [cls.env.ref(name, raise_if_not_found=False) for name in found]
        cls.shown = all(partners)
        cls.partners = cls.env["res.partner"].concat(*filter(None, partners))
        cls.claims = cls.env["reverse.supplier.claim"].search(
            [("partner_id", "in", cls.partners.ids)]
        )

    def test_demo_is_there_when_it_was_installed(self):
        module = self.env.ref(f"base.module_{OWN}")
        self.assertEqual(self.shown, bool(module.demo))
        self.assertEqual(len(self.claims), 4 if self.shown else 0)

    def test_one_pays_one_partly_one_refuses_one_late(self):
        """To the cent: claimed, approved, recovered, written off."""
        told = {
            claim.partner_id.name: (
                claim.state,
                claim.amount_claimed,
                claim.amount_approved,
                claim.amount_recovered,
                claim.amount_written_off,
            )
            for claim in self.claims
        }
        expected = {
            "Cobalt Pump Works": ("closed", 840.0, 840.0, 840.0, 0.0),
            "Meridian Drives": ("closed", 510.0, 360.0, 360.0, 150.0),
            "Orchard Hydraulics": ("closed", 95.0, 0.0, 0.0, 95.0),
            "North Star Freight": ("recovered", 420.0, 420.0, 420.0, 0.0),
        }
        self.assertEqual(told, expected if self.shown else {})
        late = self.claims.filtered(lambda c: c.partner_id.name.startswith("North"))
        self.assertTrue(not late or late.recovered_on > late.response_due)

    def test_books(self):
        """Cobalt's bill and Meridian's later one are lowered by what they credited."""
        refunds = self.claims.line_ids.refund_line_ids.move_id
        self.assertEqual(
            sorted(refunds.mapped("amount_total")),
            [360, 420, 840] if self.shown else [],
        )
        self.assertEqual(set(refunds.mapped("payment_state")) - {"paid"}, set())
        bills = self.env["account.move"].search(
            [
                ("commercial_partner_id", "in", self.partners.ids),
                ("move_type", "=", "in_invoice"),
            ]
        )
        self.assertEqual(
            sorted(bills.mapped("amount_residual")),
            [540, 760, 1500, 1680] if self.shown else [],
        )

    def test_balances(self):
        """What is owed to each, what it cost, and what has come in, to the cent."""
        rows = self.env["account.move.line"]._read_group(
            [
                ("partner_id", "in", self.partners.ids),
                ("parent_state", "=", "posted"),
            ],
            ["partner_id", "account_id"],
            ["balance:sum"],
        )
        owed = {
            "Cobalt Pump Works": {"liability_payable": -1680.0, "expense": 1680.0},
            "Meridian Drives": {"liability_payable": -2040.0, "expense": 2040.0},
            "Orchard Hydraulics": {"liability_payable": -760.0, "expense": 760.0},
            "North Star Freight": {
                "liability_payable": 0.0,
                "expense": -420.0,
                "asset_current": 420.0,
            },
        }
        booked = {}
        for partner, account, balance in rows:
            booked.setdefault(partner.name, {})[account.account_type] = balance
        self.assertEqual(booked, owed if self.shown else {})

    def test_quants(self):
        """Each piece that was bought is where the stories left it."""
        names = ("BP-2607", "MC-0826", "MC-0931", "OS-1190")
        rows = self.env["stock.quant"]._read_group(
            [("lot_id.name", "in", names), ("quantity", "!=", 0)],
            ["lot_id", "location_id"],
            ["quantity:sum"],
        )
        # bought less sent back; sold and kept; sellable; scrapped or waiting
        places = {
            "BP-2607": {"supplier": -8, "customer": 2, "internal": 4, "scrap": 2},
            "MC-0826": {
                "supplier": -7,
                "customer": 2,
                "internal": 4,
                "vendor_return": 1,
            },
            "MC-0931": {"supplier": -6, "internal": 6},
            "OS-1190": {
                "supplier": -8,
                "customer": 1,
                "internal": 5,
                "vendor_return": 2,
            },
        }
        found = {}
        for lot, place, quantity in rows:
            name = place.reverse_state or place.usage
            found.setdefault(lot.name, {})[name] = quantity
        self.assertEqual(found, places if self.shown else {})

    def test_goods(self):
        """What was sent is gone, what was refused and what nobody claimed is here."""
        parts = self.claims.line_ids.inspection_id
        sent = parts.filtered(lambda part: part.supplier_claim_line_ids.move_ids)
        self.assertEqual(
            sorted(sent.product_id.mapped("default_code")),
            ["BP-075", "MC-25-60"] if self.shown else [],
        )
        self.assertEqual(self.env["reverse.event"]._find_breaks(parts.rma_id), {})
        self.assertEqual(parts.rma_id._check_quantities(), {})
        waiting = self.env["reverse.inspection"].search(
            [
                ("claim_partner_id", "in", self.partners.ids),
                ("unclaimed_reason", "=", "open"),
            ]
        )
        self.assertEqual(
            waiting.mapped("claimable_value"), [210.0] if self.shown else []
        )
