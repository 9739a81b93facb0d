from odoo import models


class ReverseEvent(models.Model):
    """Approvals and deputies in words."""

    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "ApprovalRequested": self.env._("Approval asked for"),
            "ApprovalGiven": self.env._("Approved"),
            "ApprovalRefused": self.env._("Approval refused"),
            "ApprovalCancelled": self.env._("Approval no longer asked for"),
            "ApprovalEscalated": self.env._("Approval passed to another role"),
            "DeputyActed": self.env._("A deputy decided"),
        }

    def _describe_exception(self, data):
        yield from super()._describe_exception(data)
        approvals = self.env["reverse.approval"]
        if data.get("gate"):
            yield approvals._get_gate_labels().get(data["gate"], data["gate"])
        if data.get("end"):
            labels = approvals._fields["end"]._description_selection(self.env)
            yield dict(labels).get(data["end"], data["end"])
        if data.get("for_user"):
            # sudo: the name of a colleague that the event refers to
            user = self.env["res.users"].sudo().browse(data["for_user"]).exists()
            yield self.env._("as deputy of %(user)s", user=user.name or "")
