import base64
from datetime import timedelta

from odoo import Command, api, fields, models

from .reverse_demo import FIRST_DAY

# One grey pixel stands for the photo that the customer sent.
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJ"
    "RU5ErkJggg=="
)


class ReverseDemo(models.AbstractModel):
    """The distributor's rules for pumps: tried on the past, activated, and obeyed."""

    _inherit = "reverse.demo"

    @api.model
    def _prepare(self):
        result = super()._prepare()
        # The shipped policy was in force before the first story.
        today = fields.Date.context_today(self)
        first = self._ref("policy_default").version_ids
        first._guarded_write({"date_from": today - timedelta(FIRST_DAY + 10)})
        return result

    def _get_stories(self):
        return [
            *super()._get_stories(),
            (0, self._policy_for_pumps),
            (0, self._pump_waits_for_approval),
            (0, self._next_version_is_a_draft),
            (0, self._master_data_is_checked),
        ]

    def _policy_for_pumps(self, day):
        """Pumps come back for two weeks, with proof, and cost something."""
        with self._at(day, 8):
            # One of its own: where the clock of a story is put back, the shipped one
            # still decides.
            policy = self._admin(self.env["reverse.policy"]).create(
                {
                    "name": "Returns policy of the distributor",
                    "company_id": self._company.id,
                }
            )
            version = policy.version_ids
            version.write(self._prepare_pumps())
            self._admin(self.env["reverse.approval.rule"]).create(
                {
                    "name": "Pumps above 500",
                    "gate": "authorization",
                    "date_from": fields.Date.context_today(self),
                    "category_ids": self._ref("demo_category_pumps").ids,
                    "value_from": 500.0,
                    "company_id": self._company.id,
                }
            )
            self._simulate(version)
            version.action_activate()

    def _prepare_pumps(self):
        pumps = {"category_ids": self._ref("demo_category_pumps").ids}
        defects = self._ref("reason_defective") | self._ref("reason_damaged")
        hub = self._warehouse().reverse_facility_ids
        return {
            "note": "Pumps came back months later and without any number.",
            "rule_ids": [
                Command.create(
                    {
                        "name": "Pumps",
                        "sequence": 5,
                        "credit_release": "inspection",
                        "window_days": 14,
                        "proof_serial": True,
                        "proof_photo": True,
                        **pumps,
                    }
                )
            ],
            "fee_rule_ids": [
                Command.create(
                    {
                        "name": "Pumps, unless defective",
                        "percent": 15.0,
                        "waived_reason_ids": defects.ids,
                        **pumps,
                    }
                )
            ],
            "route_rule_ids": [
                Command.create(
                    {
                        "name": "Pumps above 500 to the hub",
                        "target_id": hub.id,
                        "value_from": 500.0,
                        **pumps,
                    }
                )
            ],
        }

    def _pump_waits_for_approval(self, day):
        """The first pump under the new rules: proven, and dear enough for a look."""
        order = self._sell("northfield", {"pump": 1}, day)
        with self._at(day, 8):
            # what was ordered before comes back by the rules of that day
            order.date_order = fields.Datetime.now()
        line = self._line(order, "pump", 1, "unwanted")
        rma = self._draft("northfield", [line], day)
        rma.line_ids.lot_id = order.picking_ids.move_ids.lot_ids
        with self._at(day, 9):
            self._as("service", self.env["ir.attachment"]).create(
                {
                    "name": "name_plate.png",
                    "raw": PHOTO,
                    "res_model": rma.line_ids._name,
                    "res_id": rma.line_ids.id,
                }
            )
            rma.action_request()

    def _next_version_is_a_draft(self, day):
        """Somebody thinks about shorter times for everything."""
        with self._at(day, 10):
            in_force = self.env["reverse.policy.version"]._get_for(self._company)
            draft = self._admin(in_force[self._company]).copy()
            draft.note = "Would 21 days be enough?"
            draft.rule_ids.filtered(
                lambda rule: rule.window_days == 30
            ).window_days = 21
            self._simulate(draft)

    def _master_data_is_checked(self, day):
        """What the new rules need, and products and customers lack."""
        with self._at(day, 11):
            self.env["reverse.health.issue"]._check_all()

    def _simulate(self, version):
        """Try a version on all deliveries of the last months."""
        today = fields.Date.context_today(self)
        simulation = self._admin(self.env["reverse.simulation"]).create(
            {
                "version_id": version.id,
                "company_id": self._company.id,
                "scope": "deliveries",
                "date_from": today - timedelta(FIRST_DAY),
                "date_to": today,
                "days_after": 25,
                "reason_id": self._ref("reason_unwanted").id,
            }
        )
        simulation.action_start()

    def _admin(self, records):
        """These records as the administrator sees them."""
        return records.with_user(self.env.ref("base.user_admin")).with_context(
            allowed_company_ids=self._company.ids
        )
