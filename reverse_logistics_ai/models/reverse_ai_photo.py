import base64

from odoo import api, fields, models

from ..engine import pictures

#: Newest photos that are compared with a new one.
MOST_KNOWN = 20_000
#: Returns whose photos count as seen before: of others, customers may send them again.
SEEN_IN = ("requested", "authorized", "done")
#: Programs that change or make pictures.
EDITORS = (
    "adobe",
    "affinity",
    "canva",
    "dall",
    "diffusion",
    "firefly",
    "gimp",
    "lightroom",
    "midjourney",
    "photoshop",
    "picsart",
    "pixelmator",
    "snapseed",
)


class ReverseAiPhoto(models.Model):
    """What was read of a photo of a return, once: a small copy, and numbers.

    It goes with its file, so that nothing stays of photos that are removed or erased.
    Where a photo was taken is never read.
    """

    _name = "reverse.ai.photo"
    _description = "Photo of a Return"
    _order = "id desc"
    _rec_name = "name"
    _file_unique = models.Constraint("UNIQUE (attachment_id)", "A photo is read once.")

    attachment_id = fields.Many2one(
        "ir.attachment", "File", required=True, readonly=True, ondelete="cascade"
    )
    rma_id = fields.Many2one(
        "reverse.rma", "Return", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rma_id.company_id", store=True, index=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    name = fields.Char(related="attachment_id.name")
    checksum = fields.Char(readonly=True)
    copy_data = fields.Binary(
        "Small Copy", readonly=True, attachment=False, groups="base.group_system"
    )
    sharp = fields.Float("Sharpness", digits=(10, 1), readonly=True)
    bright = fields.Float("Brightness", digits=(10, 1), readonly=True)
    problem = fields.Selection(
        [("dark", "Too dark"), ("blurred", "Blurred"), ("unreadable", "Not readable")],
        "Shows Little",
        readonly=True,
        help="A new photo would show more. Nothing is refused because of it.",
    )
    notes = fields.Json(readonly=True)
    features = fields.Json(readonly=True)
    notes_text = fields.Char(
        "Says of Itself",
        compute="_compute_notes_text",
        help="What camera or program wrote into the file. Anybody can change it, and "
        "that it says nothing proves nothing.",
    )

    @api.depends("notes")
    @api.depends_context("lang")
    def _compute_notes_text(self):
        labels = {
            "maker": self.env._("made by %s"),
            "camera": self.env._("camera %s"),
            "taken": self.env._("taken %s"),
            "written": self.env._("written %s"),
            "program": self.env._("program %s"),
            "credentials": self.env._("content credentials (%s), not verified"),
        }
        for photo in self:
            notes = photo.notes or {}
            photo.notes_text = ", ".join(
                label % notes[name] for name, label in labels.items() if notes.get(name)
            )

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------
    @api.model
    def _is_wanted(self, companies):
        """Whether a task of these companies looks at photos."""
        tasks = self.env["reverse.ai.task"]
        return bool(
            tasks._get_of(companies, "review") | tasks._get_of(companies, "photo")
        )

    def _get_hints(self):
        """Say which photos should be taken again; nothing is refused because of it."""
        texts = {
            "dark": self.env._(
                "“%s” is dark: take it again with more light, if you can."
            ),
            "blurred": self.env._("“%s” is blurred: take it again, if you can."),
            "unreadable": self.env._(
                "“%s” cannot be shown: take it again, if you can."
            ),
        }
        return [texts[photo.problem] % photo.name for photo in self if photo.problem]

    @api.model
    def _take(self, rmas, most):
        """Read what is new of the photos of these returns; give all that were read.

        :param int most: so many new ones are read, the newest; reading takes time
        """
        # sudo: what is read is kept for the task, whoever added the file
        photos = self.sudo()
        known = photos.search([("rma_id", "in", rmas.ids)])
        new = self.env["ir.attachment"]
        for records in (rmas.line_ids, rmas.inspection_ids):
            if len(new) < most:
                # Odoo takes a limit of 0 for none.
                new += photos._find_unread(records, most - len(new))
        return known | photos._read(new)

    @api.model
    def _find_unread(self, records, most):
        """Give the newest files that show these goods and were not read yet."""
        # sudo: what is read is kept for the task, whoever added the file
        photos, files = self.sudo(), self.env["ir.attachment"].sudo()
        own = [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        return files.search(
            [
                *own,
                ("res_field", "=", False),
                ("mimetype", "=like", "image/%"),
                ("id", "not in", photos.search(own).attachment_id.ids),
            ],
            order="id desc",
            limit=most,
        )

    @api.model
    def _read(self, files):
        """Read files, except those that somebody has read meanwhile."""
        files -= self.search([("attachment_id", "in", files.ids)]).attachment_id
        return self.create(
            [
                self._prepare(file, self.env[name].browse(file.res_id).rma_id)
                for name, own in files.grouped("res_model").items()
                for file in own
            ]
        )

    @api.model
    def _prepare(self, file, rma, original=None):
        """Give the values of a photo.

        :param bytes original: the file as it came, if it is kept otherwise
        """
        vals = {
            "attachment_id": file.id,
            "rma_id": rma.id,
            "res_model": file.res_model,
            "res_id": file.res_id,
            "checksum": file.checksum,
        }
        try:
            found = pictures.read(file.raw or b"", original)
        except pictures.Unreadable:
            return {**vals, "problem": "unreadable"}
        plain = found.contrast < pictures.LEAST_CONTRAST
        return {
            **vals,
            # A photo without contrast is like every other.
            "copy_data": not plain and base64.b64encode(found.copy),
            "sharp": found.sharp,
            "bright": found.bright,
            "problem": found.problem,
            "features": list(found.features),
            "notes": found.notes,
        }

    @api.model
    def _keep_notes(self, rma, files, contents=()):
        """Read files that were just added, with what stood in them as they came.

        :param files: as they are kept
        :param contents: as they came, in the order of the files; the same if left out.
            Odoo makes large ones smaller before it keeps them.
        """
        known = self.search([("attachment_id", "in", files.ids)]).attachment_id
        contents = contents or [None] * len(files)
        return self.create(
            [
                self._prepare(file, rma, original)
                for file, original in zip(files, contents, strict=False)
                if file not in known and (file.mimetype or "").startswith("image/")
            ]
        )

    # ------------------------------------------------------------------
    # Comparing
    # ------------------------------------------------------------------
    def _find_seen(self):
        """Give ``{photo: other returns of its company that show the same}``."""
        found = {}
        for company, photos in self.grouped("company_id").items():
            known = self.search(
                [
                    ("company_id", "=", company.id),
                    ("copy_data", "!=", False),
                    ("rma_id.state", "in", SEEN_IN),
                ],
                limit=MOST_KNOWN,
            )
            album = pictures.Album([photo._get_copy() for photo in known])
            for photo in photos.filtered("copy_data"):
                alike = known.browse(known[i].id for i in album.find(photo._get_copy()))
                found[photo] = alike.rma_id - photo.rma_id
        return found

    def _get_copy(self):
        return base64.b64decode(self.with_context(bin_size=False).copy_data)

    def _get_editor(self):
        """Give the program that wrote a photo where it is one that changes pictures."""
        program = (self.notes or {}).get("program", "")
        return program if any(name in program.lower() for name in EDITORS) else ""
