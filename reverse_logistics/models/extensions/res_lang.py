from odoo import api, models


class ResLang(models.Model):
    """The language of a page, as browsers and screen readers want to know it."""

    _inherit = "res.lang"

    @api.model
    def _get_reverse_page_attributes(self):
        """Give language and direction of the page that is being shown."""
        lang = self._get_data(code=self.env.lang or "en_US")
        code = lang.code or self.env.lang or "en_US"
        return {"lang": code.replace("_", "-"), "dir": lang.direction or "ltr"}
