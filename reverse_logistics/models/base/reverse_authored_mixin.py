import hashlib
import json

from odoo import SUPERUSER_ID, Command, fields, models
from odoo.exceptions import UserError

from .reverse_guarded_mixin import CONVERSATION

#: Who has written a document by hand: none of them approves it.
AUTHORS = ("entered_by_id", "changed_by_ids")


class ReverseAuthoredMixin(models.AbstractModel):
    """Documents that know who entered them, and who else changed them as a draft."""

    _name = "reverse.authored.mixin"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Document with Authors"
    #: Name of the field with the lines that are read with the document.
    _said_lines = ""

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

    draft_mark = fields.Char(
        compute="_compute_draft_mark",
        compute_sudo=True,
        help="Another one as soon as the document says something else. Buttons send it "
        "along as “reverse_read”.",
    )

    def _compute_draft_mark(self):
        """What is being typed has the mark of what is saved, and none before that."""
        for record in self:
            saved = record._origin
            said = self._get_said_by(saved)
            if saved._said_lines:
                said += self._get_said_by(saved[saved._said_lines])
            text = json.dumps(said, default=str, sort_keys=True)
            mark = hashlib.sha256(text.encode()).hexdigest()
            record.draft_mark = mark if saved else False

    def _get_said_by(self, records):
        """Give what records say, except in conversation, and by whom."""
        left_out = {*CONVERSATION, *models.MAGIC_COLUMNS, *AUTHORS} - {"id"}
        names = [
            name
            for name, field in records._fields.items()
            if field.store and name not in left_out
        ]
        said = records.with_context(bin_size=False).read(names, load=None)
        # what customers read is in their language, not in that of whoever decides
        for name in names:
            field = records._fields[name]
            if field.translate:
                for record, values in zip(records, said, strict=True):
                    values[name] = field._get_stored_translations(record)
        return said

    def _check_read(self):
        """Refuse to decide about what says something else than when it was read.

        :raises UserError: where the screen of who decides shows an earlier draft
        """
        read = self.env.context.get("reverse_read")
        for record in self if read else ():
            if record.draft_mark != read:
                raise UserError(
                    self.env._(
                        "%(record)s has been changed since you opened it. Reload the "
                        "page, and read it once more.",
                        record=record.display_name,
                    )
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
