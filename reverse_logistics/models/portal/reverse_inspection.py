from odoo import models

from .pictures import strip


class ReverseInspection(models.Model):
    """What was found, as customers read and see it."""

    _inherit = "reverse.inspection"

    def _is_finding(self):
        """Whether somebody has looked at these goods, and nobody anew since."""
        self.ensure_one()
        return (
            self.state == "done" and not self.not_inspected and bool(self.condition_id)
        )

    def _say_condition(self):
        """Say in the customer's words how the goods were found, with the grade."""
        self.ensure_one()
        # sudo: what a condition is called
        condition = self.condition_id.sudo()
        found = self.env._(
            "%(words)s (grade %(grade)s)",
            words=condition.customer_name or condition.name,
            grade=condition.code,
        )
        missing = self._say_missing_accessories()
        if not missing:
            return found
        return self.env._("%(found)s. %(missing)s", found=found, missing=missing)

    def _get_customer_photos(self):
        """Give the photos that customers may see of each of these parts.

        :return: ``{part: attachments}``
        """
        shown = self.filtered(
            lambda part: part.company_id.reverse_portal_photos and part._is_finding()
        )
        # sudo: the company shows them
        files = shown._find_evidence(self.env["ir.attachment"].sudo())
        none = self.env["ir.attachment"]
        return {
            part: files.get(part.id, none).filtered(
                lambda file: file._is_reverse_picture()
            )
            for part in self
        }

    def _read_customer_photo(self, file_id):
        """Give the content of a photo that the customer may see, None of others."""
        photos = self.env["ir.attachment"].union(*self._get_customer_photos().values())
        photo = photos.filtered(lambda file: file.id == file_id)
        return strip(photo.raw) if photo else None
