from odoo import Command, api, models

_OWN = "reverse_logistics_recall"


class ReverseDemo(models.AbstractModel):
    """Lot L7 of a pressure switch can catch fire: it is recalled.

    One customer has sent theirs back, one has destroyed them, one is silent, and one
    has no e-mail address.
    """

    _inherit = "reverse.demo"

    def _product(self, name):
        own = self.env.ref(f"{_OWN}.demo_product_{name}", raise_if_not_found=False)
        return own or super()._product(name)

    @api.model
    def _load_recall(self):
        lot = self.env.ref(f"{_OWN}.demo_lot_l7")
        with self._at(40):
            self.env["stock.quant"]._update_available_quantity(
                lot.product_id, self._warehouse().lot_stock_id, 60, lot_id=lot
            )
        customers = {"northfield": 12, "harbor": 8, "ironwood": 6, "cedar": 4}
        for customer, quantity in customers.items():
            self._sell(customer, {"switch": quantity}, 34)
        self._ref("demo_customer_cedar").email = False
        recall = self._recall(lot, 8)
        by_customer = {
            line.partner_id: self._as("service", line) for line in recall.line_ids
        }
        back = by_customer[self._ref("demo_customer_northfield")]
        self._receive(back.rma_id, 4)
        self._inspect(back.rma_id, 3, "e", disposition="scrap")
        destroyed = by_customer[self._ref("demo_customer_harbor")]
        with self._at(5, 10):
            destroyed.write({"answer": "destroyed", "destroyed": destroyed.quantity})

    def _recall(self, lot, day):
        """Customer service prepares it, an approver starts it, customers are told."""
        with self._at(day, 9):
            recall = self._as("service", self.env["reverse.recall"]).create(
                {
                    "title": "Pressure switch PS-12 can catch fire",
                    "company_id": self._company.id,
                    "product_ids": [Command.set(lot.product_id.ids)],
                    "lot_ids": [Command.set(lot.ids)],
                    "hazard": "A contact can overheat and set fire to what is near.",
                    "instruction": "Cut the power and do not use the switch any more.",
                    "without_picture": True,
                }
            )
            recall.action_find_customers()
        with self._at(day, 10):
            self._as("approver", recall).action_start()
        with self._at(day, 11):
            recall.sudo()._open_returns(recall.sudo().line_ids)
        return recall
