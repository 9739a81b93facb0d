import logging

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

_logger = logging.getLogger(__name__)
LOCATION_STATES = [
    ("sellable", "Sellable stock"),
    ("inspection", "Inspection"),
    ("quarantine", "Quarantine"),
    ("refurbish", "Refurbishment"),
    ("vendor_return", "Vendor return"),
    ("liquidation", "Liquidation"),
    ("hold", "Hold"),
    ("customer_return", "Return to customer"),
    ("scrap", "Scrap"),
    ("customer", "Customer"),
]


class ReverseDisposition(models.Model):
    """What becomes of inspected goods: where they go, and what is credited.

    Administrators keep the list; the inspector chooses one for each part. Its steps are
    server actions that run when the inspection is completed.
    """

    _name = "reverse.disposition"
    _inherit = ["reverse.code.mixin", "reverse.governed.mixin"]
    _description = "Disposition"
    _code_unique = models.Constraint(
        "UNIQUE (code)", "A disposition with this code exists."
    )

    location_state = fields.Selection(
        LOCATION_STATES,
        "Destination",
        required=True,
        help="Where the goods go. Each facility has a location for each destination.",
    )
    is_final = fields.Boolean(
        default=True, help="The goods need no further decision once they are there."
    )
    keeps_goods = fields.Boolean(
        "Goods Stay with Customer", help="Nothing is moved; nothing was received."
    )
    credit = fields.Selection(
        [
            ("policy", "In full, by policy"),
            ("person", "A person decides"),
            ("none", "Nothing is credited"),
        ],
        default="person",
        required=True,
        help="What inspection with this disposition means for the customer's credit.",
    )
    step_ids = fields.One2many("reverse.disposition.step", "disposition_id", "Steps")

    @api.model
    def _switch_addon(self, addon, active):
        """Archive what comes with an addon that is removed, or take it up again.

        Inspections keep what they were completed with; without the addon there is
        nothing that such a disposition does.

        :param str addon: technical name
        """
        data = self.env["ir.model.data"].search(
            [("module", "=", addon), ("model", "=", self._name)]
        )
        found = self.browse(data.mapped("res_id")).exists()
        found.filtered(lambda one: one.active != active).active = active

    def _run_steps(self, inspections):
        """Run each step of this disposition once, on all the inspections together.

        Steps run with the environment of the acting user: what they call checks duty,
        state and company itself.
        """
        self.ensure_one()
        for step in self.sudo().step_ids:  # sudo: steps are configuration
            action = step.action_id.with_env(self.env).with_context(
                active_model=inspections._name,
                active_ids=inspections.ids,
                active_id=inspections[:1].id,
            )
            try:
                action.run()
            except ValueError as error:
                # Odoo wraps what the code of an action raises. A conflict with another
                # user has to come out as such, so that Odoo repeats the request.
                if isinstance(error.__context__, ConcurrencyError):
                    raise error.__context__ from None
                # The traceback in the log is for whoever wrote the step.
                _logger.exception("%s failed on %s", action, inspections)
                raise UserError(
                    self.env._(
                        "The step “%(step)s” of “%(disposition)s” failed: %(error)s",
                        step=action.name,
                        disposition=self.name,
                        error=error,
                    )
                ) from error
