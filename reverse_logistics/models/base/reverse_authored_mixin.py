from odoo import SUPERUSER_ID, Command, fields, models

#: Who has written a document by hand: none of them approves it.
AUTHORS = ("entered_by_id", "changed_by_ids")


class ReverseAuthoredMixin(models.AbstractModel):
    """Documents that know who entered them, and who else changed them as a draft."""

    _name = "reverse.authored.mixin"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Document with Authors"

    entered_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict", guarded=True
    )
    changed_by_ids = fields.Many2many(
        "res.users",
        string="Changed by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Who else changed the draft, or its lines.",
        guarded=True,
    )

    def _note_by_hand(self):
        self._note_author()

    def _note_author(self):
        """Remember the acting user, who has just changed drafts of somebody else."""
        user = self.env.user
        if user.id == SUPERUSER_ID:
            return
        # sudo: actors only
        others = self.sudo().filtered(
            lambda record: (
                record.state == "draft"
                and user not in record.entered_by_id | record.changed_by_ids
            )
        )
        if others:
            others._guarded_write({"changed_by_ids": [Command.link(user.id)]})
