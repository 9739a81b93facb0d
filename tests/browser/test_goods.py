"""Six pieces of one return become six different things, in the inspector's browser."""

import json
import re

from odoo import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

#: What becomes of the pieces, and what an inspector enters beside it.
PIECES = {
    "RESTOCK": {},
    "QUARANTINE": {},
    "SCRAP": {},
    "REGRADE": {"regrade_product_id": "Kettle B"},
    "DONATE": {"donation_partner_id": "Warm Hands"},
    "REFURBISH": {},
}

#: Registered on the page, as no addon knows the dispositions of all.
REGISTER = """
(() => {
    const module = odoo.loader.modules.get("@web/core/registry");
    if (!module || !odoo.isTourReady) {
        return false;
    }
    const tours = module.registry.category("web_tour.tours");
    if (!tours.contains("goods")) {
        const choose = ([field, text]) => [
            {
                content: `Look for ${text}`,
                trigger: `.o_field_widget[name=${field}] input`,
                run: `edit ${text}`,
            },
            {
                content: `Choose ${text}`,
                trigger: `.o-autocomplete--dropdown-item > a:contains(${text})`,
                run: "click",
            },
        ];
        tours.add("goods", {
            steps: () => [
                ...choose(["condition_id", "D – damaged"]),
                {
                    content: "This is what is usually done with it",
                    trigger:
                        ".o_field_widget[name=disposition_id] input:value(Quarantine)",
                },
                ...CHOICES.flatMap(choose),
                {
                    content: "Complete",
                    trigger: ".o_statusbar_buttons button[name=action_complete]",
                    run: "click",
                },
                {
                    content: "It is inspected",
                    trigger: ".o_arrow_button_current:contains(Inspected)",
                    timeout: 60000,
                },
            ],
        });
    }
    return odoo.isTourReady("goods");
})()
"""


@tagged("post_install", "-at_install")
class TestGoods(ReturnsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kettle = cls._create_product("Kettle", categ_id=cls.perpetual.id)
        cls.kettle_b = cls._create_product("Kettle B", categ_id=cls.perpetual.id)
        cls._buy(cls.kettle, 10, 40.0)
        cls.env["res.partner"].create(
            {"name": "Warm Hands", "reverse_is_charity": True}
        )
        cls.env["reverse.regrade"].create(
            {
                "company_id": cls.company.id,
                "product_tmpl_id": cls.kettle.product_tmpl_id.id,
                "target_id": cls.kettle_b.id,
                "percent": 60,
            }
        )
        accounts = cls.env["account.account"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "account_type": "expense",
                    "company_ids": [Command.link(cls.company.id)],
                }
                for name, code in (("Scrapped", "699091"), ("Regraded", "699092"))
            ]
        )
        cls.scrapped, cls.regraded = accounts
        cls.company._ensure_reverse_scrap()
        cls.company._ensure_reverse_regrade()
        cls.company.reverse_write_off_account_id = cls.scrapped
        cls.company.reverse_write_down_account_id = cls.regraded

    def _take_apart(self):
        """Six kettles come back on one return, each a part of its own."""
        line = self._sell(6, product=self.kettle)
        rma = self._receive_line(line, 6)
        for _piece in range(len(PIECES) - 1):
            (rest,) = rma.inspection_ids.filtered(lambda part: part.quantity > 1)
            rest._part_with(1)
            rma.invalidate_recordset(["inspection_ids"])
        return rma

    def _dispose_in_browser(self, part, code, more):
        disposition = self.dispositions[code].name
        chosen = {"disposition_id": disposition, **more}
        ready = REGISTER.replace("CHOICES", json.dumps(list(chosen.items())))
        self.env.flush_all()
        self.start_tour(
            f"/odoo/return-inspections/{part.id}",
            "goods",
            login=self.users["inspector"].login,
            ready=re.sub(r"\n\s*", " ", ready),
            timeout=180,
        )
        self.env.invalidate_all()
        self.assertEqual((part.state, part.disposed), ("done", True), code)

    def _lying(self, product):
        """How many pieces lie where, by the state or kind of the place."""
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", product.id),
                ("location_id.company_id", "=", self.company.id),
            ]
        )
        found = {}
        for quant in quants.filtered("quantity"):
            place = quant.location_id.reverse_state or quant.location_id.usage
            found[place] = found.get(place, 0) + quant.quantity
        return found

    def test_six_pieces_with_six_dispositions(self):
        rma = self._take_apart()
        stock = self._balance(self.stock_account)
        worth = self.kettle.total_value
        parts = rma.inspection_ids.sorted("id")
        self.assertEqual(parts.mapped("quantity"), [1] * 6)
        for part, (code, more) in zip(parts, PIECES.items(), strict=True):
            self._dispose_in_browser(part, code, more)
        self.assertEqual([part.disposition_id.code for part in parts], list(PIECES))
        donation = parts[4].move_ids.picking_id
        self.assertEqual(donation.state, "assigned")
        self.assertEqual(parts[5].repair_ids.state, "draft")
        # four are on sale, one waits for its charity, one is in the workshop
        lying = self._lying(self.kettle)
        self.assertEqual(
            {name: lying.get(name) for name in ("quarantine", "refurbish", "scrap")},
            {"quarantine": 1, "refurbish": 1, "scrap": 1},
        )
        self.assertEqual(self._lying(self.kettle_b)["internal"], 1)
        self.assertEqual(self.kettle_b.total_value, 24)
        # one is written off, one became another product, 24 of 40
        self.assertEqual(self.kettle.total_value, worth - 80)
        self.assertEqual(self._balance(self.scrapped), 40)
        self.assertEqual(self._balance(self.regraded), 16)
        credited = -self._cogs(rma.credit_note_ids) if rma.credit_note_ids else 0
        self.assertEqual(self._balance(self.stock_account) - stock, credited - 40 - 16)
        self._validate(donation)
        self.assertEqual(self.kettle.total_value, worth - 120)
        self.assertEqual(rma._check_quantities(), {})
