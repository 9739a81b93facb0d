from odoo import fields, models


class ReverseSupplierClaim(models.Model):
    """Which approved provision is booked for a claim, and when it is released."""

    _inherit = "reverse.supplier.claim"

    provision_loss_id = fields.Many2one(
        "reverse.supplier.loss",
        "Provided For With",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )

    def _provide(self, loss):
        """Note that what is open is not expected any more, as was approved."""
        self._reverse_touch()
        earlier = self.provision_loss_id
        self._guarded_write_each(
            {
                claim: {
                    "amount_provided": claim.amount_open,
                    "provision_loss_id": loss.id,
                }
                for claim in self
            }
        )
        (earlier | loss)._book_provisions()
        self._log("SupplierClaimProvided")

    def _release_provisions(self):
        """What is provided for is expected again: its hold is lifted."""
        provided = self.filtered("amount_provided")
        provided._reverse_touch()
        provided._guarded_write({"amount_provided": 0.0})
        provided.provision_loss_id._book_provisions()
        provided._log("SupplierClaimProvisionReleased")
