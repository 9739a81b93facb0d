"""Every field of a released credit note, by every way in, by all who keep the books."""

from datetime import date, datetime, time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ...engine import credit_notes
from ..credit_common import CreditCase

#: Written by Odoo itself, never from outside.
AUTOMATIC = {"id", "create_uid", "create_date", "write_uid", "write_date"}
#: Whatever a field says: another value.
OTHERS = {
    "boolean": lambda value: not value,
    "char": lambda value: f"{value or ''}x",
    "text": lambda value: f"{value or ''}x",
    "html": lambda value: f"<p>{value or ''}x</p>",
    "integer": lambda value: value + 1,
    "float": lambda value: value + 1,
    "monetary": lambda value: value + 1,
    "date": lambda value: "2020-02-02",
    "datetime": lambda value: "2020-02-02 00:00:00",
    "json": lambda value: {} if value else None,
    "binary": lambda value: "eA==",
}
STAYS = "stays as it was released. To take the credit back"
#: What our guards say of a credit note: that it stays, its links, its invoice, the
#: state of its lines, and that it pays no claim on a supplier.
OURS = (
    f"{STAYS}|The return of a credit note cannot be set by hand|"
    "credited what it says. Bill or credit the difference|"
    "Credit notes are linked by the buttons of their claim"
)
#: What Odoo says of values that fit nothing, before or beside our guards.
ODOO = (
    "company inconsistencies|does not allow reconciliation|not found in selection field"
)
#: What Odoo says before our guard would: posted lines are not deleted.
POSTED = "You can't delete a posted journal item|You cannot delete a tax line"
#: Steps of a document, and what refuses them.
METHODS = {
    "button_draft": STAYS,
    "action_post": "0.00 of what was invoiced is left",
    "action_switch_move_type": "posted once, its type is set in stone",
    "action_duplicate": "is the credit note of a return and cannot be duplicated",
    "copy": "is the credit note of a return and cannot be duplicated",
    "unlink": POSTED,
    "action_validate_moves_with_confirmation": "no journal items in the draft state",
}
PRIVATE = ("_post", "_reverse_moves", "_unlink_or_reverse")


@tagged("post_install", "-at_install")
class TestCreditMatrix(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tax = cls._create_tax(20)
        cls.line = cls._sell(2, tax_ids=[Command.set(tax.ids)])
        cls.rma = cls._return(cls.line, 2)
        cls.note = cls.moves.browse(cls.rma.credit_note_ids.ids)
        cls.goods = cls.note.invoice_line_ids
        cls.people = (
            cls.accountant,
            cls.users["releaser"],
            cls.users["administrator"],
        )

    def setUp(self):
        super().setUp()
        self.said = self._read_note()

    # ------------------------------------------------------------------
    # One cell
    # ------------------------------------------------------------------
    def _read_note(self):
        """What the credit note says, to whom, and that it is the only one."""
        self.env.flush_all()
        self.env.invalidate_all()
        note = self.note
        return {
            "books": note._sum_reverse_books(),
            "lines": note.line_ids.ids,
            "links": note.invoice_line_ids.sale_line_ids.ids,
            "settlement": (note.reverse_settlement_id.id, self.rma.settlement_ids.ids),
            "states": (note.state, self.rma.settlement_ids.mapped("state")),
            "amounts": (note.amount_untaxed, note.amount_tax, note.amount_total),
            "whose": (note.partner_id, note.partner_shipping_id, note.company_id),
            "rate": (note.currency_id, note.invoice_currency_rate),
            "days": (note.date, note.invoice_date, note.invoice_date_due),
            "where": (note.journal_id, note.name, note.reversed_entry_id),
            "notes": self.rma.credit_note_ids.ids,
        }

    def _attempt(self, call):
        """Call, and forget what it did.

        :return: the sentence that refused it, or None
        """
        try:
            with self.env["reverse.event"]._rewind_on_error(), self.env.cr.savepoint():
                result = call()
                self.env.flush_all()
                if isinstance(result, dict) and result.get("messages"):
                    return result["messages"][0]["message"]
                self.assertEqual(self._read_note(), self.said)
                raise _Done
        except _Done:
            return None
        except (UserError, AccessError) as refused:
            return str(refused)

    def assertCell(self, field, call, kind="note"):
        """A field that is not open is refused by our guard; of others only what fits
        nothing, by Odoo.
        """
        refused = self._attempt(call)
        if credit_notes.is_frozen(kind, field.model_name, field.name):
            self.assertRegex(refused or f"{field} was written", OURS)
        elif refused is not None:
            self.assertRegex(refused, f"{OURS}|{ODOO}")

    def _fields(self, model):
        """Give the fields of a model that a client can write."""
        return [
            field
            for name, field in sorted(self.env[model]._fields.items())
            if (field.store or field.inverse) and name not in AUTOMATIC
        ]

    def _cells(self, record):
        """Give the fields of a record, each with another value.

        Open ones to other records are left out: those are looked at by themselves.
        """
        named = credit_notes.OPEN[record._name]
        for field in self._fields(record._name):
            if field.type == "one2many" and field.name in named:
                continue
            value = self._other(record, field)
            if value is not None:
                yield field, value

    def _other(self, record, field):
        """Give another value of a field, as a client sends it; None where none is."""
        value = record[field.name]
        if field.type == "selection":
            values = [key for key in field.get_values(self.env) if key != value]
            return values[0] if values else "other"
        if field.type == "many2one":
            known = self.env[field.comodel_name].with_context(active_test=False)
            other = known.search([("id", "!=", value.id)], limit=1)
            return other.id or (False if value else None)
        if field.type == "many2many":
            known = self.env[field.comodel_name].with_context(active_test=False)
            other = known.search([("id", "not in", value.ids)], limit=1)
            return [Command.set(other.ids)] if other or value else None
        if field.type == "one2many":
            return [Command.clear()] if value else [Command.create({})]
        return OTHERS[field.type](value)

    # ------------------------------------------------------------------
    # The tables
    # ------------------------------------------------------------------
    def test_every_field_was_looked_at(self):
        """A new field is frozen until somebody names it as open."""
        for model in credit_notes.OPEN:
            fields = self.env[model]._fields
            unknown = [
                field.name
                for field in self._fields(model)
                if credit_notes.KNOWN.isdisjoint(field._modules)
                and not field._module.startswith("reverse_logistics")
            ]
            self.assertEqual(unknown, [], f"{model}: no addon of KNOWN says these")
            named = credit_notes.OPEN[model] | credit_notes.BASIS[model]
            self.assertLessEqual(
                {
                    name
                    for name in named
                    if name not in fields
                    # of an addon of Odoo's that need not be there
                    and name not in ("ubl_cii_xml_file", "transaction_ids")
                },
                set(),
            )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------
    def test_write_of_the_document(self):
        for field, value in self._cells(self.note):
            values = {field.name: value}
            for user in self.people:
                for method in "write", "web_save":
                    with self.subTest(field=field.name, user=user.login, way=method):
                        self.assertCell(
                            field,
                            lambda user=user, method=method, values=values: self._rpc(
                                user,
                                "account.move",
                                method,
                                self.note.ids,
                                values,
                                **({"specification": {}} if method != "write" else {}),
                            ),
                        )

    def test_write_of_lines(self):
        """By themselves, and by commands of the document."""
        for field, value in self._cells(self.goods):
            values = {field.name: value}
            command = {"invoice_line_ids": [Command.update(self.goods.id, values)]}
            for user in self.people:
                ways = {
                    "write": ("account.move.line", self.goods, values),
                    "commands": ("account.move", self.note, command),
                }
                for way, (model, record, sent) in ways.items():
                    with self.subTest(field=field.name, user=user.login, way=way):
                        self.assertCell(
                            field,
                            # Odoo's own check of what forms show as read-only is off
                            lambda user=user, model=model, record=record, sent=sent: (
                                self._rpc(
                                    user,
                                    model,
                                    "write",
                                    record.ids,
                                    sent,
                                    context={"skip_readonly_check": True},
                                )
                            ),
                        )

    def test_onchange_and_save(self):
        """As a form does it: what follows from a change is saved with it."""
        spec = {
            field.name: {}
            for field in self._fields("account.move")
            if field.type not in ("one2many", "many2many", "binary", "json")
        }
        note = self.note.with_user(self.accountant)
        for field, value in self._cells(self.note):
            # what Odoo's own onchange of a posted document cannot do
            if field.name not in spec or field.name in ("journal_id", "move_type"):
                continue
            values = {field.name: value}

            # pylint: disable-next=dangerous-default-value
            def save(field=field, values=values):
                changed = note.onchange(values, [field.name], spec)["value"]
                changed = {
                    name: value["id"] if isinstance(value, dict) else value
                    for name, value in changed.items()
                }
                return note.web_save({**changed, **values}, specification={})

            with self.subTest(field=field.name):
                self.assertCell(field, save)

    def test_import(self):
        for model, record in (
            ("account.move", self.note),
            ("account.move.line", self.goods),
        ):
            for field, value in self._cells(record):
                if field.type in ("one2many", "many2many", "binary", "json"):
                    continue
                if field.type == "many2one":
                    header = f"{field.name}/.id"
                elif field.type == "selection":
                    header = field.name
                    value = dict(field._description_selection(self.env)).get(value, "?")
                else:
                    header = field.name
                with self.subTest(model=model, field=field.name):
                    self.assertCell(
                        field,
                        lambda model=model, record=record, header=header, value=value: (
                            self._rpc(
                                self.accountant,
                                model,
                                "load",
                                [".id", header],
                                [[str(record.id), str(value or "")]],
                            )
                        ),
                    )

    # ------------------------------------------------------------------
    # Other ways in
    # ------------------------------------------------------------------
    def test_methods(self):
        for user in self.people:
            for method, said in METHODS.items():
                with self.subTest(method=method, user=user.login):
                    refused = self._attempt(
                        lambda user=user, method=method: self._rpc(
                            user, "account.move", method, self.note.ids
                        )
                    )
                    self.assertRegex(refused or "done", said)
            for method in PRIVATE:
                with self.subTest(method=method, user=user.login):
                    self.assertRefused(
                        "[Pp]rivate",
                        lambda user=user, method=method: self._rpc(
                            user, "account.move", method, self.note.ids
                        ),
                    )

    def test_methods_that_compute_anew(self):
        """Odoo's own buttons on a draft change nothing of what is posted."""
        for user in self.people:
            for method in "action_update_fpos_values", "refresh_invoice_currency_rate":
                with self.subTest(method=method, user=user.login):
                    self._attempt(
                        lambda user=user, method=method: self._rpc(
                            user, "account.move", method, self.note.ids
                        )
                    )

    def test_contexts_open_nothing(self):
        keys = {
            "_force_unlink": True,
            "force_delete": True,
            "dynamic_unlink": True,
            "skip_readonly_check": True,
            "check_move_validity": False,
            "skip_invoice_sync": True,
            "skip_account_move_synchronization": True,
            "move_reverse_cancel": True,
            "reverse_cancelling": True,
            "reverse_checked": self.note.ids,
            "reverse_workflow": True,
        }
        for user in self.people:
            note = self.note.with_user(user).with_context(**keys)
            for name, (said, call) in {
                "delete": (STAYS, note.unlink),
                "delete lines": (STAYS, note.line_ids.unlink),
                "state": (STAYS, lambda note=note: note.write({"state": "draft"})),
                "price": (
                    STAYS,
                    lambda note=note: note.invoice_line_ids.write({"price_unit": 9}),
                ),
                "post": (
                    "0.00 of what was invoiced is left",
                    lambda note=note: note._post(soft=False),
                ),
                "draft": (STAYS, note.button_draft),
                "copy": ("cannot be duplicated", note.copy),
            }.items():
                with self.subTest(way=name, user=user.login):
                    self.assertRegex(self._attempt(call) or "done", said)

    def test_commands(self):
        """Lines are neither added nor taken away, nor moved from or to elsewhere."""
        invoice = self.note.reversed_entry_id
        elsewhere = self._sell(1).order_id.invoice_ids
        new = {"name": "More", "price_unit": 5, "tax_ids": [Command.clear()]}
        for way, (document, values) in {
            "create": (self.note, [Command.create(new)]),
            "delete": (self.note, [Command.delete(self.goods.id)]),
            "unlink": (self.note, [Command.unlink(self.goods.id)]),
            "clear": (self.note, [Command.clear()]),
            "set": (self.note, [Command.set(invoice.invoice_line_ids.ids)]),
            "link": (self.note, [Command.link(elsewhere.invoice_line_ids.id)]),
            "steal": (elsewhere, [Command.link(self.goods.id)]),
        }.items():
            for user in self.people:
                for name in "invoice_line_ids", "line_ids":
                    with self.subTest(way=way, user=user.login, name=name):
                        refused = self._attempt(
                            lambda user=user, document=document, name=name, v=values: (
                                self._rpc(
                                    user,
                                    "account.move",
                                    "write",
                                    document.ids,
                                    {name: v},
                                    context={"skip_readonly_check": True},
                                )
                            )
                        )
                        self.assertRegex(refused or "done", f"{OURS}|{POSTED}")

    def test_wizard(self):
        """It makes a draft of the counter-document; only the whole of it is posted."""
        self.env.ref("base.EUR").active = True
        counter = self._reversal(self.note, post=False)
        self.assertEqual(
            (counter.move_type, counter.state, self.note.state),
            ("out_invoice", "draft", "posted"),
        )
        for values in (
            {"price_unit": 50},
            {"price_unit": 500},
            {"quantity": 1},
            {"tax_ids": [Command.clear()]},
            {"tax_ids": [Command.set(self._create_tax(20, name="Other").ids)]},
            {"account_id": self.company.expense_account_id.id},
        ):
            with self.subTest(values=values):
                # pylint: disable-next=dangerous-default-value
                def post(values=values):
                    counter.invoice_line_ids.write(values)
                    counter.action_post()

                self.assertRefused("whole, by .*, or not at all", post)
        for values in (
            {"partner_id": self.stranger.id},
            {"currency_id": self.env.ref("base.EUR").id},
            {"move_type": "out_refund"},
            {"invoice_currency_rate": 3.0},
        ):
            with self.subTest(values=values):
                # pylint: disable-next=dangerous-default-value
                def post(values=values):
                    counter.write(values)
                    counter.action_post()

                self.assertRefused("whole, by .*, or not|is left|not balanced", post)
        counter.action_post()
        self.assertEqual(self.rma.settlement_ids.state, "reversed")

    def test_read_is_not_refused(self):
        """What is frozen says so only to whoever changes it."""
        for user in self.people:
            note = self.note.with_user(user)
            values = {
                "date": str(note.date),
                "partner_id": note.partner_id.id,
                "amount_total": note.amount_total,
                "currency_id": note.currency_id.id,
                "narration": "As before",
            }
            values["invoice_date"] = datetime.combine(note.invoice_date, time())
            note.with_context(skip_readonly_check=True).write(values)
            self.assertIsInstance(note.date, date)
        self.assertEqual(self._read_note(), self.said)


class _Done(Exception):
    """What was done is to be forgotten."""
