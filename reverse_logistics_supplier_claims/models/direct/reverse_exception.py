from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Returns that wait for a supplier to authorize them."""

    _inherit = "reverse.exception"

    type = fields.Selection(
        selection_add=[("supplier_number", "Supplier authorizes first")],
        ondelete={"supplier_number": "cascade"},
    )

    @api.model
    def _get_types(self):
        return {
            **super()._get_types(),
            "supplier_number": self._get_type_supplier_number(),
        }

    @api.model
    def _get_type_supplier_number(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=3,
            what=self.env._(
                "The goods go straight to their supplier, which has to authorize the "
                "return first. Nothing is promised to the customer until then."
            ),
            todo=self.env._(
                "Ask the supplier for its number and enter it on the return, as "
                "“Supplier's Authorization”: the return then goes on. Or have the "
                "goods sent to you."
            ),
            resolutions=(
                Resolution(
                    "take_instead",
                    self.env._("Take Them Instead"),
                    stock=self.env._(
                        "The customer sends the goods to your own facility."
                    ),
                    money=self.env._("The supplier is claimed from after inspection."),
                    done=self.env._("Taken by us instead"),
                ),
            ),
            holds=lambda e: (
                e.rma_id.state == "requested" and bool(e.rma_id._find_unauthorized())
            ),
            gone="supplier_authorized",
        )

    @api.model
    def _get_outcomes(self):
        return {
            **super()._get_outcomes(),
            "supplier_authorized": self.env._("Authorized, or not needed any more"),
        }

    @api.model
    def _find_open(self, rmas, kind):
        """Find the open exceptions of a type on these returns."""
        return self.search(
            [
                ("rma_id", "in", rmas.ids),
                ("type", "=", kind),
                ("state", "=", "open"),
            ]
        )

    def action_take_instead(self):
        """Have the goods sent to us; nobody has to authorize that.

        :raises UserError: where no facility of ours is known
        """
        self._start_resolution("take_instead")
        rmas = self.rma_id
        for rma, facility in rmas._get_default_facilities().items():
            if not facility or not facility.receives:
                raise UserError(
                    self.env._(
                        "No facility of yours is known that takes the goods of "
                        "%(rma)s. Name one on the return.",
                        rma=rma.display_name,
                    )
                )
            rma._bring_here(facility.with_env(self.env))
        rmas._authorize_by_policy()
        rmas._update_progress()
        self._resolve("take_instead")
        return True
