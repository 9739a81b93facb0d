from odoo import models


class ResourceResource(models.Model):
    """Time off of what is deleted stays, and holds for everybody from then on."""

    _inherit = "resource.resource"

    def unlink(self):
        with self.env["resource.calendar"]._noting_reverse_holidays():
            return super().unlink()
