import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import sampling

SAMPLE_SECRET = "reverse_logistics.sample_secret"


class ReverseInspection(models.Model):
    """How far received goods were looked at: some are taken as they were announced.

    That the goods never arrived is another matter, see ``not_inspected``.
    """

    _inherit = "reverse.inspection"

    inspection_level = fields.Selection(
        [
            ("full", "Inspected"),
            ("sample", "Random Check"),
            ("assumed", "Not Inspected"),
        ],
        "Inspection",
        default="full",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        help="Goods of little value need not be looked at: a rule says what their "
        "condition is assumed to be, and draws some at random that are inspected.",
        guarded=True,
    )
    policy_id = fields.Many2one(
        "reverse.policy",
        "Decided by Policy",
        readonly=True,
        copy=False,
        ondelete="restrict",
        guarded=True,
    )
    policy_version = fields.Integer(readonly=True, copy=False, guarded=True)
    minutes = fields.Float("Minutes to Inspect", compute="_compute_minutes", store=True)

    @api.depends("quantity", "line_id.inspection_minutes", "line_id.quantity")
    def _compute_minutes(self):
        for part in self:
            waits = not part.not_inspected
            part.minutes = part.line_id._get_minutes(part.quantity) if waits else 0.0

    # ------------------------------------------------------------------
    # Goods that need not be looked at
    # ------------------------------------------------------------------
    def _assume(self):
        """Take goods as they were announced, where rules allow it, except for a sample.

        Whatever speaks against it lets an inspector look.
        """
        parts = self.filtered(lambda part: part._may_be_assumed())
        levels = parts._draw_levels()
        sample = parts.filtered(lambda part: levels[part] == "sample")
        sample._guarded_write({"inspection_level": "sample"})
        assumed = parts.filtered(lambda part: levels[part] == "assumed")
        for line, group in assumed.grouped("line_id").items():
            group._guarded_write(
                {
                    "condition_id": line.assumed_condition_id.id,
                    "inspection_level": "assumed",
                    "policy_id": line.policy_id.id,
                    "policy_version": line.policy_version,
                }
            )
        doubtful = assumed.filtered(lambda part: not part._is_complete())
        doubtful._guarded_write(
            {
                "condition_id": False,
                "disposition_id": False,
                "inspection_level": "full",
                "policy_id": False,
                "policy_version": 0,
            }
        )
        (assumed - doubtful)._complete_by_policy()

    def _may_be_assumed(self):
        """Whether a rule says what these goods are, and nobody has said otherwise."""
        self.ensure_one()
        rma = self.rma_id
        return (
            self.line_id.assumed_condition_id
            and self.state == "draft"
            and not (self.not_inspected or self.condition_id or self.supersedes_id)
            and rma.state == "authorized"
            and not rma._get_open_exceptions()
        )

    def _draw_levels(self):
        """Say of each part how far it is looked at: ``{part: level}``."""
        if not self:
            return {}
        values = self.line_id._get_unit_values()
        secret = self._get_sample_secret()
        return {
            part: sampling.level(
                sampling.Rule(True, part.line_id.sample_percent),
                secret,
                part._get_sample_key(),
                part.tracking == "serial",
                values[part.line_id],
                # sudo: a setting of the company
                part.sudo().company_id.reverse_inspect_value,
            )
            for part in self
        }

    @api.model
    def _get_sample_secret(self):
        """Give what nobody can foresee the draw without; made once per database."""
        # sudo: only system administrators read parameters, and no user is told this one
        parameters = self.env["ir.config_parameter"].sudo()
        if not parameters.get_param(SAMPLE_SECRET):
            parameters.set_param(SAMPLE_SECRET, secrets.token_hex(32))
        return parameters.get_param(SAMPLE_SECRET)

    def _get_sample_key(self):
        """What decides whether these goods are drawn: the same however often they are
        received, and nothing that a receiver chooses.
        """
        self.ensure_one()
        return (
            f"{self.rma_id.correlation_id}/{self.line_id.id}/{self.lot_id.name or ''}"
        )

    def _is_complete(self):
        """Whether nothing is missing or speaks against completion."""
        try:
            self._check_complete()
        except UserError:
            return False
        return True

    def _complete_by_policy(self):
        """Finish what policy has decided; whoever received the goods only set it
        off.
        """
        if self:
            # sudo: policy decided, and what follows needs no right of a person
            self.sudo()._complete({"inspected_at": fields.Datetime.now()})

    @api.constrains("inspection_level", "state")
    def _check_high_value(self):
        """Whatever a rule says, serialized goods of high value are looked at."""
        assumed = self.filtered(
            lambda part: part.inspection_level == "assumed" and part.state == "done"
        )
        levels = assumed._draw_levels()
        for part in assumed:
            if levels[part] == "full":
                raise UserError(
                    self.env._(
                        "%(part)s has a serial number and high value: somebody has to "
                        "inspect it.",
                        part=part.display_name,
                    )
                )
