from odoo import api, fields, models


class ReverseWithdrawalWord(models.Model):
    """The words with which the law of a country lets consumers withdraw.

    They are data, so that a company follows the law of its customers' countries. They
    are not translated: a country's words stay its own.
    """

    _name = "reverse.withdrawal.word"
    _inherit = ["reverse.governed.mixin"]
    _description = "Words to Withdraw"
    _order = "sequence, id"
    # The words are all that there is to say about it.
    _free_fields = frozenset()

    name = fields.Char(
        "Link and Heading",
        required=True,
        help="Read on the link to the page, and above it.",
    )
    confirm = fields.Char(
        "Button",
        required=True,
        help="Read on the only button of the second step, which withdraws.",
    )
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        ondelete="restrict",
        help="Where the customer lives, else where the company is. Empty: everywhere "
        "else.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    @api.model
    def _get_for(self, country):
        """Give the words of a country, or those for everywhere else."""
        return self.search(
            [("country_ids", "in", country.ids)], limit=1
        ) or self.search([("country_ids", "=", False)], limit=1)

    def _get_control_value(self, field):
        value = super()._get_control_value(field)
        return self[field.name] if field.type == "char" else value
