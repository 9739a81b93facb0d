from odoo import api, models
from odoo.tools import split_every

from .reverse_event_verify import BATCH

# Events after which files of a return are rightly gone.
REMOVED = ("PersonalDataErased", "EvidencePurged")
FIXED = ("InspectionCompleted", "InspectionSuperseded")


class ReverseEvent(models.Model):
    """Verifying that evidence still is what the events say it was."""

    _inherit = "reverse.event"

    @api.model
    def _find_evidence_breaks(self, rmas):
        """Compare the files of completed inspections with what the events recorded.

        Reads every file: database and file store may both have been tampered with.

        :return: ``{rma: [(what, attachment id)]}``, what being *changed*, *missing* or
            *added*
        """
        self.env.flush_all()
        # sudo: verification covers every file of the given returns, whoever asks
        events = self.sudo().search(
            [("rma_id", "in", rmas.ids), ("name", "in", FIXED + REMOVED)],
            order="rma_id, sequence",
        )
        breaks = {}
        for rma, group in events.grouped("rma_id").items():
            recorded, removed = group._get_recorded_files()
            found = self._compare_files(rma, recorded, removed)
            if found:
                breaks[rma.with_env(self.env)] = found
        return breaks

    @api.model
    def _verify_evidence(self):
        """Verify the files of every return: ``{rma: [(what, attachment id)]}``."""
        # sudo: the verification covers all companies
        rmas = self.env["reverse.rma"].sudo()
        breaks = {}
        for batch in split_every(BATCH, rmas.search([("id", ">", 0)], order="id").ids):
            breaks.update(self._find_evidence_breaks(rmas.browse(batch)))
            self.env.invalidate_all()
        return breaks

    def _get_recorded_files(self):
        """What these events of one return say of files.

        :return: ``({(model, record id): {attachment id: checksum}}, removed ids)``
        """
        recorded = {}
        removed = set()
        for event in self:
            data = event.data or {}
            if event.name in REMOVED:
                removed.update(data.get("attachments", ()))
                continue
            for part in data.get("parts", ()):
                key = ("reverse.inspection", part["inspection"])
                recorded.setdefault(key, {}).update(dict(part.get("files", ())))
                key = ("reverse.rma.line", part["line"])
                files = data.get("line_files", {}).get(str(part["line"]), ())
                recorded.setdefault(key, {}).update(dict(files))
        return recorded, removed

    @api.model
    def _compare_files(self, rma, recorded, removed):
        attachments = self.env["ir.attachment"].sudo()  # sudo: as above
        found = []
        for (name, record_id), files in recorded.items():
            stored = attachments.search(
                [
                    ("res_model", "=", name),
                    ("res_id", "=", record_id),
                    ("res_field", "=", False),
                ]
            )
            found += [("added", file.id) for file in stored if file.id not in files]
            for file_id, digest in files.items():
                file = stored.filtered(lambda f, file_id=file_id: f.id == file_id)
                if not file and file_id not in removed:
                    found.append(("missing", file_id))
                elif file and not file._is_reverse_content(digest):
                    found.append(("changed", file_id))
        return sorted(found)
