"""What templates ask, the grade that answers give, and who may change what."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..control_common import ControlCase


class TemplateCase(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env["product.category"].create({"name": "Kettles"})
        cls.product.categ_id = cls.category
        cls.boss = cls.users["administrator"]
        cls.template = cls._create_template()
        cls.runs, cls.cause, cls.charge = cls.template.question_ids
        cls.worn, cls.burnt = cls.cause.choice_ids
        cls.order_line, cls.delivery = cls._sold(quantity=60)
        cls.order_line.order_id._create_invoices().action_post()

    @classmethod
    def _create_template(cls):
        """Does it run, if not why not, and how full is its battery?"""
        template = cls.env["reverse.inspection.template"].create(
            {
                "name": "Kettles",
                "category_ids": [Command.set(cls.category.ids)],
                "question_ids": [
                    Command.create(
                        {
                            "name": "Does it run?",
                            "kind": "test",
                            "yes_condition_id": cls.conditions["A"].id,
                            "no_condition_id": cls.conditions["D"].id,
                        }
                    ),
                    Command.create(
                        {
                            "name": "Why not?",
                            "kind": "choice",
                            "choice_ids": cls._choices(Worn="D", Burnt="E"),
                        }
                    ),
                    Command.create(
                        {
                            "name": "How full?",
                            "kind": "number",
                            "highest": 100,
                            "required": False,
                            "choice_ids": [
                                Command.create(
                                    {
                                        "name": "Weak",
                                        "number_from": 0,
                                        "number_below": 50,
                                        "condition_id": cls.conditions["C"].id,
                                    }
                                )
                            ],
                        }
                    ),
                ],
            }
        )
        runs, cause, _charge = template.question_ids
        cause.write({"after_id": runs.id, "after_answer": "no"})
        return template

    @classmethod
    def _choices(cls, **grades):
        return [
            Command.create({"name": name, "condition_id": cls.conditions[code].id})
            for name, code in grades.items()
        ]

    def _ask(self, **values):
        """A template of its own for this test, with one question."""
        self.template.active = False
        return self.env["reverse.inspection.template"].create(
            {
                "name": "Only for this",
                "question_ids": [Command.create({"name": "What is it?", **values})],
            }
        )

    def _part(self, quantity=1, source=None, **values):
        rma = self._received(source or self.delivery, quantity, **values)
        return self._as("inspector", rma.inspection_ids)

    def _answer(self, part, **answers):
        """Answer as the inspector's form does: ``runs="yes"``."""
        keys = {str(getattr(self, name).id): text for name, text in answers.items()}
        commands = [
            Command.update(answer.id, {"value": keys[answer.key]})
            for answer in part.answer_ids
            if answer.key in keys
        ]
        self._call(part, "write", {"answer_ids": commands})


@tagged("post_install", "-at_install")
class TestInspectionAnswers(TemplateCase):
    def test_answers_give_the_grade_and_are_evidence(self):
        part = self._part()
        self.assertEqual(part.template_id, self.template)
        self.assertEqual(
            part.answer_ids.mapped("question"),
            ["Does it run?", "Why not?", "How full?"],
        )
        self.assertEqual(part.answer_ids.mapped("applies"), [True, False, True])
        self.assertFalse(part.condition_id)
        self._answer(part, runs="no")
        # no grade before all is answered that has to be
        self.assertFalse(part.condition_id)
        self._answer(part, cause=str(self.burnt.id), charge="20")
        self.assertEqual(part.condition_id, self.conditions["E"])
        self.assertEqual(part.disposition_id, self.dispositions["SCRAP"])
        self.assertEqual(
            part.grade_note, "E – beyond use, because of “Why not?”: Burnt"
        )
        self._call(part, "action_complete")
        (data,) = self._completed(part)
        self.assertEqual(data["template"], self.template.id)
        self.assertEqual(data["questions"], part.questions_hash)
        self.assertEqual(len(data["answers"]), 64)
        self.assertNotIn("graded", data)
        for user in (self.users["inspector"], self.boss):
            with self.assertRaisesRegex(UserError, "is Inspected and can no longer be"):
                self._rpc(
                    user,
                    "reverse.inspection.answer",
                    "write",
                    part.answer_ids[0].ids,
                    {"value": "yes"},
                )
        self.assertEqual(part.answer_ids[0].value, "no")

    def _completed(self, part):
        events = self._events(part.rma_id)
        return events.filtered(lambda e: e.name == "InspectionCompleted")[-1].data[
            "parts"
        ]

    def test_what_is_missing_is_named(self):
        part = self._part()
        with self.assertRaisesRegex(UserError, r"Still to answer: “Does it run\?”$"):
            part.action_complete()
        self._answer(part, runs="no")
        part.condition_id = self.conditions["A"]
        with self.assertRaisesRegex(UserError, r"Still to answer: “Why not\?”$"):
            part.action_complete()
        self._answer(part, runs="yes")
        self.assertEqual(part.condition_id, self.conditions["A"])
        self._call(part, "action_complete")
        self.assertEqual(part.state, "done")

    def test_another_grade_needs_a_reason(self):
        part = self._part()
        self._answer(part, runs="yes")
        part.condition_id = self.conditions["B"]
        with self.assertRaisesRegex(
            UserError, "give A – as new, because of “Does it run.”: Passed"
        ):
            part.action_complete()
        part.grade_reason = "Scratches on the bottom"
        # the inspector has the last word, whatever is answered then
        self._answer(part, charge="30")
        self.assertEqual(part.condition_id, self.conditions["B"])
        self._call(part, "action_complete")
        self.assertEqual(self._completed(part)[0]["graded"], "C")
        event = self._events(part.rma_id).filtered(
            lambda e: e.name == "InspectionCompleted"
        )
        self.assertIn("by the answers C – used", event.data_text)

    def test_the_disposition_follows_the_grade(self):
        part = self._part()
        self._answer(part, runs="yes")
        self.assertEqual(part.disposition_id, self.dispositions["RESTOCK"])
        self._answer(part, charge="1")
        self.assertEqual(part.disposition_id, self.dispositions["QUARANTINE"])
        part.write(
            {
                "disposition_id": self.dispositions["SCRAP"].id,
                "override_reason": "Not worth it",
            }
        )
        self._answer(part, charge="99")
        self.assertEqual(part.condition_id, self.conditions["A"])
        self.assertEqual(part.disposition_id, self.dispositions["SCRAP"])

    def test_a_chosen_disposition_stays_with_further_answers(self):
        part = self._part(2)
        self._answer(part, runs="yes")
        self.assertEqual(part.disposition_id, self.dispositions["RESTOCK"])
        chosen = self.dispositions["QUARANTINE"]
        self._call(part, "write", {"disposition_id": chosen.id})
        self._answer(part, charge="80")
        self._call(part, "write", {"quantity": 1})
        self.assertEqual(part.disposition_id, chosen)
        other = part.rma_id.inspection_ids - part
        self._answer(other, runs="no", cause=str(self.burnt.id))
        self.assertEqual(other.condition_id, self.conditions["E"])

    def test_a_grade_goes_with_the_answers_that_gave_it(self):
        part = self._part()
        self._answer(part, runs="yes")
        self.assertEqual(part.condition_id, self.conditions["A"])
        self._answer(part, runs="no")
        self.assertFalse(part.condition_id or part.disposition_id)
        with self.assertRaisesRegex(UserError, r"Still to answer: “Why not\?”$"):
            part.action_complete()
        # what the inspector says stays
        part.condition_id = self.conditions["C"]
        self._answer(part, charge="90")
        self.assertEqual(part.condition_id, self.conditions["C"])
        part = self._part()
        with Form(part) as form:
            with form.answer_ids.edit(0) as answer:
                answer.value = "yes"
            self.assertEqual(form.condition_id, self.conditions["A"])
            with form.answer_ids.edit(0) as answer:
                answer.value = "no"
            self.assertFalse(form.condition_id)

    def test_the_form_shows_the_grade_at_once(self):
        part = self._part()
        with Form(part) as form:
            self.assertNotIn(str(self.cause.id), form.asked_keys)
            with form.answer_ids.edit(0) as answer:
                answer.value = "no"
            self.assertIn("“Why not?”", form.grade_note)
            self.assertIn(str(self.cause.id), form.asked_keys)
            with form.answer_ids.edit(1) as answer:
                answer.value = str(self.worn.id)
            self.assertEqual(form.condition_id, self.conditions["D"])
            self.assertEqual(form.disposition_id, self.dispositions["QUARANTINE"])
        self.assertEqual(part.condition_id, self.conditions["D"])
        self.assertEqual(part.answer_ids[1].value, str(self.worn.id))

    def test_what_begins_later_is_asked_what_was_changed(self):
        part = self._part()
        before = part.questions_hash
        self.runs.write(
            {"name": "Does it boil?", "no_condition_id": self.conditions["E"].id}
        )
        (self.cause | self.charge).unlink()
        self.assertEqual(
            part.answer_ids.mapped("question"),
            ["Does it run?", "Why not?", "How full?"],
        )
        self._call(
            part,
            "write",
            {
                "answer_ids": [
                    Command.update(part.answer_ids[0].id, {"value": "no"}),
                    Command.update(
                        part.answer_ids[1].id,
                        {"value": part.answer_ids[1].options[0][0]},
                    ),
                ]
            },
        )
        self.assertEqual(part.condition_id, self.conditions["D"])
        self.assertEqual(part.questions_hash, before)
        later = self._part()
        self.assertEqual(later.answer_ids.mapped("question"), ["Does it boil?"])
        self._answer(later, runs="no")
        self.assertEqual(later.condition_id, self.conditions["E"])

    def test_each_part_is_graded_by_its_own_answers(self):
        part = self._part(3)
        self._answer(part, runs="yes")
        self._call(part, "write", {"quantity": 2})
        rest = self._as("inspector", part.line_id.inspection_ids - part)
        self.assertEqual((rest.quantity, rest.answer_ids[0].value), (1, "yes"))
        self.assertEqual(rest.condition_id, self.conditions["A"])
        self._answer(rest, runs="no", cause=str(self.worn.id))
        self.assertEqual((part.condition_id.code, rest.condition_id.code), ("A", "D"))
        self._call(part | rest, "action_complete")
        self.assertEqual(part.rma_id._check_quantities(), {})

    def test_a_correction_goes_on_from_the_answers_a_second_look_starts_anew(self):
        part = self._part()
        self._answer(part, runs="no", cause=str(self.worn.id))
        part.disposition_id = self.dispositions["QUARANTINE"]
        self._call(part, "action_complete")
        part.action_reinspect()
        second = part.line_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual(second.answer_ids.mapped("value"), [False] * 3)
        second = self._as("inspector", second)
        self._answer(second, runs="yes")
        second.write(
            {
                "condition_id": self.conditions["B"].id,
                "grade_reason": "Dull",
                "release_reason": "It boils",
            }
        )
        self._call(second, "action_complete")
        second.action_correct()
        third = part.line_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self.assertEqual(third.answer_ids[0].value, "yes")
        self.assertEqual(
            (third.condition_id.code, third.grade_reason, third.disposition_id.code),
            ("B", "Dull", "RESTOCK"),
        )
        self.assertEqual(third.questions_hash, second.questions_hash)

    def test_serial_numbers_are_compared(self):
        self._ask(
            kind="serial",
            yes_condition_id=self.conditions["A"].id,
            no_condition_id=self.conditions["X"].id,
        )
        (lot,) = self._create_lots(self.serial_product, "SN 7")
        order = self._order(self.serial_product, 1)
        moves = self._deliver(order, lots={lot: 1})
        part = self._part(source=moves, lot_id=lot.id)
        answer = part.answer_ids
        answer.value = "sn7"
        self.assertEqual((part.condition_id.code, answer.remark), ("A", False))
        answer.value = "SN8"
        self.assertEqual(part.condition_id.code, "X")
        self.assertEqual(answer.remark, "SN 7 should have come.")

    def test_missing_accessories_are_told(self):
        cable, lid = self._create_product("Cable"), self._create_product("Lid")
        self.product.product_tmpl_id.reverse_accessory_ids = cable | lid
        self._ask(kind="accessories", no_condition_id=self.conditions["B"].id)
        part = self._part(2)
        answer = part.answer_ids
        answer.value = "3"
        self.assertEqual(answer.remark, "1 of 4 accessories are missing.")
        self.assertEqual(part.condition_id.code, "B")
        self._call(part, "action_complete")
        self.assertIn("1 of 4 accessories are missing.", part._say_condition())
        # what comes with the product from now on was not asked for then
        self.product.product_tmpl_id.reverse_accessory_ids = cable
        part.invalidate_recordset()
        self.assertEqual(answer.remark, "1 of 4 accessories are missing.")

    def test_changed_answers_are_found(self):
        part = self._part()
        self._answer(part, runs="no", cause=str(self.worn.id))
        self._call(part, "action_complete")
        rma = part.rma_id.with_env(self.env)
        events = self.env["reverse.event"]
        self.env.cr.flush()
        self.assertEqual(events._find_evidence_breaks(rma), {})
        for table, column, record in (
            ("reverse_inspection_answer", "value", part.answer_ids[0]),
            ("reverse_inspection", "questions", part),
        ):
            with self.subTest(column), self.cr.savepoint() as savepoint:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        part.questions.replace("boil", "cook")[:-1] + " }"
                        if column == "questions"
                        else "yes",
                        record.id,
                    )
                )
                self.env.invalidate_all()
                self.assertEqual(
                    events._find_evidence_breaks(rma), {rma: [("answers", part.id)]}
                )
                action = self._as("auditor", rma).action_verify_events()
                self.assertIn("Evidence was changed", action["params"]["message"])
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(events._find_evidence_breaks(rma), {})

    def test_each_part_shows_what_was_seen_of_it_before_it_was_split(self):
        self._ask(kind="photo")
        part = self._part(3)
        files = self._as("inspector", self.env["ir.attachment"])
        place = {"res_model": "reverse.inspection.answer", "res_id": part.answer_ids.id}
        photo = files.create({"name": "box.txt", "raw": b"all three", **place})
        part.answer_ids.photo_ids = [Command.set(photo.ids)]
        self._call(part, "write", {"quantity": 1})
        rest = self._as("inspector", part.line_id.inspection_ids - part)
        copy = rest.photo_ids
        self.assertEqual((copy.name, copy.raw), ("box.txt", b"all three"))
        self.assertNotEqual(copy, photo)
        self.assertEqual(rest.answer_ids.photo_ids, copy)
        self.assertEqual((part.photo_ids, part.answer_ids.photo_ids), (photo, photo))
        # what does not show these goods is taken off them alone
        copy.unlink()
        self.assertFalse(rest.photo_ids or rest.answer_ids.photo_ids)
        self.assertTrue(photo.exists())
        self._call(part, "write", {"condition_id": self.conditions["A"].id})
        self._call(part, "action_complete")
        self.env.cr.flush()
        events = self.env["reverse.event"]
        self.assertEqual(events._find_evidence_breaks(part.rma_id), {})

    def test_photos_belong_to_the_inspection(self):
        self._ask(kind="photo")
        part = self._part()
        with self.assertRaisesRegex(UserError, r"Still to answer: “What is it\?”"):
            part.action_complete()
        files = self._as("inspector", self.env["ir.attachment"])
        foreign = self._as("service", files).create(
            {
                "name": "order.txt",
                "raw": b"of another",
                "res_model": "reverse.rma",
                "res_id": part.rma_id.id,
            }
        )
        with self.assertRaisesRegex(UserError, "belongs to another document"):
            part.answer_ids.photo_ids = [Command.set(foreign.ids)]
        photo = files.create(
            {
                "name": "dent.txt",
                "raw": b"a dent",
                "res_model": "reverse.inspection.answer",
                "res_id": part.answer_ids.id,
            }
        )
        part.answer_ids.photo_ids = [Command.set(photo.ids)]
        self.assertEqual(part.photo_ids, photo)
        part.condition_id = self.conditions["A"]
        self._call(part, "action_complete")
        event = self._events(part.rma_id).filtered(
            lambda e: e.name == "InspectionCompleted"
        )
        self.assertEqual(event.data["parts"][0]["files"][0][0], photo.id)
        with self.assertRaisesRegex(UserError, "is evidence of a completed inspection"):
            photo.unlink()
        with self.assertRaisesRegex(UserError, "is Inspected"):
            part.answer_ids.photo_ids = [Command.clear()]


@tagged("post_install", "-at_install")
class TestInspectionAnswerGuards(TemplateCase):
    def test_answers_are_what_the_question_asks_for(self):
        part = self._part()
        runs, cause, charge = part.answer_ids
        for answer, text, problem in (
            (runs, "perhaps", "“Does it run.”: Choose one of the answers"),
            (cause, "9999999", "“Why not.”: Choose one of the answers"),
            (charge, "much", "“How full.”: Enter a number, such as"),
            (charge, 101, "“How full.”: Enter a number from 0 to 100."),
        ):
            with self.assertRaisesRegex(UserError, problem):
                self._rpc(
                    self.users["inspector"],
                    answer._name,
                    "write",
                    answer.ids,
                    {"value": text},
                )
        charge.value = 0
        self.assertEqual(charge.value, "0")

    def test_nobody_adds_removes_or_rewrites_questions(self):
        part = self._part()
        answer = part.answer_ids[0]
        for user, method, arguments, problem in (
            ("inspector", "write", [{"key": "1"}], "cannot be set directly"),
            ("inspector", "write", [{"kind": "text"}], "cannot be set directly"),
            ("inspector", "write", [{"inspection_id": 1}], "cannot be set directly"),
            ("inspector", "unlink", [], "not allowed"),
            ("auditor", "write", [{"value": "yes"}], "not allowed"),
            ("receiver", "write", [{"value": "yes"}], "not allowed"),
        ):
            with (
                mute_logger("odoo.models.unlink"),
                self.assertRaisesRegex((UserError, AccessError), problem),
            ):
                self._rpc(
                    self.users[user], answer._name, method, answer.ids, *arguments
                )
        with self.assertRaisesRegex(UserError, "belongs to its inspection"):
            answer.sudo().unlink()
        vals = {"inspection_id": part.id, "key": "x", "kind": "text"}
        for values in (vals, {"inspection_id": part.id}):
            with self.assertRaisesRegex(
                (UserError, AccessError), "cannot be set|nobody adds|not allowed"
            ):
                self._rpc(self.users["inspector"], answer._name, "create", [values])
        for name in ("template_id", "questions", "questions_hash"):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(self.boss, part._name, "write", part.ids, {name: False})

    def test_other_companies_read_nothing(self):
        part = self._part()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.template.company_id = self.company
        user = new_test_user(
            self.env,
            login="elsewhere",
            groups="reverse_logistics.group_inspector",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for records in (
            part.answer_ids,
            self.template,
            self.runs,
            self.worn,
        ):
            self.assertFalse(
                records.with_user(user).search([("id", "in", records.ids)])
            )

    def test_words_are_erased_with_the_customer(self):
        self._ask(kind="text")
        part = self._part()
        self._answer_first(part, "Ada says it fell")
        part.condition_id = self.conditions["A"]
        self._call(part, "action_complete")
        records, names = next(
            (records, names)
            for records, names in part.rma_id._get_personal_fields()
            if records._name == "reverse.inspection.answer"
        )
        records._guarded_write(dict.fromkeys(names, False))
        self.assertFalse(part.answer_ids.value)
        self.assertEqual(part.condition_id, self.conditions["A"])
        self.assertEqual(part.disposition_id, self.dispositions["RESTOCK"])

    def _answer_first(self, part, text):
        self._call(part.answer_ids[:1], "write", {"value": text})

    def test_a_batch_costs_a_fixed_number_of_queries(self):
        rma = self._received(self.delivery, 1)
        line = rma.line_ids
        counts = {}
        for number in (10, 100):
            parts = self.env["reverse.inspection"]._guarded_create(
                [
                    {
                        "line_id": line.id,
                        "quantity": 1,
                        "location_id": self.inspection_location.id,
                        "receipt_move_id": rma.picking_ids.move_ids.id,
                    }
                    for _number in range(number)
                ]
            )
            counts[number] = self._count(parts._ask)
            self.assertEqual(len(parts.answer_ids), 3 * number)
            answers = parts.answer_ids.filtered(lambda a: a.kind == "test")
            answers._guarded_write({"value": "yes"})
            self.assertEqual(parts.condition_id, self.conditions["A"])
            counts[number] += self._count(parts._check_answers)
        self.assertLessEqual(counts[100], counts[10] + 2)
        self.assertLessEqual(counts[100], 45)

    def _count(self, method):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        method()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_without_a_template_nothing_is_asked(self):
        self.template.active = False
        part = self._part()
        self.assertFalse(part.template_id or part.answer_ids or part.questions)
        part = part.sudo()
        self.env["reverse.inspection.template"]._compile_rules(self.company.id)
        part.mapped("not_inspected")
        self.assertTrue(part.line_id.company_id)
        with self.assertQueryCount(0):
            part._ask()


@tagged("post_install", "-at_install")
class TestInspectionTemplates(TemplateCase):
    def test_questions_never_wait_for_each_other(self):
        with self.assertRaisesRegex(ValidationError, "wait for each other"):
            self.runs.write(
                {
                    "after_id": self.cause.id,
                    "after_choice_ids": [Command.set(self.worn.ids)],
                }
            )
        with self.assertRaisesRegex(ValidationError, "Say with which answers"):
            self.charge.after_id = self.cause
        other = self._ask(kind="text")
        with self.assertRaisesRegex(ValidationError, "a question of its own template"):
            other.question_ids.write({"after_id": self.runs.id, "after_answer": "no"})
        # others depend on what this question can be answered
        with self.assertRaisesRegex(ValidationError, "Say with which answers"):
            self.runs.kind = "text"

    def test_answers_are_distinct(self):
        with self.assertRaisesRegex(ValidationError, "Enter the answers to choose"):
            self.cause.choice_ids.unlink()
            self.cause.kind = "choice"
        weak = self.charge.choice_ids
        with self.assertRaisesRegex(ValidationError, "have numbers in common"):
            weak.copy({"name": "Empty", "number_from": 10})
        with self.assertRaisesRegex(ValidationError, "a number below which the range"):
            weak.number_below = 0

    def test_a_copy_depends_on_its_own_questions(self):
        copy = self.template.copy()
        self.assertEqual(
            copy.question_ids.mapped("name"),
            [
                "Does it run?",
                "Why not?",
                "How full?",
            ],
        )
        self.assertEqual(copy.question_ids[1].after_id, copy.question_ids[0])
        self.assertEqual(copy.question_ids[1].after_answer, "no")
        self.assertEqual(copy.category_ids, self.category)

    def test_the_most_specific_template_applies(self):
        for_this = self.template.copy({"name": "This kettle"})
        for_this.product_ids = self.product
        self.assertEqual(self._part().template_id, for_this)
        for_this.value_from = 1_000_000
        self.assertEqual(self._part().template_id, self.template)

    def test_two_persons_change_what_is_asked(self):
        self.env["reverse.approval.rule"].create(
            {"name": "Policies", "gate": "policy_activation"}
        )
        for record, vals in (
            (self.runs, {"no_condition_id": self.conditions["A"].id}),
            (self.worn, {"condition_id": self.conditions["A"].id}),
        ):
            with self.assertRaisesRegex(UserError, "Change what “Kettles” consists of"):
                self._rpc(self.boss, record._name, "write", record.ids, vals)
        self._rpc(
            self.boss,
            self.template._name,
            "write",
            self.template.ids,
            {
                "question_ids": [
                    Command.update(
                        self.runs.id, {"no_condition_id": self.conditions["A"].id}
                    )
                ]
            },
        )
        self.assertEqual(self.runs.no_condition_id, self.conditions["D"])
        change = self.env["reverse.control.change"].search(
            [("res_model", "=", self.template._name)]
        )
        self.assertEqual(change.state, "requested")

    def test_only_administrators_write_templates(self):
        for role in ("inspector", "auditor", "approver"):
            for record in (self.template, self.runs, self.worn):
                with self.assertRaisesRegex(AccessError, "not allowed"):
                    self._rpc(
                        self.users[role],
                        record._name,
                        "write",
                        record.ids,
                        {"name": "?"},
                    )


@tagged("post_install", "-at_install")
class TestInspectionTour(TemplateCase, HttpCase):
    def test_inspector_answers(self):
        self.template.question_ids = [
            Command.create({"name": "Photo", "kind": "photo", "required": False})
        ]
        part = self._part()
        self.start_tour(
            f"/odoo/return-inspections/{part.id}",
            "reverse_logistics_inspection",
            login=self.users["inspector"].login,
            timeout=180,
        )
        self.assertEqual((part.state, part.condition_id.code), ("done", "E"))
        self.assertEqual(
            part.answer_ids.mapped("value"), ["no", str(self.burnt.id), "55", False]
        )
