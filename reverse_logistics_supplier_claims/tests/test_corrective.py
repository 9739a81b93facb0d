from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged
from odoo.tools import format_date

from .common import ClaimCase

REPORT = "reverse.corrective.action"
STEP = "reverse.corrective.step"
CLAIM = "reverse.supplier.claim"


@tagged("post_install", "-at_install")
class TestCorrective(ClaimCase):
    """Pumps that fail: the supplier says why, and what it does about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, "K1", "K2")
        cls.bought = cls._purchase(cls.pump, 2, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)
        cls.agreement.write(
            {"cause_days": 10, "escalation_user_id": cls.users["claims_approver"].id}
        )
        cls.reports = cls.env[REPORT].with_user(cls.users["claims_user"])

    def _asked(self):
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")
        self._call(claim, "action_ask_corrective")
        return claim.corrective_ids

    def _step(self, report, name):
        return report.step_ids.filtered(lambda step: step.step == name)

    def _answer_all(self, report, but=()):
        for step in report.step_ids.filtered(lambda s: s.step not in but):
            step.write(
                {
                    "answer": f"Text of {step.step}",
                    "stocks_searched": "All",
                    "verification": "Tested",
                    "escape_cause": "No test",
                    "done_on": fields.Date.today(),
                    "effective_from": fields.Date.today(),
                    "evidence_ids": [
                        Command.create({"name": "proof.txt", "raw": b"proof"})
                    ],
                }
            )
            self._call(step, "action_answer")

    def test_from_question_to_end(self):
        report = self._asked()
        today = fields.Date.today()
        claim = report.claim_ids
        self.assertEqual(
            (report.partner_id, report.product_id, report.user_id.login, report.step),
            (self.supplier, self.pump, "claims_user", "D0"),
        )
        contained = self.company._plan_reverse_deadline(2, today)
        self.assertEqual(report.due_on, contained)
        self.assertEqual(
            self._step(report, "D4").due_on, max(contained, today + timedelta(10))
        )
        self.assertEqual(len(report.step_ids), 9)
        containment = self._step(report, "D3")
        asked = {
            "D4": "enter Cause of Non-Detection, Evidence",
            "D6": "enter Done On, Effective",
        }
        for name, missing in asked.items():
            step = self._step(report, name)
            step.answer = "Done"
            with self.assertRaisesRegex(UserError, missing):
                step.action_answer()
        containment.answer = "All lots are locked"
        with self.assertRaisesRegex(
            UserError, "D3 does not say everything yet: enter Stocks Searched, Verif"
        ):
            containment.action_answer()
        with self.assertRaisesRegex(UserError, "To Answer: this step is not possible"):
            containment.action_accept()
        self._answer_all(report)
        self.assertEqual((report.due_on, report.to_accept), (False, 9))
        self.assertEqual(containment.answered_by_id.login, "claims_user")
        with self.assertRaisesRegex(UserError, "is Answered and can no longer be chan"):
            containment.answer = "Something else"
        # refused: it says why, and is answered again
        cause = self._step(report, "D4")
        with self.assertRaisesRegex(UserError, "D4: enter why its answer is refused"):
            cause.action_refuse()
        cause.refusal = "This is a symptom"
        self._call(cause, "action_refuse")
        self.assertEqual((report.due_on, cause.state), (cause.due_on, "refused"))
        cause.answer = "The seal was glued at 5 °C"
        self._call(cause, "action_answer")
        self.assertFalse(cause.refusal)
        last = self._step(report, "D8")
        with self.assertRaisesRegex(UserError, "D8 closes the report, but D0, D1"):
            last.action_accept()
        self._call(report.step_ids - last, "action_accept")
        self.assertEqual((report.step, report.state), ("D8", "open"))
        with self.assertRaisesRegex(UserError, "is Accepted and can no longer be"):
            cause.refusal = "Too late"
        with self.assertRaisesRegex(UserError, "Accepted: this step is not possible"):
            cause.action_refuse()
        self._call(last, "action_accept")
        self.assertEqual(
            (report.state, report.closed_by_id.login, report.closed_on),
            ("closed", "claims_user", today),
        )
        self.assertEqual(claim.corrective_count, 1)
        self.assertIn(
            "D4 refused: This is a symptom", str(report.message_ids.mapped("body"))
        )

    def test_guards(self):
        report = self._asked()
        step = self._step(report, "D3")
        user = self.users["claims_user"]
        for model, record, vals in (
            (REPORT, report, {"state": "closed"}),
            (REPORT, report, {"closed_by_id": user.id}),
            (REPORT, report, {"partner_id": self.stranger.id}),
            (STEP, step, {"state": "accepted"}),
            (STEP, step, {"accepted_by_id": user.id}),
            (STEP, step, {"step": "D8"}),
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "set directly"):
                self._rpc(user, model, "write", record.ids, vals)
        with self.assertRaisesRegex(UserError, "steps of a report stay with it"):
            step.sudo().unlink()
        with self.assertRaisesRegex(UserError, "of a report are opened with it"):
            self._as("claims_user", self.env[STEP]).create(
                {"action_id": report.id, "step": "D1", "due_on": "2026-01-01"}
            )
        with self.assertRaisesRegex(AccessError, "is for the role “Claims”"):
            self._as("auditor", step).action_answer()
        # evidence is frozen with the answer
        file = self._as("claims_user", self.env["ir.attachment"]).create(
            {"name": "a.txt", "raw": b"a", "res_model": STEP, "res_id": step.id}
        )
        step.write(
            {
                "answer": "Done",
                "stocks_searched": "All",
                "verification": "Seen",
                "evidence_ids": [Command.link(file.id)],
            }
        )
        file.raw = b"b"
        # what is somebody else's is not locked by naming it
        others = self.env["ir.attachment"].create(
            [
                {"name": "c.txt", "raw": b"c", "res_model": own._name, "res_id": own.id}
                for own in (self.pump.product_tmpl_id, report)
            ]
        )
        for other, error in zip(others, (AccessError, UserError), strict=True):
            with self.assertRaises(error):
                self._rpc(
                    user,
                    STEP,
                    "write",
                    step.ids,
                    {"evidence_ids": [Command.link(other.id)]},
                )
        step.evidence_ids = [Command.create({"name": "b.txt", "raw": b"b"})]
        loose = step.evidence_ids - file
        self._call(step, "action_answer")
        self._call(step, "action_accept")
        for evidence in (file, loose):
            with self.assertRaisesRegex(UserError, "stays as it is"):
                evidence.raw = b"c"
        with self.assertRaisesRegex(UserError, "stays as it is"):
            file.unlink()
        self._call(report, "action_cancel")
        with self.assertRaisesRegex(UserError, "is Cancelled: its answers stay"):
            self._step(report, "D1").answer = "Late"

    def test_repeats(self):
        vals = {
            "partner_id": self.supplier.id,
            "product_id": self.pump.id,
            "reason_id": self.env["reverse.reason"].search([], limit=1).id,
        }
        with freeze_time("2026-01-10"):
            first = self.reports.create(dict(vals))
        with freeze_time("2027-01-10"):
            again = self.reports.create(dict(vals))
        with freeze_time("2028-03-10"):
            late = self.reports.create(dict(vals))
        self.assertFalse(first.repeat_of_id)
        self.assertEqual(again.repeat_of_id, first)
        self.assertFalse(late.repeat_of_id)
        again.product_id = self.product
        self.assertFalse(again.repeat_of_id)

    def _activities(self, record):
        return record.sudo().activity_ids.sorted("id")

    def test_reminders_of_reports(self):
        report = self._asked()
        due = report.due_on

        def remind(days):
            with (
                freeze_time(due + timedelta(days)),
                patch.object(
                    type(self.env["ir.cron"]), "_commit_progress", return_value=60.0
                ),
            ):
                self.env[CLAIM]._cron_remind()
            return self._activities(report)

        self.assertFalse(remind(-2))
        told = remind(-1)
        self.assertEqual(told.user_id.login, "claims_user")
        self.assertIn("answers D0, D1, D2, D3 by", told.summary)
        # once only, then whom the agreement names
        self.assertEqual(remind(0), told)
        self.assertEqual(remind(2), told)
        escalated = remind(3) - told
        self.assertEqual(escalated.user_id.login, "claims_approver")
        self.assertTrue(escalated.summary.startswith("Escalated: 8D/"))
        self.assertEqual(remind(5), told | escalated)
        self._answer_all(report, but=("D5", "D6", "D7", "D8"))
        self.assertFalse(self._activities(report))
        self.assertFalse(report.reminder_stage)

    def test_suppliers_are_reminded_by_mail(self):
        """Where it is agreed: when the answer is late, and when that is escalated."""
        self.supplier.email = "claims@cobalt.example"
        self.agreement.reminds_partner = True
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")

        def remind(days):
            with freeze_time(claim.response_due + timedelta(days)):
                claim.sudo()._remind()
            said = claim.answer_ids.filtered(lambda one: one.text == "Reminder")
            mails = self.env["mail.mail"].search(
                [("model", "=", claim._name), ("res_id", "=", claim.id)]
            )
            return len(said), len(mails) - before

        before = 0
        before = remind(0)[1]
        self.assertEqual(remind(1), (1, 1))
        self.assertEqual(remind(2), (1, 1), "once only")
        self.assertEqual(remind(3), (2, 2))
        # nobody can be written to: the activity is there all the same
        other = self._claim(self._broken(self.sold))
        self._call(other, "action_submit")
        self.supplier.email = False
        with freeze_time(other.response_due + timedelta(1)):
            other.sudo()._remind()
        self.assertEqual(other.reminder_stage, "reminded")
        self.assertNotIn("Reminder", other.answer_ids.mapped("text"))
        self.agreement.reminds_partner = False

    def _mail(self, day):
        """Let the scheduled action run on a day; give the mails that it wrote."""
        mails = self.env["mail.mail"].sudo()
        before = mails.search([])
        with (
            freeze_time(day),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=60.0
            ),
        ):
            self.env[STEP]._cron_mail_suppliers()
        return mails.search([]) - before

    def _told(self, mails):
        """Give what stands in the lists of mails."""
        return [
            " ".join(item.text_content().replace("Answer on our portal", "").split())
            for mail in mails
            for item in html.fromstring(mail.body_html).iter("li")
        ]

    def test_suppliers_are_told_of_steps(self):
        """One mail for all reports of a supplier: due, overdue, refused."""
        self.supplier.email = "claims@cobalt.example"
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")
        self._call(claim, "action_ask_corrective")
        first = claim.corrective_ids
        second = self.reports.create({"partner_id": self.supplier.id})
        other = self.reports.create({"partner_id": self.stranger.id})
        due = first.due_on
        names = [
            f"{report.name}, {label}: "
            for report in (first, second)
            for label in (
                "D0 Immediate action",
                "D1 Team",
                "D2 Problem",
                "D3 Containment",
            )
        ]

        def day(of):
            return format_date(self.env, of)

        self.assertFalse(self._mail(due - timedelta(1)), "it is not agreed")
        self.agreement.reminds_partner = True
        self.assertFalse(self._mail(due - timedelta(2)))
        mail = self._mail(due - timedelta(1))
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.supplier)
        self.assertEqual((mail.model, mail.res_id), (REPORT, first.id))
        self.assertEqual(
            mail.subject, f"8D reports: what {self.company.name} waits for"
        )
        self.assertEqual(
            self._told(mail), [f"{name}due by {day(due)}." for name in names]
        )
        page = f'/my/supplier-claims/{claim.id}">Answer on our portal'
        self.assertEqual(mail.body_html.count(page), 4)
        note = second.message_ids[:1].body
        self.assertIn("The supplier was told by mail: 8D/", note)
        self.assertNotIn(first.name, note)
        # each is told once, and of what is overdue when it is escalated
        for days in (0, 1, 2):
            self.assertFalse(self._mail(due + timedelta(days)))
        self._answer_all(second)
        mail = self._mail(due + timedelta(3))
        self.assertEqual(
            self._told(mail), [f"{name}overdue since {day(due)}." for name in names[:4]]
        )
        self.assertFalse(self._mail(due + timedelta(4)))
        # the next steps come, though the first are not answered yet
        cause = self._step(first, "D4")
        mail = self._mail(cause.due_on - timedelta(1))
        self.assertEqual(
            self._told(mail),
            [
                f"{first.name}, {label}: due by {day(cause.due_on)}."
                for label in ("D4 Root cause", "D5 Chosen action")
            ],
        )
        self.assertFalse(other.step_ids.filtered("mailed_stage"))

    def test_suppliers_are_told_of_refusals(self):
        self.supplier.email = "claims@cobalt.example"
        self.agreement.reminds_partner = True
        report = self._asked()
        self._answer_all(report)
        today = fields.Date.today()
        self.assertFalse(self._mail(today))
        triggers = self.env["ir.cron.trigger"].sudo()
        waiting = triggers.search([])
        cause, chosen = (self._step(report, name) for name in ("D4", "D5"))
        for step, why in ((cause, "A symptom"), (chosen, "No date")):
            step.refusal = why
            self._call(step, "action_refuse")
        cron = (triggers.search([]) - waiting).cron_id
        self.assertEqual(
            cron.cron_name, "Returns: tell suppliers of steps of 8D reports"
        )
        mail = self._mail(today)
        day = format_date(self.env, cause.due_on)
        self.assertEqual(
            self._told(mail),
            [
                f"{report.name}, {label}: we could not accept your answer: “{why}”. "
                f"Please answer again by {day}."
                for label, why in (
                    ("D4 Root cause", "A symptom"),
                    ("D5 Chosen action", "No date"),
                )
            ],
        )
        self.assertFalse(self._mail(today))
        # refused again, long after it was due: nothing is overdue on the next day
        self._call(cause, "action_answer")
        late = cause.due_on + timedelta(20)
        cause.refusal = "Still a symptom"
        self._call(cause, "action_refuse")
        self.assertEqual(
            self._told(self._mail(late))[0],
            f"{report.name}, D4 Root cause: we could not accept your answer: “Still a "
            "symptom”. Please answer again.",
        )
        self.assertFalse(self._mail(late + timedelta(2)))
        mail = self._mail(late + timedelta(3))
        self.assertIn("Still a symptom", self._told(mail)[0])
        self.assertEqual(cause.mailed_stage, "escalated")

    def test_suppliers_without_an_address_are_told_later(self):
        self.supplier.email = False
        self.agreement.reminds_partner = True
        report = self._asked()
        before = report.due_on - timedelta(1)
        self.assertFalse(self._mail(before))
        self.assertFalse(report.step_ids.filtered("mailed_stage"))
        self.supplier.email = "claims@cobalt.example"
        self.assertEqual(len(self._mail(before)), 1)
        # what is cancelled or closed waits for nobody
        self._call(report, "action_cancel")
        self.assertFalse(self._mail(report.opened_on + timedelta(99)))

    def test_many_suppliers_are_told(self):
        """As many mails as suppliers; what is looked up is looked up together."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Works {number}", "email": f"{number}@works.example"}
                for number in range(3)
            ]
        )
        self.env["reverse.supplier.agreement"].create(
            [
                {"name": one.name, "partner_id": one.id, "reminds_partner": True}
                for one in partners
            ]
        )
        reports = self.reports.create(
            [{"partner_id": one.id} for one in partners for _report in range(4)]
        )
        steps = reports.step_ids.sudo().with_prefetch()
        day = reports[0].due_on - timedelta(1)
        with freeze_time(day):
            steps._find_to_tell()
            found = []
            for some in (steps[:9], steps):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                found.append(len(some._find_to_tell()))
                found.append(self.env.cr.sql_log_count - before)
        self.assertEqual((found[0], found[2]), (4, 48))
        self.assertLessEqual(found[3], found[1] + 1)
        self.assertEqual(self._mail(day).recipient_ids, partners)

    def test_reminders_of_claims(self):
        """Before the deadline, and when the promised answer does not come."""
        self.agreement.deadline_days = 30
        claim = self._claim(self._broken(self.sold))

        def remind(day):
            with freeze_time(day):
                claims = claim.sudo().search(
                    [
                        *claim._get_reminder_domain(day),
                        ("id", "=", claim.id),
                    ]
                )
                claims._remind()
            return self._activities(claim)

        self.assertFalse(remind(claim.deadline - timedelta(8)))
        told = remind(claim.deadline - timedelta(7))
        self.assertIn("submit it by", told.summary)
        self.assertEqual(told.date_deadline, claim.deadline)
        both = remind(claim.deadline - timedelta(1))
        self.assertEqual((both - told).user_id, self.users["claims_approver"])
        self._call(claim, "action_submit")
        self.assertFalse(self._activities(claim))
        self.assertFalse(remind(claim.response_due))
        told = remind(claim.response_due + timedelta(1))
        self.assertIn("Cobalt Works promised an answer by", told.summary)
        self._answered(claim, "acknowledge", reference="R")
        self.assertFalse(self._activities(claim))
        # still no decision: told again
        told = remind(claim.response_due + timedelta(1))
        self.assertEqual(len(told), 1)
        # and goods that we send are no answer
        self._send(claim)
        self.assertEqual((claim.state, self._activities(claim)), ("sent", told))
        escalated = remind(claim.response_due + timedelta(3)) - told
        self.assertEqual(escalated.user_id, self.users["claims_approver"])
        self._answered(claim, "refuse", reason="Misuse")
        self.assertFalse(self._activities(claim))
        self.assertFalse(remind(claim.response_due + timedelta(4)))
        # a dispute awaits an answer of its own
        self._call(claim, "action_resubmit")
        self.assertTrue(claim.is_awaited)

    def test_many_are_reminded_at_once(self):
        reports = self.reports.create(
            [{"partner_id": self.supplier.id} for _number in range(20)]
        ).sudo()

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(reports[0].due_on + timedelta(1)):
                some._remind()
                self.env.flush_all()
            self.assertEqual(len(some.activity_ids), len(some))
            return self.env.cr.sql_log_count - before

        few, many = count(reports[:4]), count(reports[4:])
        self.assertLessEqual(many, few + 3)

    def test_companies(self):
        report = self._asked()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        user = self.users["claims_user"]
        user.sudo().write({"company_ids": [Command.link(other.id)]})
        for records in (report, report.step_ids):
            foreign = records.with_user(user).with_context(
                allowed_company_ids=other.ids
            )
            self.assertFalse(foreign.search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                foreign.read(["company_id"])
