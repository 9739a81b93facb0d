"""The dimensions that rules can restrict, from which everything else follows.

A new dimension needs an entry here, the field of ``reverse.rule.mixin`` that it names,
a fact in ``models/rules/facts.py``, and a place in the form
(``_get_condition_fields()``). Tests tell what was forgotten.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dimension:
    """Something that rules can restrict.

    :param str name: of the dimension
    :param str field: name of the field in which a rule lists the values that fit
    :param bool many: one thing can have several values, such as tags
    :param bool nested: one value can lie within another one, so that the nearer one
        wins, as in a tree
    """

    name: str
    field: str
    many: bool = False
    nested: bool = False


#: The dimensions by their names, the most significant first.
DIMENSIONS = {
    each.name: each
    for each in (
        Dimension("company", "company_id", nested=True),
        Dimension("partner", "partner_ids"),
        Dimension("agreement", "agreement_ids", many=True),
        Dimension("partner_tag", "partner_tag_ids", many=True),
        Dimension("country", "country_ids"),
        Dimension("region", "region_ids", nested=True),
        Dimension("product", "product_ids"),
        Dimension("product_tag", "product_tag_ids", many=True),
        Dimension("trait", "trait_ids", many=True),
        Dimension("category", "category_ids", nested=True),
        Dimension("condition", "condition_ids"),
        Dimension("reason", "reason_ids", nested=True),
        Dimension("channel", "channel_ids"),
        Dimension("facility", "facility_ids"),
    )
}
