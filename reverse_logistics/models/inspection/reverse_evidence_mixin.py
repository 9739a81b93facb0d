from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ReverseEvidenceMixin(models.AbstractModel):
    """Records whose photos and documents are evidence.

    An attachment belongs to exactly one record, by its own model and id, so that
    neither a second link nor a copied record can take it along or leave it behind.
    """

    _name = "reverse.evidence.mixin"
    _description = "Evidence of a Return"

    photo_ids = fields.Many2many(
        "ir.attachment",
        string="Photos and Documents",
        compute="_compute_photo_ids",
        inverse="_inverse_photo_ids",
        help="They can no longer be changed or removed once the goods are inspected.",
    )

    def _compute_photo_ids(self):
        self._show_files({"photo_ids": False})

    def _inverse_photo_ids(self):
        self._keep_files("photo_ids")

    def _show_files(self, names):
        """Fill fields with the files that prove something, or with all others.

        :param dict names: of fields, with values of ``ir.attachment.reverse_proof``
        """
        attachments = self.env["ir.attachment"]
        found = self._find_evidence(attachments)
        for record in self:
            files = found.get(record._origin.id, attachments)
            by_proof = files.grouped("reverse_proof")
            for name, proof in names.items():
                record[name] = by_proof.get(proof, attachments)

    def _keep_files(self, name, proof=False):
        """Take over what was added to such a field, and delete what was taken out."""
        kept = {record: record[name] for record in self}
        found = self._find_evidence(self.env["ir.attachment"])
        for record, files in kept.items():
            stored = found.get(record.id, files.browse()).filtered(
                lambda file: file.reverse_proof == proof
            )
            record._own(files - stored, proof)
            (stored - files).unlink()

    def _own(self, attachments, proof=False):
        """Take over files that were uploaded for nothing else."""
        self.ensure_one()
        foreign = attachments.filtered("res_id")
        if foreign:
            raise UserError(
                self.env._(
                    "%(files)s belongs to another document. Upload the file here "
                    "instead.",
                    files=", ".join(foreign.mapped("name")),
                )
            )
        if attachments:
            attachments.write(
                {
                    "res_model": self._name,
                    "res_id": self.id,
                    "reverse_proof": proof,
                }
            )

    def _find_evidence(self, attachments):
        """Give the files of these records.

        :return: ``{record id: attachments in the order of their ids}``
        """
        found = attachments.search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("res_field", "=", False),
            order="id",
        )
        return found.grouped("res_id")

    def _get_evidence(self, keep=False):
        """What events say about the files of these records: ids and checksums.

        :param bool keep: something is decided with them, so that they stay as they are
        :return: ``{record id: [[attachment id, checksum], …]}``
        """
        # sudo: the record names every file, also those its reader may not open
        found = self._find_evidence(self.env["ir.attachment"].sudo())
        if found and keep:
            files = self.env["ir.attachment"].union(*found.values())
            files.with_env(self._workflow().env).reverse_decided = True
        return defaultdict(
            list,
            {
                record_id: [[file.id, file._get_reverse_digest()] for file in files]
                for record_id, files in found.items()
            },
        )

    def _get_evidence_inspections(self):
        """The inspections whose completion fixes the files of these records."""
        raise NotImplementedError

    @api.model
    def _is_fixed_by(self, inspections):
        return any(part.state in ("done", "superseded") for part in inspections)
