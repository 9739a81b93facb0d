from odoo import api, fields, models
from odoo.tools import split_every

from ..engine import classifier, outcomes

#: What an inspector finds, which is not known at the request.
LATE = ("condition",)
#: Parts whose facts are gathered at once.
BATCH = 1000
#: Ranges of the days since the delivery, and of what a unit was sold for: below each.
RANGES = {"age": (8, 31, 91, 366), "price": (10, 50, 200, 1000)}
SELLABLE = "RESTOCK"
#: How many dispositions are named with their chance.
NAMED = 3


#: What is known of goods, besides their condition, when it is asked what they bring.
_GOODS = (
    "location_id",
    "lot_id",
    "owner_id",
    "receipt_move_id",
    "supersedes_id",
    "title_by_id",
)


class ReverseAiDisposition(models.AbstractModel):
    """What goods become, from what such goods became when inspectors decided.

    It looks at facts of the goods and of the return, not at who the customer is. What
    is forbidden, and what rules recommend, stays as without it.
    """

    _name = "reverse.ai.disposition"
    _inherit = ["reverse.ai.worker"]
    _description = "Disposition from Past Cases"
    _subject = "reverse.inspection"
    _learns = True

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------
    @api.model
    def _get_facts(self, lines):
        """Give what is known of lines at the request: ``{line: {name: value}}``."""
        prices = lines._get_unit_values()
        return {line: self._get_line_facts(line, prices[line]) for line in lines}

    @api.model
    def _get_line_facts(self, line, price):
        rma = line.rma_id
        facts = {
            "reason": line.reason_id.code,
            "category": line.product_id.categ_id.id,
            "product": line.product_id.id,
            "channel": rma.channel_id.code,
            "facility": rma.facility_id.id,
            "tracking": line.product_id.tracking != "none",
            "price": self._find_range(price, RANGES["price"]),
        }
        asked = line.requested_at or fields.Datetime.now()
        if line.delivered_on:
            days = (fields.Date.to_date(asked) - line.delivered_on).days
            facts["age"] = self._find_range(days, RANGES["age"])
        return {name: value for name, value in facts.items() if value}

    @api.model
    def _find_range(self, number, bounds):
        """Name the range in which a number lies by the first bound above it."""
        return next((f"<{bound}" for bound in bounds if number < bound), "more")

    @api.model
    def _get_cases(self, parts):
        """Give what the engine compares of parts, as far as is known of them."""
        facts = self._get_facts(parts.line_id)
        return [
            outcomes.Case(
                {
                    **facts[part.line_id],
                    **(
                        {"condition": part.condition_id.code}
                        if part.condition_id
                        else {}
                    ),
                },
                part.disposition_id.code or "",
                part.id,
            )
            for part in parts
        ]

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------
    @api.model
    def _learn(self, task):
        parts = self.env["reverse.inspection"].search(
            [
                ("company_id", "=", task.company_id.id),
                ("state", "=", "done"),
                ("not_inspected", "=", False),
                ("policy_version_id", "=", False),
                ("condition_id", "!=", False),
                ("disposition_id", "!=", False),
            ],
            order="id desc",
            limit=classifier.MOST_ROWS,
        )
        cases = []
        for ids in split_every(BATCH, parts.ids[::-1], list):
            cases += self._get_cases(parts.browse(ids))
        found, metrics = outcomes.Outcomes.learn(cases, LATE, task.precision / 100)
        days = [fields.Date.to_date(day) for day in parts.mapped("inspected_at") if day]
        return {
            "found": found.to_data(),
            "metrics": metrics,
            "case_count": len(cases),
            "example_count": 0,
            "date_from": min(days, default=False),
            "date_to": max(days, default=False),
        }

    @api.model
    def _restore(self, meta, arrays):
        return outcomes.Outcomes.from_data(meta, arrays)

    @api.model
    def _name_inputs(self, schema):
        return self.env._("Facts of the goods and of the return")

    @api.model
    def _describe_limits(self):
        return self.env._(
            "It suggests; inspectors decide. It sees condition, reason, product, age, "
            "price, channel and facility only, no photos, and repeats what inspectors "
            "did, their habits as well."
        )

    # ------------------------------------------------------------------
    # Suggesting
    # ------------------------------------------------------------------
    @api.model
    def _get_waiting_domain(self, task):
        return [
            ("company_id", "=", task.company_id.id),
            ("state", "=", "draft"),
            ("not_inspected", "=", False),
        ]

    @api.model
    def _get_dispositions(self):
        """Give what goods that came back can become."""
        return self.env["reverse.disposition"].search(
            [("keeps_goods", "=", False), ("code", "!=", False)]
        )

    @api.model
    def _suggest(self, task, model, records):
        found = model._get_classifier()
        if found is None:
            return []
        dispositions = self._get_dispositions()
        obstacles = records._find_obstacles(dispositions)
        allowed = [
            {each.code for each in dispositions if each not in obstacles[part]}
            for part in records
        ]
        cases = self._get_cases(records)
        expected = self._expect(found, records, cases, allowed)
        return [
            {
                "res_id": part.id,
                "answer": told.label,
                "confidence": told.confidence,
                "state": "open" if told.sure else "abstained",
                "details": {**self._note(case, told), **expected[part]},
            }
            for part, case, told in zip(
                records, cases, found.answer(cases, allowed), strict=True
            )
        ]

    # ------------------------------------------------------------------
    # What goods bring
    # ------------------------------------------------------------------
    @api.model
    def _expect(self, found, parts, cases, allowed):
        """Give ``{part: {"nets": {code: amount}, "grades": {code: chance}}}``.

        By the rules by which inspected goods are valued. Of goods whose condition is
        not known, it is the mean over the conditions in which they may be found.

        :param cases: of these parts, in their order, as ``allowed``
        """
        told = found.foresee(cases)
        conditions = self.env["reverse.condition"].search(
            [("code", "in", list(set().union(*told)))]
        )
        may_be = {
            part: {
                condition: self._imagine(part.line_id, part.quantity, condition, part)
                for condition in conditions
                if condition.code in chances and not part.condition_id
            }
            for part, chances in zip(parts, told, strict=True)
        }
        every = parts.concat(*(new for own in may_be.values() for new in own.values()))
        nets = self._name_nets(every._get_expected_nets())
        expected = {}
        for part, case, chances, labels in zip(
            parts, cases, told, allowed, strict=True
        ):
            own = {c.code: nets.get(new, {}) for c, new in may_be[part].items()}
            grades = {code: round(chances[code], 4) for code in own}
            if grades:
                late = LATE[0], grades
                brings = found.expect(case, labels, late, own)
            else:
                brings = nets.get(part, {})
            expected[part] = {"nets": brings, "grades": grades}
        return expected

    @api.model
    def _imagine(self, line, quantity, condition, part):
        """Give a part as it would be in a condition; nothing is stored of it.

        Records in memory of one origin are the same one to Odoo, whatever they say.
        """
        known = {name: part[name].id for name in _GOODS}
        return part.new(
            {
                **known,
                "line_id": line.id,
                "quantity": quantity,
                "condition_id": condition.id,
                "title_value": part.title_value,
            },
            ref=f"{part.id}-{condition.id}",
        )

    @api.model
    def _name_nets(self, nets):
        codes = {each.id: each.code for each in self._get_dispositions()}
        return {
            part: {codes[key]: net for key, net in own.items() if key in codes}
            for part, own in nets.items()
        }

    @api.model
    def _note(self, case, told):
        return {
            "chances": {code: round(share, 4) for code, share in told.chances.items()},
            "facts": [[name, case.facts[name]] for name in told.facts],
            "alike": told.alike,
            "condition": case.facts.get("condition", False),
        }

    @api.model
    def _foresee(self, line):
        """Say what may become of a line that nobody has inspected yet.

        :return: sentences; none without a version in use, or where nothing is known
        """
        task = self.env["reverse.ai.task"]._get_of(line.company_id, "disposition")
        found = task.active_model_id._get_classifier()
        if found is None:
            return []
        cases = [outcomes.Case(self._get_facts(line)[line])]
        allowed = [set(self._get_dispositions().mapped("code"))]
        (told,) = found.answer(cases, allowed)
        if not told.label:
            return []
        # As it will be inspected, once it is here.
        part = self._imagine(
            line._origin,
            line.quantity,
            self.env["reverse.condition"],
            self.env["reverse.inspection"],
        )
        expected = self._expect(found, part, cases, allowed)[part]
        return self._explain(told.label, {**self._note(cases[0], told), **expected})

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------
    @api.model
    def _find_dispositions(self, codes):
        dispositions = self.env["reverse.disposition"].with_context(active_test=False)
        found = dispositions.search([("code", "in", list(codes))])
        return {disposition.code: disposition for disposition in found}

    @api.model
    def _name_answer(self, answer):
        return self._name_answers([answer])[answer] if answer else ""

    @api.model
    def _name_answers(self, answers):
        found = self._find_dispositions(answers)
        return {
            answer: found[answer].name if answer in found else answer
            for answer in answers
        }

    @api.model
    def _explain(self, answer, details):
        chances = details.get("chances", {})
        if not chances:
            return [self.env._("Too little is known of such goods.")]
        sentences = [
            self._say_chances(chances, details.get("nets", {})),
            self._say_grades(details.get("grades", {})),
            self._say_expected(chances, details.get("nets", {})),
            self._say_facts(details.get("facts", [])),
            self._say_alike(details.get("alike", [])),
        ]
        return [sentence for sentence in sentences if sentence]

    @api.model
    def _say_chances(self, chances, nets):
        likely = sorted(chances, key=lambda code: -chances[code])[:NAMED]
        if SELLABLE in chances and SELLABLE not in likely:
            likely.append(SELLABLE)
        names = self._name_answers(likely)
        money = self.env.company.currency_id.format
        parts = []
        for code in likely:
            values = {"name": names[code], "share": f"{100 * chances[code]:.0f}"}
            if code in nets:
                values["net"] = money(nets[code])
                text = self.env._("%(name)s %(share)s %%, bringing %(net)s", **values)
            else:
                text = self.env._("%(name)s %(share)s %%", **values)
            parts.append(text)
        return self.env._("Such goods became: %(parts)s.", parts="; ".join(parts))

    @api.model
    def _say_grades(self, grades):
        """Which conditions are expected, where nobody has entered one."""
        if not grades:
            return ""
        likely = sorted(grades, key=lambda code: -grades[code])[:NAMED]
        return self.env._(
            "Such goods were found in the condition: %(parts)s.",
            parts="; ".join(
                self.env._(
                    "%(name)s %(share)s %%",
                    name=self._name_fact("condition", code),
                    share=f"{100 * grades[code]:.0f}",
                )
                for code in likely
            ),
        )

    @api.model
    def _say_expected(self, chances, nets):
        """The mean of what each disposition brings, of those of which that is known."""
        known = sum(share for code, share in chances.items() if code in nets)
        if not known:
            return ""
        mean = sum(chances[code] * nets[code] for code in nets if code in chances)
        return self.env._(
            "On average, %(amount)s is expected.",
            amount=self.env.company.currency_id.format(mean / known),
        )

    @api.model
    def _say_facts(self, facts):
        labels = {
            "reason": self.env._("reason"),
            "category": self.env._("category"),
            "product": self.env._("product"),
            "channel": self.env._("channel"),
            "facility": self.env._("facility"),
            "tracking": self.env._("tracking"),
            "price": self.env._("price"),
            "age": self.env._("days since the delivery"),
            "condition": self.env._("condition"),
        }
        named = [
            f"{labels[name]} {self._name_fact(name, value)}"
            for name, value in facts
            if name in labels
        ]
        if not named:
            return ""
        return self.env._("What spoke for it: %(facts)s.", facts=", ".join(named))

    @api.model
    def _name_fact(self, name, value):
        models_by_name = {
            "reason": "reverse.reason",
            "channel": "reverse.channel",
            "condition": "reverse.condition",
            "category": "product.category",
            "product": "product.product",
            "facility": "reverse.facility",
        }
        if name == "tracking":
            return self.env._("by lot or serial number")
        if name in RANGES:
            return self._name_range(value, RANGES[name])
        if name not in models_by_name:
            return value
        records = self.env[models_by_name[name]].with_context(active_test=False)
        key = "id" if isinstance(value, int) else "code"
        found = records.search([(key, "=", value)], limit=1)
        return found.display_name if found else value

    @api.model
    def _name_range(self, value, bounds):
        if value.startswith("<"):
            return self.env._("below %(bound)s", bound=value[1:])
        return self.env._("%(bound)s and more", bound=bounds[-1])

    @api.model
    def _say_alike(self, ids):
        """Only those that the user may read."""
        parts = self.env["reverse.inspection"].search([("id", "in", ids)])
        if not parts:
            return ""
        return self.env._(
            "Most alike: %(cases)s.",
            cases=", ".join(
                f"{part.rma_id.display_name} ({part.disposition_id.name})"
                for part in parts.sorted(lambda part: ids.index(part.id))
            ),
        )

    # ------------------------------------------------------------------
    # Choosing
    # ------------------------------------------------------------------
    @api.model
    def _apply(self, records, answer):
        """A draft takes the disposition; completing it stays with the inspector."""
        found = self._find_dispositions([answer]).get(answer)
        drafts = records.filtered(
            lambda part: part.state == "draft" and part.disposition_id != found
        )
        if drafts and found:
            drafts.write({"disposition_id": found.id})

    @api.model
    def _fill(self, records, answers):
        for part in records.filtered(
            lambda part: (
                part.state == "draft" and part.condition_id and not part.disposition_id
            )
        ):
            self._apply(part, answers[part.id])
