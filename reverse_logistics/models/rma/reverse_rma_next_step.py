from odoo import api, fields, models

from ..exceptions.reverse_sla_rule import WAITING

#: Who takes a settlement on that is in this state; of several, the first one.
_DECIDERS = {"draft": "service", "submitted": "approver", "approved": "releaser"}
# Who reads amounts: the others only move goods.
MONEY_ROLES = ("service", "approver", "releaser", "auditor")


class ReverseRma(models.Model):
    """What a return waits for and who does it, for who does not know the stages."""

    _inherit = "reverse.rma"

    next_step = fields.Text(compute="_compute_next_step")

    @api.depends(
        "state",
        "stage",
        "has_unsettled_goods",
        "open_exception_count",
        "settlement_ids.credit_note_ids.state",
        "settlement_ids.state",
        "picking_ids.state",
    )
    @api.depends_context("uid", "lang")
    def _compute_next_step(self):
        for rma in self:
            steps = [rma._get_goods_step(), rma._get_shipping_step()]
            steps += rma._get_money_steps()
            rma.next_step = "\n".join(filter(None, steps))

    def _get_goods_step(self):
        """Say what the goods wait for."""
        self.ensure_one()
        steps = {
            "draft": self.env._(
                "Not requested yet: check the products, then press Request."
            ),
            "requested": self.env._("An approver authorizes or rejects it."),
            "authorized": self.env._(
                "The goods are expected: a receiver books them when they arrive."
            ),
            "in_transit": self.env._(
                "The goods are on their way: a receiver books them when they arrive."
            ),
            "receiving": self.env._(
                "%(part)s: a receiver books the rest. If nothing more comes, customer "
                "service presses Close Short.",
                part=self._get_received_text(),
            ),
            "received": self.env._("The goods are here: an inspector inspects them."),
            "inspected": self.env._(
                "Inspected: the goods are on their way to their place, see Transfers."
            ),
            "expired": self.env._(
                "Expired: customer service extends it, or a receiver presses Goods "
                "Arrived if they come after all."
            ),
        }
        return steps.get(self.stage)

    def _get_received_text(self):
        """Say how much of what was to come is here."""
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_awaited_quantity(), 0) > 0
        )
        units = lines.uom_id
        if len(units) != 1:
            return self.env._("Part of the goods is here")
        return self.env._(
            "%(received).12g of %(due)s received",
            received=sum(lines.mapped("qty_received")),
            due=units._say_reverse(sum(line._get_awaited_quantity() for line in lines)),
        )

    def _get_acting_duty(self):
        """Give the duty of whoever has to act now, as ``next_step`` says in words."""
        self.ensure_one()
        # sudo: whether something waits is for every role
        rma = self.sudo()
        if rma.stage == "requested":
            sourced = any(line._is_sourced() for line in rma.line_ids)
            return "approver" if sourced else "service"
        if rma.stage == "receiving":
            here = "draft" in rma.inspection_ids.mapped("state")
            return "inspector" if here else "receiver"
        if rma.stage not in ("inspected", "put_away"):
            return WAITING.get(rma.stage)
        states = set(rma.settlement_ids.mapped("state"))
        for state, duty in _DECIDERS.items():
            if state in states:
                return duty
        if rma.has_unsettled_goods:
            return "service"
        return "receiver" if rma.stage == "inspected" else WAITING[rma.stage]

    def _get_shipping_step(self):
        """Say that a replacement, or goods sent back, still have to leave."""
        self.ensure_one()
        # sudo: whether something waits is for every role; the transfer is not shown
        waiting = self.sudo().picking_ids.filtered(
            lambda p: (
                p.picking_type_code == "outgoing" and p.state not in ("done", "cancel")
            )
        )
        if not waiting:
            return None
        return self.env._(
            "To be shipped to the customer by the warehouse: %(pickings)s, see "
            "Transfers.",
            pickings=", ".join(waiting.mapped("name")),
        )

    def _get_money_steps(self):
        """Say what the credit or replacement waits for, or how it ended."""
        self.ensure_one()
        # sudo: whether something waits is for every role; amounts are not, see below
        settlements = self.sudo().settlement_ids
        states = set(settlements.mapped("state"))
        steps = []
        if "draft" in states:
            steps.append(
                self.env._(
                    "A settlement is proposed: customer service submits it, see "
                    "Settlements."
                )
            )
        if "submitted" in states:
            steps.append(
                self.env._("A settlement waits for an approver, see Settlements.")
            )
        if "approved" in states:
            steps.append(
                self.env._("A settlement waits for a credit releaser, see Settlements.")
            )
        if self.has_unsettled_goods and not states & {"draft", "submitted", "approved"}:
            steps.append(
                self.env._(
                    "Inspected goods have no settlement: customer service presses "
                    "Propose Credit."
                )
            )
        if self.state == "authorized" and self.stage == "settled" and not steps:
            steps.append(
                self.env._(
                    "Everything is settled: see the open exceptions, then close it."
                )
                if self.open_exception_count
                else self.env._("Everything is settled: it can be closed.")
            )
        return [*steps, self._get_credit_sentence()]

    def _get_credit_sentence(self):
        """What a customer asks on the telephone."""
        user = self.env.user
        if not any(user.has_group(f"reverse_logistics.group_{r}") for r in MONEY_ROLES):
            return None
        # sudo: number and amount for the customer; no accounting is shown
        notes = self.sudo().credit_note_ids.filtered(lambda m: m.state == "posted")
        if not notes:
            return None
        return self.env._(
            "Credited with %(credit_notes)s.",
            credit_notes=", ".join(
                f"{note.name} ({note.currency_id.format(note.amount_total)})"
                for note in notes
            ),
        )
