from odoo import api, fields, models, tools


class ReverseTrait(models.Model):
    """A property of goods that matters when they come back, such as hazardous.

    Administrators keep the list and give traits to products. Some traits are not given:
    they follow from how goods are tracked or ordered (``follows_from``).
    """

    _name = "reverse.trait"
    _inherit = [
        "reverse.code.mixin",
        "reverse.governed.mixin",
        "reverse.cached.mixin",
        "reverse.rule.named.mixin",
    ]
    _description = "Return Trait"
    _code_unique = models.Constraint("UNIQUE (code)", "A trait with this code exists.")

    follows_from = fields.Selection(
        [
            ("serial", "Tracked by serial number"),
            ("lot", "Tracked by lot"),
            ("made_to_order", "Ordered with the route Replenish on Order"),
        ],
        help="Goods of which this is true have the trait without being given it.",
    )

    @api.model
    def _get_derived(self):
        """Give the traits that goods have without being given them, archived or not.

        :rtype: dict[str, reverse.trait]
        """
        return {fact: self.browse(ids) for fact, ids in self._get_derived_ids().items()}

    @api.model
    @tools.ormcache()
    def _get_derived_ids(self):
        # sudo: traits are the same for everybody
        traits = self.sudo().with_context(active_test=False)
        found = traits.search([("follows_from", "!=", False)])
        return {fact: each.ids for fact, each in found.grouped("follows_from").items()}
