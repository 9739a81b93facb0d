"""Rules of approvals, and the persons who give them."""

from odoo import Command, fields

from .common import ReturnsCommon


class ApprovalCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(20)
        cls.rules = cls.env["reverse.approval.rule"]
        cls.approver = cls.env.ref("reverse_logistics.group_approver")
        cls.technical = cls.env["res.groups"].create(
            {
                "name": "Technical centre",
                "implied_ids": [
                    Command.link(cls.env.ref("reverse_logistics.group_user").id)
                ],
            }
        )
        cls.technician = cls._create_user("user", login="technician")
        cls.technician.group_ids += cls.technical
        cls.second = cls._create_user("approver", login="second-approver")

    @classmethod
    def _rule(cls, gate, **values):
        return cls.rules.create({"name": f"Rule of {gate}", "gate": gate, **values})

    def _live(self, document):
        """The approvals of a document that rules ask for and that count."""
        return document.sudo().approval_ids.filtered(
            lambda a: (
                a.state in ("pending", "approved")
                and (a.rule_id or a.gate == "quantity")
            )
        )

    def _gates(self, document):
        return sorted(self._live(document).mapped("gate"))

    def _approve(self, user, document):
        self._live(document).filtered(lambda a: a.state == "pending").with_user(
            user
        ).action_approve()

    def _late(self, quantity=1, line=None, days=40):
        """Request goods after the window: a commercial exception."""
        line = line or self._sell(quantity)
        line.move_ids.date = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        rma = self._requested(line, quantity)
        self.assertEqual(rma.line_ids.decision, "exception")
        self._as("service", rma).exception_reason = "A good customer."
        return rma
