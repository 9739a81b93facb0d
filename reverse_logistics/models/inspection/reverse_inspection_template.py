from odoo import Command, api, fields, models

from ...engine import snapshot


class ReverseInspectionTemplate(models.Model):
    """What inspectors have to answer about goods, and which grade follows.

    Administrators write templates, which are in force as soon as they are saved, or
    approved where others have to approve changes of controls. Which of several applies
    to a return line, the conditions that all rules share say. An inspection that begins
    keeps the questions as they are then (``_freeze``): whatever is changed later is
    about later inspections.
    """

    _name = "reverse.inspection.template"
    _inherit = ["reverse.governed.mixin", "reverse.standing.rule.mixin"]
    _description = "Inspection Template"
    _order = "sequence, id"
    _said_fields = ("question_ids",)

    description = fields.Text(translate=True)
    question_ids = fields.One2many(
        "reverse.inspection.question", "template_id", "Questions", copy=True
    )

    def copy(self, default=None):
        """Copy what questions depend on as well: on questions of the copy."""
        copies = super().copy(default)
        for old, new in zip(self, copies, strict=True):
            old._copy_dependencies(new)
        return copies

    def _copy_dependencies(self, copy):
        twins = {}
        for old, new in zip(self.question_ids, copy.question_ids, strict=True):
            twins[old] = new
            twins |= dict(zip(old.choice_ids, new.choice_ids, strict=True))
        for question in self.question_ids.filtered("after_id"):
            choices = [twins[choice].id for choice in question.after_choice_ids]
            twins[question].write(
                {
                    "after_id": twins[question.after_id].id,
                    "after_answer": question.after_answer,
                    "after_choice_ids": [Command.set(choices)],
                }
            )

    # ------------------------------------------------------------------
    # Which applies, and what it asks
    # ------------------------------------------------------------------
    @api.model
    def _find_for(self, lines):
        """Find the template that applies to each of these return lines.

        :return: ``{line: template}``, lines without one left out
        """
        rulesets = [
            rules
            # sudo: which companies have templates, whoever receives
            for company in lines.sudo().company_id
            for rules in self._compile_rules(company.id).values()
        ]
        if not rulesets:
            return {}
        facts = lines._get_rule_facts(
            frozenset(name for rules in rulesets for name in rules.dimensions),
            any(r.value_from or r.value_to for rules in rulesets for r in rules.rules),
        )
        # sudo: templates apply to all goods, whoever inspects them
        found = self.sudo()._match(facts)
        return {line: template for line, (template, _why) in found.items() if template}

    def _freeze(self, products):
        """Give the questions of this template as they are now.

        :param products: whose accessories may be counted
        :return: ``{product: text}``, see ``engine.grading`` for what it contains
        """
        self.ensure_one()
        # sudo: whoever receives goods needs not read what is asked about them
        questions = self.sudo().question_ids
        # All languages at once: inspectors may work in another than who received.
        for records in (questions, questions.choice_ids):
            records.with_context(prefetch_langs=True).fetch(["name"])
        rows = [question._freeze() for question in questions]
        grades = [
            {"id": grade.id, "code": grade.code}
            for grade in questions._get_grades().sorted()
        ]
        # sudo: as above
        counts = {p: len(p.sudo().reverse_accessory_ids) for p in products}
        texts = {
            count: snapshot.canonical(
                {
                    "questions": [
                        {**row, "expected": row["expected"] or count} for row in rows
                    ],
                    "grades": grades,
                }
            )
            for count in set(counts.values())
        }
        return {product: texts[count] for product, count in counts.items()}
