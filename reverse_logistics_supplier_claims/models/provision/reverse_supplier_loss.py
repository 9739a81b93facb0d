from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ReverseSupplierLoss(models.Model):
    """The journal entries of a provision.

    What is booked follows what is provided for: it is expensed when the provision is
    approved, and released as far as the supplier pays after all, the claim is written
    off, or the hold is lifted. What the goods cost is in the books without that.
    """

    _inherit = "reverse.supplier.loss"

    expense_account_id = fields.Many2one(
        "account.account", readonly=True, copy=False, guarded=True
    )
    provision_account_id = fields.Many2one(
        "account.account", readonly=True, copy=False, guarded=True
    )
    provision_move_ids = fields.One2many("account.move", "reverse_loss_id", "Entries")
    provision_move_count = fields.Integer(
        "Journal Entries", compute="_compute_provision_moves", compute_sudo=True
    )
    amount_booked = fields.Monetary(
        "Provided in the Books", compute="_compute_provision_moves", compute_sudo=True
    )

    @api.depends("provision_move_ids.state")
    def _compute_provision_moves(self):
        for loss in self:
            loss.provision_move_count = len(loss.provision_move_ids)
            loss.amount_booked = loss._get_booked()

    def _get_booked(self):
        """Give what posted entries hold in the account of provisions."""
        self.ensure_one()
        # sudo: the sum only, whoever may read the books
        moves = self.sudo().provision_move_ids.filtered(lambda m: m.state == "posted")
        lines = moves.line_ids.filtered(
            lambda line: line.account_id == self.sudo().provision_account_id
        )
        return -sum(lines.mapped("balance"))

    def _note_accounts(self):
        """Keep the accounts with which the provision is booked, also when released."""
        for company, losses in self.grouped("company_id").items():
            # sudo: accounts are configuration
            known = company.sudo()
            expense = known.reverse_provision_expense_account_id
            provision = known.reverse_provision_account_id
            if expense and provision:
                losses._guarded_write(
                    {
                        "expense_account_id": expense.id,
                        "provision_account_id": provision.id,
                    }
                )

    def _book_provisions(self):
        """Book as much as is provided for now, and release what is booked beyond."""
        # sudo: an approver has decided, or money has come; exactly that is booked
        for loss in self.sudo():
            if not loss.provision_account_id:
                continue
            claims = self.env["reverse.supplier.claim"].sudo()  # sudo: as above
            provided = claims.search([("provision_loss_id", "=", loss.id)])
            due = sum(one.amount_provision * one.company_rate for one in provided)
            missing = loss.currency_id.round(due - loss._get_booked())
            if missing:
                loss._book_provision(missing)

    def _book_provision(self, amount):
        """Post an entry over a provision, or its release where it is negative."""
        self.ensure_one()
        text = (
            self.env._("Provision for claims on %s", self.partner_id.display_name)
            if amount > 0
            else self.env._(
                "Release of the provision for claims on %s",
                self.partner_id.display_name,
            )
        )
        sides = (
            (self.expense_account_id, amount),
            (self.provision_account_id, -amount),
        )
        # sudo: as above; without what a client put into the context
        entry = self._sudo_clean(self.env["account.move"]).create(
            {
                "move_type": "entry",
                "company_id": self.company_id.id,
                "journal_id": self._get_provision_journal().id,
                "date": self.company_id._get_reverse_today(),
                "ref": text,
                "reverse_loss_id": self.id,
                "line_ids": [
                    Command.create(
                        {
                            "name": text,
                            "partner_id": self.partner_id.id,
                            "account_id": account.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in sides
                ],
            }
        )
        entry._post(soft=False)

    def _get_provision_journal(self):
        self.ensure_one()
        # sudo: journals are configuration
        journals = self.env["account.journal"].sudo()
        domain = journals._check_company_domain(self.company_id)
        journal = journals.search([*domain, ("type", "=", "general")], limit=1)
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for miscellaneous entries, in which "
                    "the provision is booked. Let Accounting create one.",
                    company=self.company_id.display_name,
                )
            )
        return journal

    def action_view_provision_moves(self):
        """List the journal entries; opening them asks for the right to read them."""
        self.check_access("read")
        # sudo: which they are
        moves = self.sudo().provision_move_ids
        return self.claim_ids[:1]._open_records(moves, self.env._("Journal Entries"))
