import base64

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ...engine import limits, transitions
from ..base import codes
from .reverse_visitor_mixin import AT_ONCE


class ReverseWithdrawalStatement(models.Model):
    """What a consumer stated on the page for withdrawals, as it arrived.

    A withdrawal works by arriving: it is stored whatever it says, and the moment of its
    confirmation counts. The receipt, and the return where the statement fits an order,
    are made right after.

    However many statements arrive, all are stored and looked at. Receipts beyond what
    an address, or a visitor, gets within an hour are held, and sent later: every
    consumer has a right to theirs.
    """

    _name = "reverse.withdrawal.statement"
    _inherit = ["reverse.visitor.mixin", "mail.activity.mixin"]
    _description = "Withdrawal Statement"
    _order = "stated_at desc, id desc"
    _check_company_auto = True
    _editable_states = ("received",)
    _mailed_per_hour = {"email": 5, "visitor": 20}
    _steps = transitions.STATEMENT
    _once = models.UniqueIndex("(submission)")

    name = fields.Char("Reference", readonly=True, guarded=True)
    stated_at = fields.Datetime(
        required=True,
        readonly=True,
        index=True,
        guarded=True,
        help="When the customer confirmed, by the clock of the server: it decides "
        "whether the withdrawal is in time.",
    )
    # Always entered, as is the address; both are empty once personal data were erased.
    person = fields.Char("Name", readonly=True, guarded=True)
    contract = fields.Char(
        "Order", required=True, readonly=True, index=True, guarded=True
    )
    part = fields.Char(
        "Part of the Order",
        readonly=True,
        guarded=True,
        help="What the customer withdraws from. Empty: all of it.",
    )
    zone = fields.Char("Time Zone", readonly=True, guarded=True)
    # The key of the form: sending it again states nothing anew.
    submission = fields.Char(required=True, readonly=True, guarded=True)
    order_id = fields.Many2one(
        "sale.order",
        "Matched Order",
        index="btree_not_null",
        check_company=True,
        domain="[('state', '=', 'sale'), ('company_id', '=', company_id)]",
        ondelete="restrict",
        help="Found where number and email are those of an order; else customer "
        "service chooses it.",
    )
    is_matched = fields.Boolean(
        "Found by Number and Address",
        readonly=True,
        copy=False,
        guarded=True,
        help="Number and address were those of the order when the statement was looked "
        "at, and no user chose another one.",
    )
    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    withdrawal_summary = fields.Text(related="rma_id.withdrawal_summary")
    refund_due_on = fields.Date(related="rma_id.refund_due_on")
    is_late = fields.Boolean(
        "Late",
        compute="_compute_is_late",
        search="_search_is_late",
        help="The right to withdraw seems to be over. A person decides.",
    )
    state = fields.Selection(
        [
            ("received", "Received"),
            ("linked", "Linked"),
            ("answered", "Answered Otherwise"),
        ],
        "Status",
        default="received",
        required=True,
        readonly=True,
        index=True,
        guarded=True,
    )
    receipt = fields.Selection(
        [
            ("due", "Not sent yet"),
            ("sent", "Sent"),
            ("held", "Sent later: too many within an hour"),
        ],
        default="due",
        required=True,
        readonly=True,
        index=True,
        guarded=True,
    )
    answer = fields.Text(
        help="What you told a customer whose statement belongs to no order."
    )
    is_link_allowed = fields.Boolean(compute="_compute_is_link_allowed")

    @api.depends("rma_id.line_ids.decision_code")
    def _compute_is_late(self):
        for statement in self:
            # sudo: auditors need not read each line
            codes = statement.sudo().rma_id.line_ids.mapped("decision_code")
            statement.is_late = "withdrawal_late" in codes

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("rma_id.line_ids.decision_code", "=", "withdrawal_late")
        return Domain.OR(late if wanted else ~late for wanted in value)

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_is_link_allowed(self):
        service = self._has_duty("service")
        for statement in self:
            statement.is_link_allowed = service and statement._may("link")

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._(
                "Statements arrive by the page on which customers withdraw. To note a "
                "letter or a call, open the order and press Withdrawal."
            )
        )

    @api.model
    def _complete_create(self, vals_list):
        """Give each statement its reference."""
        # sudo: sequences belong to the system
        sequence = self.env["ir.sequence"].sudo()
        return [
            {
                **vals,
                "name": sequence.with_company(vals["company_id"]).next_by_code(
                    self._name
                ),
            }
            for vals in vals_list
        ]

    # ------------------------------------------------------------------
    # It arrives
    # ------------------------------------------------------------------
    @api.model
    def _read_entered(self, entered):
        """Read what a visitor entered in the form.

        :param dict entered: of any names and values
        :return: values of a statement
        :raises UserError: for what is missing, too long, or no address for the receipt
        """
        values = {
            name: limits.clean_line(entered.get(name))
            for name in ("person", "contract", "email", "part")
        }
        if max(map(len, values.values())) > limits.ENTRY:
            raise UserError(
                self.env._(
                    "Please enter at most %(most)s characters in each field.",
                    most=limits.ENTRY,
                )
            )
        if not values["person"] or not values["contract"]:
            raise UserError(
                self.env._("Please enter your name and the number of your order.")
            )
        values["email"] = self._read_email(entered)
        if not values["email"]:
            raise UserError(
                self.env._(
                    "Please enter the email address to which we send the receipt."
                )
            )
        return values

    @api.model
    def _receive(self, values, company, submission, visitor):
        """Store what a visitor confirmed; the same form sent again is stored once.

        :param dict values: what :meth:`_read_entered` gave, with language and time zone
        :param company: whose site it is
        :param str submission: key of the form
        :param str visitor: fingerprint of the visitor's address
        :raises ConcurrencyError: when the same form arrives twice at the same time;
            Odoo repeats the request, which then finds the first
        """
        if not codes.is_key(submission):
            raise UserError(
                self.env._("Please fill in the form again: this page was too old.")
            )
        known = self.search([("submission", "=", submission)], limit=1)
        if known:
            return known
        try:
            with self.env.cr.savepoint():
                statement = self._guarded_create(
                    {
                        **values,
                        "company_id": company.id,
                        "submission": submission,
                        "visitor": visitor,
                        "stated_at": fields.Datetime.now(),
                    }
                )
        except UniqueViolation as error:
            raise ConcurrencyError("the same form arrived twice") from error
        # sudo: visitors start the action that answers them
        self.env.ref("reverse_logistics.cron_answer_withdrawals").sudo()._trigger()
        return statement

    def _say_stated_at(self, zone=None):
        """Give day and time of the statement in a place, with the place's name.

        :param str zone: name of the time zone, the company's when left out
        """
        self.ensure_one()
        zone = zone or self.company_id._get_reverse_zone().zone
        return f"{format_datetime(self.env, self.stated_at, tz=zone)} ({zone})"

    def _get_content(self):
        """Give what was stated and when, as the customer reads it."""
        self.ensure_one()
        names = ("name", "person", "contract", "part", "email")
        return {**{name: self[name] for name in names}, "times": self._get_times()}

    def _get_times(self):
        """Give day and time where the customer is, and where the company is."""
        self.ensure_one()
        times = [self._say_stated_at(self.zone), self._say_stated_at()]
        return list(dict.fromkeys(times))

    # ------------------------------------------------------------------
    # It is answered
    # ------------------------------------------------------------------
    @api.model
    def _get_work(self):
        """Send held receipts first: nothing later takes their place in a mailbox."""
        held = self._find_held()
        return [each._send_held for each in held] + super()._get_work()

    def _handle(self):
        """Send the receipt and make the return; each may fail without the other."""
        self._attempt("_send_receipt", self.env._("Receipt not sent"))
        self._attempt("_match", self.env._("Withdrawal not linked"))

    @api.model
    def _find_held(self):
        """Find the held receipts that can be sent now, those of known orders first."""
        held = self.search(
            [("receipt", "=", "held"), ("email", "!=", False)], order="id"
        )
        by_turn = held.sorted(lambda statement: not statement.order_id)
        return by_turn._pick_mailable()[:AT_ONCE]

    def _send_held(self):
        """Send a receipt that was held; when that fails, a clerk does it by hand."""
        for statement in self.exists().filtered(lambda s: s.receipt == "held"):
            statement._guarded_write({"receipt": "due"})
            statement._attempt("_send_receipt", self.env._("Receipt not sent"))

    def _ask_clerk(self, summary, note):
        """Leave a to-do for customer service; it belongs to no user yet."""
        # sudo: made by the system, see _answer
        self.sudo().activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, note=note, user_id=False
        )

    def _send_receipt(self):
        """Queue the mail with the receipt, which Odoo's mail queue sends right away.

        Without a PDF it is sent all the same: the mail has the same content.

        :raises UserError: without the template
        """
        if not self._pick_mailable():
            self._guarded_write({"receipt": "held"})
            return
        template = self.env.ref("reverse_logistics.mail_template_statement", False)
        if not template:
            raise UserError(
                self.env._(
                    "The mail template of the receipt is missing. Send the customer "
                    "the receipt by hand: Print, Receipt of a Withdrawal."
                )
            )
        self._attempt("_attach_receipt", self.env._("Receipt sent without PDF"))
        files = self._get_receipt_files()
        template.send_mail(self.id, email_values={"attachment_ids": files.ids})
        self._guarded_write({"receipt": "sent", "mailed_at": fields.Datetime.now()})
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _attach_receipt(self):
        """Keep the receipt as it is sent."""
        reports = self.env["ir.actions.report"]
        content, kind = reports._render_qweb_pdf(
            "reverse_logistics.report_withdrawal_receipt", self.ids
        )
        self.env["ir.attachment"].create(
            {
                "name": f"{self.name.replace('/', '-')}.{kind}",
                "datas": base64.b64encode(content),
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _get_receipt_files(self):
        return self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        )

    # ------------------------------------------------------------------
    # It becomes a return
    # ------------------------------------------------------------------
    def _match(self):
        """Make the return where number and email are those of an order.

        What says only a part of it, or fits no order, waits for a person.
        """
        order = self._find_order()
        if order:
            self._guarded_write(
                {
                    "order_id": order.id,
                    "company_id": order.company_id.id,
                    "is_matched": True,
                }
            )
        if order and not self.part:
            if self._attempt("_link", self.env._("Withdrawal not linked")):
                return
        elif order:
            self._ask_clerk(
                self.env._("Withdrawal from a part of an order"),
                self.env._(
                    "Press Link, and take out what the customer keeps. Do it soon: "
                    "once the period is over, somebody else authorizes it."
                ),
            )
        else:
            self._ask_clerk(
                self.env._("Withdrawal not linked"),
                self.env._("Find the order that the customer means, and press Link."),
            )

    def _find_order(self):
        return self.env["sale.order"]._find_reverse_order(self.contract, self.email)

    @api.model
    def _get_proved(self, rmas):
        """Give when orders were withdrawn from, as far as no user chose the order.

        A statement that named another order, or whose address was not the customer's,
        says only by somebody's word that this order was meant, and so does one of a
        part of the order what that part is: a clerk chooses it, at any later time.
        What orders and contacts say later does not matter: users can write it.

        :return: ``{(return, order): moment of the first statement}``
        """
        # sudo: statements count, whoever may read them
        found = self.sudo().search(
            [
                ("rma_id", "in", rmas.ids),
                ("email", "!=", False),
                ("is_matched", "=", True),
                ("part", "in", [False, ""]),
            ],
            order="stated_at desc",
        )
        return {
            (statement.rma_id, statement.order_id): statement.stated_at
            for statement in found
        }

    def write(self, vals):
        """An order that a user chooses is meant by their word."""
        res = super().write(vals)
        if "order_id" in vals and not self._in_workflow():
            self._guarded_write({"is_matched": False})
        return res

    def action_link(self):
        """Make the return that the statement asks for, as customer service.

        :return: action that opens it: of a part of an order it is a draft, from which
            the user takes out what the customer keeps
        :raises AccessError: without the role customer service
        :raises UserError: without an order, or when nothing of it is left
        """
        self._check_duty("service")
        self.ensure_one()
        if not self.order_id:
            raise UserError(self.env._("Choose the order that the customer means."))
        self._link()
        return self.rma_id.get_formview_action()

    def _link(self):
        """Make the return; where everything is withdrawn already, name that one."""
        found = self._find_return()
        # sudo: customers ask by this channel, and the statement is one's
        order = self.order_id.with_company(self.company_id).sudo()
        rma = found or order._begin_reverse_withdrawal(
            stated_on=self.company_id._to_reverse_day(self.stated_at),
            channel_id=self.env.ref("reverse_logistics.channel_portal").id,
            user_id=False,
        ).sudo(self.env.su)
        # Before the request, which counts from the moment of this statement.
        self._transition(transitions.STATEMENT, "link", {"rma_id": rma.id})
        if not found and not self.part:
            rma._request()
        self._close_activities()

    def _find_return(self):
        """Find the withdrawal of an order from which nothing else is left."""
        lines = self.order_id.order_line
        if any(line._get_reverse_withdrawable() > 0 for line in lines):
            return self.rma_id
        return self.rma_id.search(
            [
                ("line_ids.sale_line_id", "in", lines.ids),
                ("basis", "=", "withdrawal"),
                ("state", "in", transitions.LIVE),
            ],
            limit=1,
        )

    def action_answer(self):
        """Close a statement that belongs to no order, with what the customer was told.

        :raises AccessError: without the role customer service
        :raises UserError: when nothing is noted
        """
        self._check_duty("service")
        if not all(self.mapped("answer")):
            raise UserError(self.env._("Enter what you answered the customer."))
        self._transition(transitions.STATEMENT, "answer")
        self._close_activities()
        return True

    def _close_activities(self):
        # sudo: an activity may be a colleague's, or nobody's
        self.sudo().activity_ids.unlink()

    def _erase(self):
        """Forget who stated it; number, order, moment and return stay."""
        self._guarded_write(
            dict.fromkeys(("person", "email", "part", "answer", "visitor"), False)
        )
        self._get_receipt_files().unlink()
        mails = self.env["mail.mail"]
        mails.search([("model", "=", self._name), ("res_id", "in", self.ids)]).unlink()
