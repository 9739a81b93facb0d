"""Where the values that rules look at come from: a fact for each dimension.

A fact gives ``{id: level}``, as :class:`engine.matching.Facts` wants it. It is stated
of whatever has it: of a company, a customer or goods, and then a return has what its
own company, customer or products have; else of the return.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ...engine.matching import nested, plain
from ..base.reverse_columns import column, columns


@dataclass(frozen=True)
class Fact:
    """How the values of one dimension are found.

    :param of_company: function of a company
    :param of_customer: function of a customer, whatever comes back; not for fields that
        differ by company, which are asked with ``of_return``
    :param of_goods: function of products
    :param of_return: function of a return and of some of its lines
    :param of_returns: function of returns that looks the values up for all of them at
        once, where that takes queries
    :param of_lines: function of lines that does so
    :param by: paths from a line to all that its values follow from: lines that agree
        in these have the same ones
    :param reads: paths of fields from a line to what is looked at
    """

    of_company: Callable | None = None
    of_customer: Callable | None = None
    of_goods: Callable | None = None
    of_return: Callable | None = None
    of_returns: Callable | None = None
    of_lines: Callable | None = None
    by: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    def find(self, rma, lines):
        """Give the values that some lines of a return have: ``{id: level}``."""
        if self.of_return:
            return self.of_return(rma, lines)
        if self.of_goods:
            return self.of_goods(lines.product_id)
        return self.of_company(rma.company_id)

    def find_each(self, lines):
        """Give the values of each line, in their order; see :meth:`find`."""
        if self.of_lines:
            return list(self.of_lines(lines).values())
        if self.of_returns:
            found = self.of_returns(lines.rma_id)
            by_id = {rma._ids[0]: values for rma, values in found.items()}
            return [by_id[id_] for id_ in column(lines, "rma_id")]
        found, values = {}, []
        for place, key in enumerate(columns(lines, *self.by)):
            if key not in found:
                line = lines[place].with_prefetch(lines._prefetch_ids)
                found[key] = self.find(line.rma_id, line)
            values.append(found[key])
        return values


def _get_path(record):
    """Give the ids from the root of a tree down to the record."""
    return [int(part) for part in (record.parent_path or "").split("/") if part]


def _get_categories(lines):
    """Give the categories as they were when the goods were ordered."""
    return {line: nested(path) for line, path in lines._get_category_paths().items()}


def _get_countries(lines):
    """Give where it was agreed to deliver, not a contact chosen for the return."""
    agreed = lines._get_agreed_addresses()
    usual = column(lines, "rma_id.commercial_partner_id.country_id")
    return {
        line: plain(filter(None, [country or other]))
        for line, (country, *_), other in zip(lines, agreed, usual, strict=True)
    }


def _get_regions(rmas):
    """Give the regions of what was agreed, the narrowest with the highest level."""
    regions = rmas._find_regions(rmas._get_agreed_places())
    return {
        rma: {id_: len(found) - place for place, id_ in enumerate(found)}
        for rma, found in regions.items()
    }


def _get_facilities(rmas):
    facilities = rmas._get_ruling_facilities()
    return {rma: plain(facility.ids) for rma, facility in facilities.items()}


def _get_records(found):
    """Give the values of a dimension for which records were looked up."""
    return {line: plain(records._ids) for line, records in found.items()}


def _get_goods_traits(products):
    """Give the traits of goods, with those that follow from how they are tracked."""
    # Archived traits count, so that a rule about one of them does not lose its goods.
    products = products.with_context(active_test=False)
    derived = products.env["reverse.trait"]._get_derived()
    traits = products.reverse_trait_ids
    for tracking in {*products.mapped("tracking")} & {*derived}:
        traits |= derived[tracking]
    return plain(traits.ids)


def _get_conditions(rma, lines):
    """Give the condition that the inspection or, before it, the counter found."""
    return plain(
        {
            id_
            for line in lines
            for id_ in (
                line.inspection_ids.condition_id or line.counter_condition_id
            ).ids
        }
    )


#: The facts by dimension, in the order of the dimensions.
FACTS = {
    "company": Fact(
        of_company=lambda company: nested(company.parent_ids.ids), by=("company_id",)
    ),
    "partner": Fact(
        of_customer=lambda partner: plain(partner.ids),
        of_returns=lambda rmas: {
            rma: plain(filter(None, [id_]))
            for rma, id_ in zip(rmas, rmas._get_owner_ids(), strict=True)
        },
        reads=("rma_id.customer_facts", "rma_id.commercial_partner_id"),
    ),
    "agreement": Fact(of_lines=lambda lines: _get_records(lines._get_agreements())),
    "partner_tag": Fact(
        of_customer=lambda partner: plain(partner.category_id.ids),
        of_returns=lambda rmas: {
            rma: plain(tags)
            for rma, tags in zip(rmas, rmas._get_tag_ids(), strict=True)
        },
        reads=("rma_id.customer_facts", "rma_id.commercial_partner_id.category_id"),
    ),
    "country": Fact(
        of_lines=_get_countries,
        reads=(
            "sale_line_id.order_id.partner_shipping_id.country_id",
            "rma_id.commercial_partner_id.country_id",
        ),
    ),
    "region": Fact(of_returns=_get_regions),
    "product": Fact(of_goods=lambda products: plain(products.ids), by=("product_id",)),
    "product_tag": Fact(
        of_lines=lambda lines: {
            line: plain(tags) for line, tags in lines._get_product_tags().items()
        },
        of_goods=lambda products: plain(products.all_product_tag_ids.ids),
        reads=(
            "product_id.additional_product_tag_ids.sequence",
            "product_id.product_tmpl_id.product_tag_ids.sequence",
        ),
    ),
    "trait": Fact(
        of_lines=lambda lines: _get_records(lines._get_traits()),
        of_goods=_get_goods_traits,
        reads=("product_id.product_tmpl_id.reverse_trait_ids.code",),
    ),
    "category": Fact(
        of_lines=_get_categories,
        of_goods=lambda products: nested(*map(_get_path, products.categ_id)),
        reads=("product_id.product_tmpl_id.categ_id.parent_path",),
    ),
    "condition": Fact(
        of_return=_get_conditions,
        by=("inspection_ids", "counter_condition_id"),
        reads=("inspection_ids.condition_id",),
    ),
    "reason": Fact(
        of_return=lambda rma, lines: nested(
            *(reason._get_path() for reason in lines.reason_id)
        ),
        by=("reason_id",),
        reads=("reason_id.parent_id",),
    ),
    "channel": Fact(
        of_return=lambda rma, lines: plain(rma.channel_id.ids),
        by=("rma_id.channel_id",),
    ),
    "facility": Fact(
        of_returns=_get_facilities,
        reads=(
            "rma_id.facility_id",
            "rma_id.facility_source",
            "move_id.warehouse_id.reverse_facility_ids",
            "sale_line_id.warehouse_id",
        ),
    ),
}


#: The dimensions about the customer, whose contacts may change.
CUSTOMER = frozenset({"partner", "partner_tag"})


def of_company(company):
    """Give what rules can ask about a company: ``{dimension: {id: level}}``."""
    return {
        name: fact.of_company(company)
        for name, fact in FACTS.items()
        if fact.of_company
    }


def of_customer(partner):
    """Give what rules can ask about a customer, whatever comes back."""
    return {
        name: fact.of_customer(partner)
        for name, fact in FACTS.items()
        if fact.of_customer
    }


def of_goods(products):
    """Give what rules can ask about goods, whoever returns them."""
    return {
        name: fact.of_goods(products) for name, fact in FACTS.items() if fact.of_goods
    }
