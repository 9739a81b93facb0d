from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.engine import approvals, matching

from ..engine import choice

#: Steps after which nobody has to approve any more.
_ENDS = ("cancel", "supersede")


class ReverseInspection(models.Model):
    """What inspected goods would bring with each disposition, and what is chosen.

    Among the dispositions that nothing forbids (``_find_obstacles``), the one that
    brings most is recommended; what safety asks for stands above it
    (``_get_recommended_dispositions``). Whoever chooses another says why, and waits for
    an approval where a rule asks for one. What was weighed is kept with the inspection.
    """

    _name = "reverse.inspection"
    # In this order: what a gated document adds stands on what guards any document.
    _inherit = ["reverse.gated.mixin", "reverse.inspection"]
    _gates = ("disposition",)
    _gate_actors = ("inspected_by_ids", "customer_user_ids")

    choice = fields.Json(
        readonly=True,
        copy=False,
        guarded=True,
        help="What was weighed when the inspection was completed.",
    )
    choice_table = fields.Html(
        "What Each Disposition Would Bring",
        compute="_compute_choice_table",
        sanitize=False,
    )

    # ------------------------------------------------------------------
    # Weighing
    # ------------------------------------------------------------------
    def _get_choices(self):
        """Give what is weighed of these goods, or was when they were inspected.

        :return: ``{part: plain data}`` as :meth:`_weigh` gives it, parts to which no
            rule applies left out
        """
        kept = {part: part.choice for part in self if part.choice}
        drafts = self.filtered(
            lambda part: (
                part.state == "draft"
                and part.condition_id
                and not (part.not_inspected or part.goods_gone)
            )
        )
        return kept | drafts._weigh_all()

    def _weigh_all(self):
        found = self.env["reverse.recovery.rule"]._find_for(self)
        parts = self.filtered(found.get)
        if not parts:
            return {}
        dispositions = self.env["reverse.disposition"].union(
            *(disposition for part in parts for disposition in found[part])
        )
        obstacles = parts._find_obstacles(dispositions)
        values = parts._get_recovery_values()
        return {
            part: part._weigh(found[part], obstacles[part], values[part])
            for part in parts
        }

    def _get_observed(self, dispositions):
        """Give what such goods really brought, where there are enough cases.

        :return: ``{disposition id: {basis: percent, "cases": count}}``
        """
        self.ensure_one()
        # sudo: a setting of the company
        least = self.sudo().company_id.reverse_recovery_cases
        known = self.env["reverse.recovery.rate"]._get_known(self.company_id.id)
        kind = (self.product_id.categ_id.id, self.condition_id.id)
        found = {
            disposition.id: known.get((disposition.id, *kind))
            for disposition in dispositions
        }
        return {
            id_: rate
            for id_, rate in found.items()
            if rate and 0 < least <= rate["cases"]
        }

    def _weigh(self, rules, obstacles, values):
        """Weigh the dispositions of these goods.

        :param dict rules: ``{disposition: rule}``
        :param dict obstacles: ``{disposition: phrase}``
        :param dict values: ``{basis: value of one unit}``
        :return: plain data that can be stored as JSON, what brings most first
        """
        self.ensure_one()
        # sudo: what labour costs, of which an inspector is told
        part = self.sudo()
        hourly = part.facility_id.labour_rate or part.company_id.reverse_labour_rate
        quantity = self.line_id._in_product_uom(self.quantity)
        observed = self._get_observed(rules)
        outcomes = choice.rank(
            [
                rule._get_option(values, hourly, observed.get(disposition.id))
                for disposition, rule in rules.items()
                if disposition not in obstacles
            ],
            quantity,
            self.company_currency_id.rounding,
        )
        by_id = {disposition.id: rule for disposition, rule in rules.items()}
        return {
            "quantity": quantity,
            "options": [
                self._note_outcome(
                    outcome, by_id[outcome.option.key], observed.get(outcome.option.key)
                )
                for outcome in outcomes
            ],
            "refused": [
                [each.id, obstacles[each]] for each in rules if each in obstacles
            ],
        }

    @api.model
    def _note_outcome(self, outcome, rule, observed):
        option = outcome.option
        counts = observed and observed[rule.value_basis] is not None
        return {
            "disposition": option.key,
            "rule": rule.id,
            "basis": rule.value_basis,
            "value": option.value,
            "percent": option.percent,
            "cases": observed["cases"] if counts else 0,
            "rule_percent": rule.percent,
            "fee_percent": option.fee_percent,
            "freight": option.freight,
            "minutes": option.minutes,
            "hourly": option.hourly,
            "refurbishing": option.refurbishing,
            "recovered": outcome.recovered,
            "costs": outcome.costs,
            "net": outcome.net,
        }

    def _get_recovery_facts(self, dimensions=matching.DIMENSIONS):
        """Gather what rules look at: the return's facts, in the condition found here.

        :rtype: dict[reverse.inspection, engine.matching.Facts]
        """
        known = self.line_id._get_rule_facts(
            tuple(name for name in dimensions if name != "condition")
        )
        return {
            part: replace(
                known[part.line_id],
                values={
                    **known[part.line_id].values,
                    "condition": matching.plain(part.condition_id.ids),
                },
            )
            for part in self
        }

    def _get_recovery_values(self):
        """Give what one unit is worth, by each basis: ``{part: {basis: value}}``."""
        sales = self.line_id._get_unit_values()
        return {
            part: {"cost": part._get_unit_cost(), "sale": sales[part.line_id]}
            for part in self
        }

    def _get_unit_cost(self):
        """Give what one unit cost when it came back, or was taken over for.

        What belongs to others costs us nothing. What has not come back yet costs what
        the product costs now.
        """
        self.ensure_one()
        # sudo: what these goods cost, of which an inspector is told
        part = self.sudo()
        if part._get_goods_owner():
            return 0.0
        taken = part
        while taken and not taken.title_by_id:
            taken = taken.supersedes_id
        if taken:
            quantity = taken.line_id._in_product_uom(taken.quantity)
            return taken.title_value / quantity
        move = part.receipt_move_id
        if not move:
            return part.product_id.with_company(part.company_id).standard_price
        quantity = move.product_uom._compute_quantity(
            move.quantity, move.product_id.uom_id, rounding_method="HALF-UP"
        )
        return move.value / quantity if quantity else 0.0

    def _get_expected_nets(self):
        nets = super()._get_expected_nets()
        for part, weighed in self._get_choices().items():
            nets[part] = {
                each["disposition"]: each["net"] for each in weighed["options"]
            }
        return nets

    # ------------------------------------------------------------------
    # What is permitted, and what is recommended
    # ------------------------------------------------------------------
    def _find_obstacles(self, dispositions):
        found = super()._find_obstacles(dispositions)
        rules = self.env["reverse.recovery.rule"]._find_for(self, dispositions)
        for part, own in rules.items():
            for disposition, rule in own.items():
                if not rule.permitted:
                    obstacle = self.env._(
                        "the rule “%(rule)s” does not permit “%(disposition)s” for "
                        "these goods. Choose another disposition.",
                        rule=rule.name,
                        disposition=disposition.name,
                    )
                    found[part].setdefault(disposition, obstacle)
        return found

    @api.depends("condition_id", "lot_id", "title_by_id", "choice", "state")
    def _compute_recommended_disposition_id(self):
        return super()._compute_recommended_disposition_id()

    def _get_usual_dispositions(self):
        usual = super()._get_usual_dispositions()
        for part, weighed in self._get_choices().items():
            if weighed["options"]:
                best = weighed["options"][0]["disposition"]
                usual[part] = self.env["reverse.disposition"].browse(best)
            elif usual[part].id in {id_ for id_, _why in weighed["refused"]}:
                usual[part] = self.env["reverse.disposition"]
        return usual

    # ------------------------------------------------------------------
    # Choosing something else
    # ------------------------------------------------------------------
    def _check_complete(self):
        res = super()._check_complete()
        self._check_override()
        return res

    def _check_override(self):
        """Refuse to choose less than what brings most without saying why."""
        for part in self._get_overrides():
            if not (part.override_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(part)s: “%(recommended)s” is recommended. Enter under "
                        "“Override Reason” why it becomes “%(chosen)s” instead.",
                        part=part.display_name,
                        recommended=part.recommended_disposition_id.name,
                        chosen=part.disposition_id.name,
                    )
                )

    def _get_overrides(self):
        """Give the parts for which a person chose something else than recommended.

        :return: ``{part: the amount that this gives up}``
        """
        overrides = {}
        chosen = self.filtered(
            lambda part: (
                part.disposition_id and not (part.policy_version_id or part.offer_id)
            )
        )
        for part, weighed in chosen._get_choices().items():
            recommended = part.recommended_disposition_id
            if recommended and part.disposition_id != recommended:
                overrides[part] = choice.given_up(
                    {each["disposition"]: each["net"] for each in weighed["options"]},
                    recommended.id,
                    part.disposition_id.id,
                    part.company_currency_id.rounding,
                )
        return overrides

    # ------------------------------------------------------------------
    # Completing, where others have to approve
    # ------------------------------------------------------------------
    def _complete_decided(self):
        """Complete what needs no approval; the rest waits for it."""
        waiting = self.browse()
        if self._has_rules() or any(self.mapped("approval_state")):
            # Whoever decided does not approve it.
            self._guarded_write({"inspected_by_id": self.env.uid})
            waiting = self._ask_approvals()
        ready = self - waiting
        res = not ready or super(ReverseInspection, ready)._complete_decided()
        return waiting._tell_asked() if waiting else res

    def _tell_asked(self):
        """Tell the inspector that the disposition waits for an approval."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Asked for approval"),
                "message": self._get_waiting_text(),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _complete(self, vals):
        """Keep what was weighed with the inspection; nobody gets past an approval."""
        self._check_approved()
        for part, weighed in self._get_choices().items():
            refused = [[id_, ""] for id_, _why in weighed["refused"]]
            part._guarded_write({"choice": {**weighed, "refused": refused}})
        return super()._complete(vals)

    def _transition(self, table, action, vals=None):
        res = super()._transition(table, action, vals)
        if action in _ENDS:
            self._withdraw_approvals()
        return res

    def _get_gate_facts(self):
        """Rules go by what is given up of a whole return, however goods were split."""
        facts = {part: {} for part in self}
        drafts = self.filtered(lambda part: part.state == "draft")
        parts = drafts.browse().concat(*drafts._get_overrides())
        if not parts:
            return facts
        lost = parts._sum_given_up()
        # sudo: which rules there are, whoever decides
        companies = parts.sudo().company_id
        rules = self.env["reverse.approval.rule"]
        known = parts._get_recovery_facts(rules._get_dimensions(companies, self._gates))
        for part in parts:
            facts[part]["disposition"] = replace(known[part], value=lost[part.rma_id])
        return facts

    def _sum_given_up(self):
        """Sum what choosing something else gives up in the returns of these parts.

        :return: ``{return: amount}``
        """
        lost = dict.fromkeys(self.rma_id, 0.0)
        live = self.rma_id.inspection_ids.filtered(
            lambda part: part.state in ("draft", "done")
        )
        for part, amount in live._get_overrides().items():
            lost[part.rma_id] += amount
        return lost

    def _get_subjects(self):
        """Another disposition, finding, reason or lot is another matter."""
        overrides = self._get_overrides()
        return {
            part: approvals.Subject(
                overrides.get(part, 0.0),
                {part.product_id.id: part.line_id._in_product_uom(part.quantity)},
                "/".join(
                    str(part[name].id)
                    for name in ("disposition_id", "condition_id", "lot_id")
                )
                + f"/{part.liability}/{part.override_reason}",
            )
            for part in self
        }

    def _get_approval_details(self):
        self.ensure_one()
        return self.env._(
            "%(part)s\n“%(chosen)s” instead of “%(recommended)s”, which gives up "
            "%(lost)s.\n%(reason)s",
            part=self.display_name,
            chosen=self.disposition_id.name,
            recommended=self.recommended_disposition_id.name,
            lost=self.company_currency_id.format(self._get_overrides().get(self, 0.0)),
            reason=self.override_reason or "",
        )

    def _go_on_approved(self):
        """Complete as the inspector decided, unless something has come in its way."""
        waiting = self.filtered(lambda part: part.state == "draft")
        waiting._check_complete()
        waiting._check_kept()
        # sudo: an inspector has decided and an approver agreed; what follows needs no
        # rights of the latter
        waiting.sudo()._complete({"inspected_at": fields.Datetime.now()})

    def _go_on_refused(self, reason):
        """Leave the goods to be decided anew."""
        waiting = self.filtered(lambda part: part.state == "draft")
        waiting._guarded_write({"inspected_by_id": False})

    def _check_disposer(self):
        """What was approved is moved for whoever gave the last approval.

        That is done as superuser, which clients never are.
        """
        if not self.env.su:
            return super()._check_disposer()
        # sudo: what was decided before
        agreed = self.sudo().filtered(lambda part: part.approval_state == "approved")
        others = self - agreed.with_env(self.env)
        if self and not others:
            return None
        return super(ReverseInspection, others)._check_disposer()

    # ------------------------------------------------------------------
    # What events and forms say of it
    # ------------------------------------------------------------------
    def _get_event_data(self):
        data = super()._get_event_data()
        if self.choice:
            names = self.env["reverse.disposition"].browse(
                each["disposition"] for each in self.choice["options"]
            )
            data["expected"] = {
                disposition.code: each["net"]
                for disposition, each in zip(names, self.choice["options"], strict=True)
            }
        return data

    def _get_decider_data(self):
        # sudo: who decided before the approval
        part = self[:1].sudo()
        if part.approval_state == "approved":
            return {"decider": "person", "inspector": part.inspected_by_id.id}
        return super()._get_decider_data()

    @api.depends("condition_id", "lot_id", "quantity", "title_by_id", "choice", "state")
    @api.depends_context("lang")
    def _compute_choice_table(self):
        weighed = self._get_choices()
        for part in self:
            part.choice_table = part in weighed and self.env["ir.qweb"]._render(
                "reverse_logistics_choice.choice_table",
                part._describe_choice(weighed[part]),
            )

    def _describe_choice(self, weighed):
        """Give what the table shows: what each disposition brings, in plain words."""
        self.ensure_one()
        dispositions = self.env["reverse.disposition"].browse()
        recommended = self.recommended_disposition_id.id
        return {
            "options": [
                {
                    "name": dispositions.browse(each["disposition"]).name,
                    "recommended": each["disposition"] == recommended,
                    "lines": self._describe_arithmetic(each, weighed["quantity"]),
                    "net": self.company_currency_id.format(each["net"]),
                }
                for each in weighed["options"]
            ],
            "refused": [
                {"name": dispositions.browse(id_).name, "why": why}
                for id_, why in weighed["refused"]
            ],
        }

    def _describe_arithmetic(self, option, quantity):
        """Say how an amount comes about, one line for what comes in and each cost."""
        money = self.company_currency_id.format
        costs = option["costs"]
        words = {
            "count": f"{quantity:.12g}",
            "share": self._describe_share(option),
            "value": money(option["value"]),
            "recovered": money(option["recovered"]),
            "fee_percent": f"{option['fee_percent']:.12g}",
            "minutes": f"{option['minutes']:.12g}",
            "hourly": money(option["hourly"]),
            "freight_each": money(option["freight"]),
            "refurbishing_each": money(option["refurbishing"]),
            **{name: money(amount) for name, amount in costs.items()},
        }
        if option["basis"] == "sale":
            recovered = self.env._(
                "Recovered: %(share)s of %(value)s, what it was sold for, × %(count)s "
                "= %(recovered)s",
                **words,
            )
        else:
            recovered = self.env._(
                "Recovered: %(share)s of %(value)s, what it cost, × %(count)s = "
                "%(recovered)s",
                **words,
            )
        sentences = {
            "fees": self.env._(
                "− Fees: %(fee_percent)s %% of %(recovered)s = %(fees)s", **words
            ),
            "freight": self.env._(
                "− Freight: %(freight_each)s × %(count)s = %(freight)s", **words
            ),
            "labour": self.env._(
                "− Labour: %(minutes)s min × %(count)s at %(hourly)s an hour = "
                "%(labour)s",
                **words,
            ),
            "refurbishing": self.env._(
                "− Refurbishing: %(refurbishing_each)s × %(count)s = %(refurbishing)s",
                **words,
            ),
        }
        return [recovered, *(sentences[name] for name, cost in costs.items() if cost)]

    @api.model
    def _describe_share(self, option):
        """Say which share of the value is recovered, and whence that is known."""
        if not option["cases"]:
            return f"{option['percent']:.12g} %"
        return self.env._(
            "%(percent)s %% (%(cases)s cases; the rule says %(rule_percent)s %%)",
            percent=f"{option['percent']:.12g}",
            cases=option["cases"],
            rule_percent=f"{option['rule_percent']:.12g}",
        )
