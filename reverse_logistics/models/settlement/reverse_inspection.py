from odoo import models

#: What was decided so because the goods were said to be defective, and only then.
FOR_DEFECTS = ("warranty", "warranty_word", "statutory_warranty")
#: Who is to blame for a defect that the goods had from the beginning.
_LIABLE = ("supplier", "company", "warehouse")


class ReverseInspection(models.Model):
    """What inspected goods mean for the credit."""

    _inherit = "reverse.inspection"

    def _is_creditable(self):
        """Whether the customer may get something for these goods.

        reverse_logistics_mrp: for components perhaps only with all of their kit.
        """
        self.ensure_one()
        line = self.line_id
        return (
            self.disposition_id.credit != "none"
            and line.gives_credit
            # No sale, no price: only a person can grant something, as goodwill.
            and not line.customer_owned
            and not self._is_worthless_deposit()
            # The customer did not collect them.
            and not self.abandoned
        )

    def _on_work_done(self, method):
        """Goods that are where they belong at last are credited."""
        if method == "_dispose":
            self.env["reverse.settlement"]._propose(self)
        return super()._on_work_done(method)

    def _get_credit_decider(self):
        """Say who decides on the credit: ``policy``, ``person``, or ``none`` is given.

        Policy leaves to persons what is outside of it, what its rule says so of, what
        a person took back before, and what it said yes to on other grounds than were
        found.
        """
        self.ensure_one()
        credit = self.disposition_id.credit
        line = self.line_id
        if credit == "none":
            return credit
        if line.credit_release == "person" or line._has_taken_back():
            return "person"
        if self._get_credit_doubt():
            return "person"
        if self.not_inspected and self.policy_version_id:
            return "policy" if line.decision == "authorize" else "person"
        return credit

    def _get_credit_doubt(self):
        """Say why policy does not credit what it had authorized, None without doubt."""
        self.ensure_one()
        if self._has_no_defect():
            return self.env._(
                "%(part)s came back for a defect, and none was found.",
                part=self.display_name,
            )
        return None

    def _tell_doubts(self):
        """Tell on the returns why a person submits credits that policy would have."""
        for rma, parts in self.grouped("rma_id").items():
            doubts = [doubt for part in parts if (doubt := part._get_credit_doubt())]
            if doubts:
                # sudo: whoever sets the credit off need not write on the chatter
                rma.sudo()._message_log(
                    body=self.env._(
                        "A person submits the credit: %(doubts)s",
                        doubts=" ".join(doubts),
                    )
                )

    def _has_no_defect(self):
        """Whether goods that only come back for a defect were found without one.

        Who asks says that there is one: the customer, or a clerk. The inspection finds
        whose fault it is, and what can be sold as it is has none.

        reverse_logistics_supplier_claims: no trouble was found.
        """
        self.ensure_one()
        if self.line_id.decision_code not in FOR_DEFECTS or self.not_inspected:
            return False
        return (
            self.liability not in _LIABLE
            or self.disposition_id.location_state == "sellable"
        )

    def _get_live_settlement_lines(self):
        """Give the settlement lines by which these goods are settled.

        They are their own, also from an inspection before this one, and those of what
        was replaced or credited before the goods were here.
        """
        lines = self._get_lineage().settlement_line_ids
        live = lines.filtered(lambda line: line.state not in ("reversed", "cancelled"))
        return live | self._get_covering_advance() | self._get_covering_early()

    def _set_denied(self, denied):
        """Note for which parts the customer gets nothing, or after all something.

        reverse_logistics_repair: a repair is what the customer gets.
        """
        amounts = {}
        changed = self.filtered(lambda part: part.denied != denied)
        for part in changed:
            changes = amounts.setdefault(part.line_id, {"denied": 0.0})
            changes["denied"] += part.quantity if denied else -part.quantity
        changed._guarded_write({"denied": denied})
        self.line_id._add(amounts)

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

    def _has_given(self):
        """Whether the customer got something for these goods, also before they came."""
        # sudo: who moves the goods need not read credits
        return bool(self.sudo()._get_live_settlement_lines())

    def _get_covering_early(self):
        """Settlement lines by which these goods were credited before they were seen."""
        found = self.env["reverse.settlement.line"]
        for line, parts in self.grouped("line_id").items():
            covered, _left = line._cover_parts()
            if parts & covered:
                found |= line._get_early_lines().with_env(self.env)
        return found

    def _review_early(self):
        """What was credited before may not be worth it, now that it was seen.

        Goods that are kept by an offer are credited as it says, and nobody sees them.
        """
        parts = self.filtered(lambda part: not part.offer_id)
        dearer = parts._get_covering_early()._find_dearer(parts)
        for part in parts:
            by_policy = part.disposition_id.credit == "policy"
            if by_policy and part not in dearer and not part._get_credit_doubt():
                continue
            found = [part.condition_id.name, part.disposition_id.name]
            if part in dearer:
                found.append(self.env._("a higher fee than was charged"))
            part.line_id._review_early(
                self.env._(
                    "%(quantity)s: %(found)s.",
                    quantity=part.uom_id._say_reverse(part.quantity),
                    found=", ".join(filter(None, found)),
                )
            )
