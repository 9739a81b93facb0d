from odoo import api, models


class ReverseCachedMixin(models.AbstractModel):
    """Configuration that is kept in memory until one of its records changes."""

    _name = "reverse.cached.mixin"
    _description = "Cached Configuration of Returns"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
