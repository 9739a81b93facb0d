from odoo import Command, api, models

_OWN = "reverse_logistics_disposal"


class ReverseDemo(models.AbstractModel):
    """Two coats that are not sold again: one is recycled, one goes to a charity."""

    _inherit = "reverse.demo"

    def _product(self, name):
        own = self.env.ref(f"{_OWN}.demo_product_{name}", raise_if_not_found=False)
        return own or super()._product(name)

    @api.model
    def _load_disposals(self):
        with self._at(30):
            self.env["stock.quant"]._update_available_quantity(
                self._product("coat"), self._warehouse().lot_stock_id, 12
            )
        self._recycle_coat(12)
        self._donate_coat(9)

    def _return_coat(self, customer, day, note):
        order = self._sell(customer, {"coat": 2}, day + 8)
        line = self._line(order, "coat", 1, "not_as_described", note=note)
        rma = self._ask(customer, [line], day)
        self._receive(rma, day - 3)
        return rma

    def _complete_coat(self, rma, day, grade, disposition, **findings):
        parts = self._as("inspector", rma.inspection_ids)
        with self._at(day, 13):
            parts.write(
                {
                    "condition_id": self._ref(f"condition_{grade}").id,
                    "disposition_id": self.env.ref(f"{_OWN}.{disposition}").id,
                    **findings,
                }
            )
            parts.action_complete()

    def _recycle_coat(self, day):
        """Torn: recycled, and the recycler has sent the certificate."""
        rma = self._return_coat("northfield", day, "The sleeve is torn off")
        reason = self.env.ref(f"{_OWN}.reason_damaged")
        findings = {"disposal_reason_id": reason.id, "note": "Lining torn as well"}
        self._complete_coat(rma, day - 4, "e", "disposition_recycle", **findings)
        paper = self.env["reverse.disposal"].search([("rma_id", "=", rma.id)])
        paper = self._as("receiver", paper)
        with self._at(day - 6, 10):
            paper.write(
                {
                    "waste_code": "20 01 10",
                    "recycler_id": self.env.ref(f"{_OWN}.demo_recycler").id,
                    "certificate": "LOOP-2291",
                    "photo_ids": [
                        Command.create(
                            {
                                "name": "LOOP-2291.txt",
                                "raw": b"Loop Recycling: 1.4 kg of textiles recycled.",
                            }
                        )
                    ],
                }
            )
            paper.action_certify()

    def _donate_coat(self, day):
        """Worn once: nobody buys it, and the charity has fetched it."""
        rma = self._return_coat("harbor", day, "Worn once")
        charity = self.env.ref(f"{_OWN}.demo_charity")
        findings = {"donation_partner_id": charity.id}
        self._complete_coat(rma, day - 4, "c", "disposition_donate", **findings)
        with self._at(day - 6, 11):
            # sudo: the warehouse hands the goods over
            self._send(rma.inspection_ids.sudo()._get_donation_moves().picking_id)
