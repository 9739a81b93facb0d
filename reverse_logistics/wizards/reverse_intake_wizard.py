import base64

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import intake, limits
from ..models.base import sheets

# Longer lists should come through an interface rather than be pasted.
MAX_ROWS = limits.LINES


class ReverseIntakeWizard(models.TransientModel):
    """Make one return from a list of goods that a customer has sent.

    ``input → preview``: a user pastes rows or chooses a file, checks what was
    understood, corrects it, and creates a draft return.
    """

    _name = "reverse.intake.wizard"
    _description = "Return from a List"

    state = fields.Selection([("input", "List"), ("preview", "Check")], default="input")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", help="Who bought the goods and is credited."
    )
    end_partner_id = fields.Many2one(
        "res.partner",
        "End Customer",
        help="Who has the goods, when that is not who bought them.",
    )
    client_ref = fields.Char("Customer Reference")
    channel_id = fields.Many2one("reverse.channel")
    reason_id = fields.Many2one("reverse.reason", help="For rows that name none.")
    text = fields.Text("Rows")
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    line_ids = fields.One2many("reverse.intake.wizard.line", "wizard_id")
    row_count = fields.Integer("Rows Read", compute="_compute_counts")
    error_count = fields.Integer("Rows with Errors", compute="_compute_counts")
    leave_out = fields.Boolean("Leave out rows with errors")
    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        readonly=True,
        help="What was made of this list, so that it is made once.",
    )

    @api.depends("line_ids.error")
    def _compute_counts(self):
        for wizard in self:
            wizard.row_count = len(wizard.line_ids)
            wizard.error_count = len(wizard.line_ids.filtered("error"))

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------
    def action_read(self):
        """Read the list, and show for each row what was understood."""
        self.ensure_one()
        rows = intake.read(self._get_rows(), self._get_labels())
        if not rows:
            raise UserError(
                self.env._("There is nothing to read: paste rows or choose a file.")
            )
        if len(rows) > MAX_ROWS:
            raise UserError(
                self.env._(
                    "One return takes %(limit)s rows at most. Split the list.",
                    limit=MAX_ROWS,
                )
            )
        self.line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "sequence": number,
                        "client_ref": row.get("client_ref") or False,
                        **{
                            f"{name}_text": row.get(name)
                            for name in ("product", "quantity", "lot", "reason", "uom")
                        },
                    }
                )
                for number, row in enumerate(rows, 1)
            ),
        ]
        self.state = "preview"
        self.rma_id = False
        return self._reopen()

    def _get_rows(self):
        try:
            if not self.file:
                if len(self.text or "") > sheets.MAX_BYTES:
                    raise UserError(self.env._("This is more text than 5 MB."))
                return sheets.split(self.text or "")
            content = base64.b64decode(self.file)
            if len(content) > sheets.MAX_BYTES:
                raise UserError(self.env._("The file is larger than 5 MB."))
            return sheets.read(content)
        except ValueError as error:
            raise UserError(self._explain_unreadable()) from error

    def _explain_unreadable(self):
        if not self.file:
            return self.env._(
                "These rows could not be read: copy them from the spreadsheet again."
            )
        return self.env._(
            "%(file)s could not be read, whatever its name says. Save the list as "
            "XLSX or CSV, and choose that file.",
            file=self.file_name or self.env._("The file"),
        )

    def _get_labels(self):
        """Give the names of the columns in the user's language."""
        names = self.env["reverse.intake.wizard.line"]._fields
        columns = {
            "product": ("product_id", "product_text"),
            "quantity": ("quantity", "quantity_text"),
            "lot": ("lot_id", "lot_text"),
            "reason": ("reason_id", "reason_text"),
            "client_ref": ("client_ref",),
            "uom": ("uom_id", "uom_text"),
        }
        return {
            column: [names[name]._description_string(self.env) for name in group]
            for column, group in columns.items()
        }

    # ------------------------------------------------------------------
    # Creating the return
    # ------------------------------------------------------------------
    def action_check(self):
        """Look everything up again after corrections."""
        self.ensure_one()
        self.line_ids._look_up()
        return self._reopen()

    def action_back(self):
        """Go back to the list as it was entered."""
        self.ensure_one()
        self.state = "input"
        return self._reopen()

    def action_create(self):
        """Create a draft return, and show from which deliveries it would take."""
        self.ensure_one()
        if self.rma_id:
            return self.rma_id.get_formview_action()
        self.line_ids._check_rows()
        if self.error_count and not self.leave_out:
            raise UserError(
                self.env._(
                    "Correct the rows with errors (%(count)s), or tick “Leave out rows "
                    "with errors”.",
                    count=self.error_count,
                )
            )
        good = self.line_ids.filtered(lambda line: not line.error)
        if not good:
            raise UserError(self.env._("Every row has an error: correct them first."))
        if not self.partner_id:
            raise UserError(self.env._("Choose the customer who is credited."))
        self.rma_id = self.env["reverse.rma"].create(self._prepare_return(good))
        self.rma_id.action_find_deliveries()
        return self.rma_id.get_formview_action()

    def _get_returnable(self, products):
        """Tell what the customer can still return of products whose sale is known.

        :return: ``{(product, lot): quantity}``, in the product's unit; an empty lot
            stands for all of the product
        """
        self.ensure_one()
        owner = self.partner_id.commercial_partner_id
        free = {}
        if not (owner and products):
            return free
        moves = self.env["stock.move"]._search_reverse_deliveries(
            Domain("product_id", "in", products.ids)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("sale_line_id.order_id.partner_id", "child_of", owner.ids)
        )
        tracked = moves.filtered(lambda move: move.product_id.tracking != "none")
        left = {**moves._get_returnable(), **tracked._get_returnable(by_lot=True)}
        lots = self.env["stock.lot"]
        for (move_id, lot_id), quantity in left.items():
            key = (moves.browse(move_id).product_id, lots.browse(lot_id or ()))
            free[key] = free.get(key, 0.0) + quantity
        sales = self.env["reverse.historic.sale"].search(
            Domain("product_id", "in", products.ids)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("commercial_partner_id", "=", owner.id)
        )
        for sale, quantity in sales._get_returnable().items():
            for lot in {lots, sale.lot_id}:
                key = (sale.product_id, lots.browse(lot.id))
                free[key] = free.get(key, 0.0) + quantity
        return free

    def _prepare_return(self, lines):
        return {
            "partner_id": self.partner_id.id,
            "end_partner_id": self.end_partner_id.id,
            "company_id": self.company_id.id,
            "client_ref": self.client_ref,
            "channel_id": self.channel_id.id,
            "line_ids": [
                Command.create(line._prepare_return_line())
                for line in lines.sorted("sequence")
            ],
        }

    def _reopen(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_intake_wizard_action"
        )
        return {**action, "res_id": self.id}
