from odoo import fields, models


class ReverseRecallWord(models.Model):
    """A word that plays a danger down: no notice of a recall may contain it.

    Administrators keep the list for the languages of their customers.
    """

    _name = "reverse.recall.word"
    _inherit = ["reverse.governed.mixin"]
    _description = "Word Refused in Recalls"
    _order = "name"
    # The word is all that there is to say about it.
    _free_fields = frozenset()
    _name_unique = models.Constraint("UNIQUE (name)", "This word is in the list.")

    name = fields.Char(
        "Word", required=True, help="End it with * for all words that begin like it."
    )
    active = fields.Boolean(default=True)

    def _get_control_value(self, field):
        value = super()._get_control_value(field)
        return self.name if field.name == "name" else value
