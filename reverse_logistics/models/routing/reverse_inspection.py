import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import sampling

SAMPLE_SECRET = "reverse_logistics.sample_secret"


class ReverseInspection(models.Model):
    """How thoroughly received goods were inspected; some are taken as announced.

    Goods that never arrived are something else, see ``not_inspected``.
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
    policy_version_id = fields.Many2one(
        "reverse.policy.version",
        "Decided by Policy",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    minutes = fields.Float("Minutes to Inspect", compute="_compute_minutes", store=True)

    @api.depends("quantity", "line_id.inspection_minutes", "line_id.quantity")
    def _compute_minutes(self):
        for part in self:
            waits = not part.not_inspected
            part.minutes = part.line_id._get_minutes(part.quantity) if waits else 0.0

    # ------------------------------------------------------------------
    # Goods that need not be inspected
    # ------------------------------------------------------------------
    def _assume(self):
        """Complete parts by their assumed condition, except for a random sample.

        Where anything is in the way of that, an inspector looks at the goods.
        """
        parts = self.filtered(lambda part: part._may_be_assumed())
        levels = parts._draw_levels()
        again = parts.filtered(lambda part: levels[part] == "assumed")
        levels |= dict.fromkeys(again._find_drawn(), "sample")
        sample = parts.filtered(lambda part: levels[part] == "sample")
        sample._guarded_write({"inspection_level": "sample"})
        assumed = parts.filtered(lambda part: levels[part] == "assumed")
        for line, group in assumed.grouped("line_id").items():
            group._guarded_write(
                {
                    "condition_id": line.assumed_condition_id.id,
                    "inspection_level": "assumed",
                    "policy_version_id": line.policy_version_id.id,
                }
            )
        doubtful = assumed.filtered(lambda part: not part._is_complete())
        doubtful._guarded_write(
            {
                "condition_id": False,
                "disposition_id": False,
                "inspection_level": "full",
                "policy_version_id": False,
            }
        )
        (assumed - doubtful)._complete_by_policy()

    def _find_drawn(self):
        """Find the parts that are looked at because the last goods of their kind and
        customer that were drawn were never seen: their receipt was taken back.

        Else who receives goods could do that until the draw spares them.
        """
        if not self:
            return self

        def goods(part):
            return part.rma_id.commercial_partner_id, part.product_id

        # sudo: what was drawn, whoever receives the goods
        parts = self.sudo()
        drawn = parts.search(
            [
                ("inspection_level", "=", "sample"),
                ("product_id", "in", parts.product_id.ids),
                (
                    "rma_id.commercial_partner_id",
                    "in",
                    parts.rma_id.commercial_partner_id.ids,
                ),
                ("company_id", "in", parts.company_id.ids),
            ],
            order="id",
        )
        last = {goods(part): part.state for part in drawn}
        unseen = parts.filtered(lambda part: last.get(goods(part)) == "cancelled")
        return unseen.with_env(self.env)

    def _may_be_assumed(self):
        """Tell whether a rule says the condition, and nobody has said otherwise."""
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
        """Say how thoroughly each part is inspected: ``{part: level}``."""
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
                # sudo: only a setting of the company is read
                part.sudo().company_id.reverse_inspect_value,
            )
            for part in self
        }

    @api.model
    def _get_sample_secret(self):
        """Give the secret of the draw, which is made once for each database."""
        # sudo: only system administrators can read parameters; no user is told this one
        parameters = self.env["ir.config_parameter"].sudo()
        if not parameters.get_param(SAMPLE_SECRET):
            parameters.set_param(SAMPLE_SECRET, secrets.token_hex(32))
        return parameters.get_param(SAMPLE_SECRET)

    def _get_sample_key(self):
        """Give the key that decides whether these goods are drawn.

        It stays the same however often the goods are received, and contains nothing
        that a receiver can choose.
        """
        self.ensure_one()
        return (
            f"{self.rma_id.correlation_id}/{self.line_id.id}/{self.lot_id.name or ''}"
        )

    def _is_complete(self):
        """Tell whether the part can be completed as it is."""
        try:
            self._check_complete()
        except UserError:
            return False
        return True

    def _complete_by_policy(self):
        """Complete what policy has decided, not the user who received the goods."""
        if self:
            # sudo: policy decided; what follows needs no rights of the user
            self.sudo()._complete({"inspected_at": fields.Datetime.now()})

    @api.constrains("inspection_level", "state")
    def _check_high_value(self):
        """Refuse to assume the condition of serialized goods of high value."""
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
