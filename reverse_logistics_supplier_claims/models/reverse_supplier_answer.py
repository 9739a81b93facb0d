from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class ReverseSupplierAnswer(models.Model):
    """What was written about a claim, by us or by the supplier, as it was.

    Nothing of it is ever changed or deleted: what is said later is another answer.
    """

    _name = "reverse.supplier.answer"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Message about a Claim"
    _order = "id desc"
    _rec_name = "kind"

    _noted_once = models.UniqueIndex("(submission) WHERE submission IS NOT NULL")

    claim_id = fields.Many2one(
        "reverse.supplier.claim",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    direction = fields.Selection(
        [("in", "From the Supplier"), ("out", "To the Supplier")],
        required=True,
        readonly=True,
    )
    kind = fields.Selection(
        [
            ("submit", "Claim"),
            ("acknowledge", "Acknowledged"),
            ("authorize", "Return authorized"),
            ("approve", "Approved"),
            ("approve_part", "Partly approved"),
            ("refuse", "Refused"),
            ("pay", "Paid"),
            ("request", "Parts asked for"),
            ("arrive", "Parts received"),
            ("destroy", "Destroyed"),
            ("match", "Credit note matched"),
            ("unmatch", "Match undone"),
            ("message", "Message"),
        ],
        required=True,
        readonly=True,
    )
    day = fields.Date(required=True, readonly=True, default=fields.Date.context_today)
    user_id = fields.Many2one(
        "res.users", "Noted by", required=True, readonly=True, ondelete="restrict"
    )
    reference = fields.Char(readonly=True)
    text = fields.Text(readonly=True)
    # What a form of the portal was sent with: sending it again notes nothing more.
    submission = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    # By the line's id, as it was said.
    amounts = fields.Json("Recorded Amounts", readonly=True)
    amounts_text = fields.Char("Amounts", compute="_compute_amounts_text")
    attachment_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        "Files",
        domain=[("res_model", "=", "reverse.supplier.answer")],
        readonly=True,
    )

    def _add_files(self, files):
        """Add files to a message that is just being noted.

        :param files: ``[(name, bytes)]``
        :return: attachments
        """
        self.ensure_one()
        place = {"res_model": self._name, "res_id": self.id}
        attachments = self.env["ir.attachment"].with_env(self._workflow().env)
        return attachments.create(
            [{"name": name, "raw": content, **place} for name, content in files]
        )

    def _get_speakers(self):
        """Give whose word these may be: who noted them, and whoever may be able to sign
        in as the supplier's user that did.
        """
        # sudo: who took which step
        users = self.sudo().user_id
        theirs = users.filtered(lambda user: not user._is_internal())
        return users | theirs.create_uid | theirs.partner_id._get_reverse_let_in()

    @api.depends("amounts")
    def _compute_amounts_text(self):
        for answer in self:
            said = answer.amounts or {}
            lines = answer.claim_id.line_ids.browse(map(int, said)).exists()
            answer.amounts_text = "; ".join(
                f"{line.display_name.removeprefix(f'{line.claim_id.name}: ')}: "
                + format_amount(self.env, said[str(line.id)], answer.currency_id)
                for line in lines
            )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("Messages are noted with the buttons of their claim.")
        )

    def write(self, vals):
        if not self._in_workflow():
            raise UserError(self.env._("What was written about a claim stays so."))
        return super().write(vals)

    def unlink(self):  # pylint: disable=method-required-super
        # Raised for everybody, so that users without the right to delete read the same.
        # pylint: disable-next=no-raise-unlink
        raise UserError(self.env._("What was written about a claim stays so."))
