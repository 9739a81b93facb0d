from odoo import fields, models

from .reverse_columns import column, columns


class ReverseSoldMixin(models.AbstractModel):
    """A sale that keeps who bought: whoever keeps contacts changes no return by it."""

    _name = "reverse.sold.mixin"
    _description = "Sale That Keeps Who Bought"
    #: Paths of fields to who bought, and to where it was agreed to deliver.
    _reverse_buyer = "partner_id"
    _reverse_place = "partner_id"

    # What rules of returns ask of the customer, as it was when the sale was agreed;
    # empty where nobody knows.
    reverse_agreed = fields.Json(copy=False, groups=fields.NO_ACCESS)

    def _describe_reverse_sale(self):
        """Give ``reverse_agreed`` of one sale, as contacts say now."""
        self.ensure_one()
        [customer] = self._get_reverse_customers()
        address = self.mapped(self._reverse_place)
        _country, state, code = address._get_reverse_address()
        place = address._get_reverse_place() if address else None
        return {**customer, "state": state, "zip": code, "place": place}

    def _get_reverse_customers(self):
        """Give what rules and rights ask of the customer of each sale, as it is now.

        :return: iterator of the ids of the company that buys, of the country and of its
            tags, and whether it is one
        """
        owner = f"{self._reverse_buyer}.commercial_partner_id"
        for own, own_country, country, audience, tags in columns(
            self,
            owner,
            f"{owner}.country_id",
            f"{self._reverse_place}.country_id",
            f"{owner}.reverse_audience",
            f"{owner}.category_id",
        ):
            yield {
                "owner": own or False,
                "country": country or own_country,
                "business": audience == "business",
                "tags": [*(tags or ())],
            }

    def _filter_reverse_customer_changed(self):
        """Filter sales whose customer would get more now than who bought."""
        kinds, named = self.env["res.partner.category"], {}

        def is_named(tags):
            if tags not in named:
                named[tags] = kinds.browse(tags)._is_named()
            return named[tags]

        def gains(agreed, now):
            if not agreed:
                return False
            tags = frozenset(agreed.get("tags", now["tags"])) ^ {*now["tags"]}
            return (
                any(agreed[name] != now[name] for name in ("owner", "country"))
                or agreed["business"] > now["business"]
                or bool(tags and is_named(tags))
            )

        kept = column(self, "reverse_agreed")
        rows = zip(self._ids, kept, self._get_reverse_customers(), strict=True)
        return self.browse(id_ for id_, agreed, now in rows if gains(agreed, now))
