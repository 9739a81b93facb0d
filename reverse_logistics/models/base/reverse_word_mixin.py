from odoo import api, fields, models


class ReverseWordMixin(models.AbstractModel):
    """Documents on which users note by hand what nothing proves, with who did it.

    Where only such a word makes a right hold, a person decides who is not the one that
    gave it.
    """

    _name = "reverse.word.mixin"
    _description = "Document with Words of Users"
    # Names of the fields in which users note it.
    _reverse_words = ()

    reverse_word_by_id = fields.Many2one(
        "res.users", "Noted by Hand by", readonly=True, copy=False, ondelete="restrict"
    )

    @api.model_create_multi
    def create(self, vals_list):
        # What a client puts into the context, or keeps as a default, is noted as well.
        defaults = self.default_get([*self._reverse_words])
        given = {name: value for name, value in defaults.items() if value}
        signed = [self._sign_reverse_word({**given, **vals}) for vals in vals_list]
        return super().create(
            [{"reverse_word_by_id": False, **each} for each in signed]
        )

    def write(self, vals):
        return super().write(self._sign_reverse_word(vals))

    @api.model
    def _sign_reverse_word(self, vals):
        """Put the acting user to what they note; nobody enters another one."""
        signed = {**vals}
        signed.pop("reverse_word_by_id", None)
        if any(name in vals for name in self._reverse_words):
            signed["reverse_word_by_id"] = self.env.uid
        return signed
