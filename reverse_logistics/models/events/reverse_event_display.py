import json

from odoo import api, fields, models
from odoo.tools import format_date

#: Decisions that only persons take, so that their events need not say so.
DECISIONS = (
    "ReturnRejected",
    "ReturnCancelled",
    "InspectionCompleted",
    "CreditDenied",
    "CreditReversed",
    "ExceptionResolved",
    "ApprovalGiven",
    "ApprovalRefused",
)


class ReverseEvent(models.Model):
    """Events in words. What is recorded stays codes and references."""

    _inherit = "reverse.event"

    title = fields.Char("What Happened", compute="_compute_title")
    decided_by = fields.Char(
        "Decided by",
        compute="_compute_decided_by",
        help="Of decisions: the policy where it decided by itself, else the person.",
    )
    data_raw = fields.Text("Recorded Data", compute="_compute_data_raw")

    def _titles(self):
        return {
            "ReturnRequested": self.env._("Return requested"),
            "WithdrawalAcknowledged": self.env._("Withdrawal acknowledged"),
            "ReturnAuthorized": self.env._("Return authorized"),
            "ReturnRejected": self.env._("Return rejected"),
            "ReturnCancelled": self.env._("Return cancelled"),
            "ReturnClosed": self.env._("Return closed"),
            "ReturnSourceNamed": self.env._("Order line named"),
            "ReturnShipped": self.env._("Shipped by the customer"),
            "ReturnReceived": self.env._("Goods received"),
            "InspectionCompleted": self.env._("Inspection completed"),
            "InspectionSuperseded": self.env._("To be inspected again"),
            "InventoryDispositionUpdated": self.env._("Goods put away"),
            "CreditSubmitted": self.env._("Settlement submitted"),
            "CreditApproved": self.env._("Settlement approved"),
            "CreditSentBack": self.env._("Settlement sent back"),
            "CreditDenied": self.env._("Credit denied"),
            "CreditCancelled": self.env._("Settlement cancelled"),
            "CreditReversed": self.env._("Credit reversed"),
            "NothingDue": self.env._("Settled: nothing was due"),
            "InvoiceAdjusted": self.env._("Credit note posted"),
            "DriftFound": self.env._("Stored quantities corrected"),
            "ExceptionRaised": self.env._("Exception opened"),
            "ExceptionResolved": self.env._("Exception resolved"),
            "LegalHoldSet": self.env._("Legal hold set"),
            "LegalHoldReleased": self.env._("Legal hold released"),
            "PersonalDataErased": self.env._("Personal data erased"),
            "EvidencePurged": self.env._("Evidence removed after retention"),
        }

    @api.depends("name")
    def _compute_title(self):
        titles = self._titles()
        for event in self:
            event.title = titles.get(event.name, event.name)

    @api.depends("data")
    def _compute_data_raw(self):
        for event in self:
            event.data_raw = json.dumps(event.data or {}, indent=2, sort_keys=True)

    @api.depends("data")
    def _compute_data_text(self):
        # Events name the same few products and codes: each is looked up once.
        known = {"reverse.rma.line": self._get_described_lines()}
        for event in self.with_context(reverse_event_known=known):
            data = event.data or {}
            texts = [
                *event._describe_goods(data),
                *event._describe_money(data),
                *event._describe_exception(data),
                *event._describe_withdrawal(data),
                *event._describe_decider(data),
            ]
            event.data_text = " · ".join(filter(None, texts))

    def _describe_goods(self, data):
        for line in data.get("lines") or data.get("parts") or ():
            yield self._describe_quantity(line)

    def _get_described_lines(self):
        ids = {
            line.get("line")
            for event in self
            for key in ("lines", "parts")
            for line in (event.data or {}).get(key) or ()
        }
        lines = self.env["reverse.rma.line"].browse(ids - {None, False}).exists()
        # sudo: names of products that the event refers to
        return {line.id: line for line in lines.sudo()}

    def _recall(self, key, find):
        """Give what was found for a key before, while a list is being described."""
        known = self.env.context.get("reverse_event_known", {})
        if key not in known:
            known[key] = find()
        return known[key]

    def _describe_quantity(self, line):
        lines = self._recall("reverse.rma.line", self._get_described_lines)
        product = lines.get(line.get("line"), self.env["reverse.rma.line"]).product_id
        texts = [f"{line.get('quantity', 0):.12g} × {product.display_name}"]
        for model, key in (
            ("reverse.condition", "condition"),
            ("reverse.disposition", "disposition"),
            ("reverse.reason", "reason"),
        ):
            if line.get(key):
                texts.append(self._name_of(model, line[key]))
        return ", ".join(texts)

    def _name_of(self, model, code):
        # sudo: names of codes that the event refers to
        configuration = self.env[model].sudo().with_context(active_test=False)
        names = self._recall(
            model,
            lambda: {record.code: record.name for record in configuration.search([])},
        )
        return names.get(code) or code

    def _describe_money(self, data):
        for note in data.get("credit_notes") or ():
            yield f"{note['number']}: {self._format(note['total'], note['currency'])}"
        if "amount" in data:
            yield self._format(data["amount"], data.get("currency"))

    def _format(self, amount, currency_name):
        currencies = self.env["res.currency"].with_context(active_test=False)
        currency = self._recall(
            ("res.currency", currency_name),
            lambda: currencies.search([("name", "=", currency_name)], limit=1),
        )
        return currency.format(amount) if currency else f"{amount:.2f}"

    def _describe_exception(self, data):
        exceptions = self.env["reverse.exception"]
        if data.get("type"):
            labels = dict(exceptions._fields["type"]._description_selection(self.env))
            yield labels.get(data["type"], data["type"])
        if data.get("resolution"):
            yield exceptions.new({"resolution": data["resolution"]}).resolution_label
        if data.get("by_itself"):
            yield self.env._("closed by itself: its cause has gone")

    @api.depends("data", "name", "user_id")
    def _compute_decided_by(self):
        for event in self:
            data = event.data or {}
            by_person = data.get("decider") or event.name in DECISIONS
            # sudo: the name of whoever took the step
            policy = event._name_policy(data)
            event.decided_by = (policy and f"{policy[0].upper()}{policy[1:]}") or (
                by_person and not data.get("by_itself") and event.sudo().user_id.name
            )

    def _name_policy(self, data):
        """Name the policy that decided, None where a person did."""
        kind, *reference = (data.get("decider") or "").split(":")
        if kind != "policy":
            return None
        if not reference:
            return self.env._("policy")
        policy_id, version = reference
        # sudo: the name of the policy that decided
        policies = self.env["reverse.policy"].sudo().browse(int(policy_id))
        name = self._recall(
            ("reverse.policy", policy_id), lambda: policies.exists().name
        )
        return self.env._(
            "policy “%(policy)s”, version %(version)s",
            policy=name or policy_id,
            version=version,
        )

    def _describe_withdrawal(self, data):
        if data.get("stated_on"):
            yield self.env._(
                "stated on %(stated)s, to be paid back by %(due)s",
                stated=format_date(self.env, data["stated_on"]),
                due=format_date(self.env, data.get("refund_due_on")),
            )

    def _describe_decider(self, data):
        if policy := self._name_policy(data):
            yield self.env._("decided by %(policy)s", policy=policy)
        elif data.get("decider"):
            yield self.env._("decided by a person")
        if data.get("combined_duties"):
            yield self.env._("combined duties used")
