from odoo import models


class ReverseInspection(models.Model):
    """What inspected goods mean for the credit."""

    _inherit = "reverse.inspection"

    def _get_credit_decider(self):
        """Say who decides on the credit: ``policy``, ``person``, or ``none`` is
        given.
        """
        self.ensure_one()
        return self.disposition_id.credit

    def _get_live_settlement_lines_JOIN0(self):
        """Settlement lines of these goods, also from an inspection before this one."""
        parts = self
        while earlier := parts.supersedes_id - parts:
            parts |= earlier
        lines = parts.settlement_line_ids
        return lines.filtered(lambda line: line.state not in ("reversed", "cancelled"))

    def _set_denied(self, denied):
        """Note for which parts the customer gets nothing, or after all something."""
        amounts = {}
        changed = self.filtered(lambda part: part.denied != denied)
        for part in changed:
            changes = amounts.setdefault(part.line_id, {"denied": 0.0})
            changes["denied"] += part.quantity if denied else -part.quantity
        changed._guarded_write({"denied": denied})
        self.line_id._add(amounts)

    def _is_creditable(self):
        """Whether the customer may get something for these goods."""
        self.ensure_one()
        return self.disposition_id.credit != "none"

    def _get_live_settlement_lines_JOIN1(self):
        """What was replaced in advance is settled before it is here."""
        return self._get_live_settlement_lines_JOIN0() | self._get_covering_advance()

    def _get_billed_parts(self):
        """Parts whose replacement in advance was billed, as far as it was."""
        billed = self.browse()
        parts = self.filtered(
            lambda part: (
                part.state == "done"
                and part._is_creditable()
                and part.line_id._get_advance()
            )
        )
        for line, group in parts.grouped("line_id").items():
            surplus = line._get_billed_surplus()
            for part in group.sorted("id"):
                if line.uom_id.compare(part.quantity, surplus) <= 0:
                    surplus -= part.quantity
                    billed |= part
        return billed

    def _get_covering_advance(self):
        return (self - self._get_billed_parts()).line_id._get_advance()

    def _goes_to_customer(self):
        """Whether the goods stay with the customer, or are sent there."""
        self.ensure_one()
        return self.not_inspected or (
            self.state == "done" and self.disposition_id.location_state == "customer"
        )

    def _has_own_credit(self):
        """Whether a settlement names these goods, and not only their line."""
        self.ensure_one()
        # sudo: who moves the goods need not read credits
        lines = self.sudo()._get_lineage().settlement_line_ids
        return any(line.state not in ("reversed", "cancelled") for line in lines)

    def _get_covering_early(self):
        """Settlement lines by which these goods were credited before they were seen."""
        found = self.env["reverse.settlement.line"]
        for line, parts in self.grouped("line_id").items():
            covered, _left = line._cover_parts()
            if parts & covered:
                found |= line._get_early_lines().with_env(self.env)
        return found

    def _get_live_settlement_lines(self):
        return self._get_live_settlement_lines_JOIN1() | self._get_covering_early()

    def _review_early(self):
        """What was credited before may not be worth it, now that it was seen."""
        for part in self.filtered(lambda part: part.disposition_id.credit != "policy"):
            found = (part.condition_id.name, part.disposition_id.name)
            part.line_id._review_early(
                self.env._(
                    "%(quantity).12g %(uom)s: %(found)s.",
                    quantity=part.quantity,
                    uom=part.uom_id.name,
                    found=", ".join(filter(None, found)),
                )
            )
