"""What differs by the kind of source that a return line names: one class for each kind.

A line has one *source*, the first of :data:`SOURCES` that fits it, and any number of
*layers* over that: a claim about a delivery, a component of a kit. The classes keep
nothing: the line is always an argument, and what they do is done in its environment.
While policy decides, what lines are of is found out once.

About one line, the outermost layer is asked first, and asks what it lies on with
``super()``::

    line._get_source().is_known(line)

What is done with many lines is asked of each kind once, with all its lines, in the
order of the tables. A line under a layer is among those of its source and of the
layer, so no document is locked or read twice::

    for source, lines in self._by_source():
        source.check_over_return(lines)

:class:`Source` is the interface, and answers for goods of which nothing but the product
is known. A new kind is a class that says what is different, and a place in a table.
Addons add layers in ``reverse.rma.line._get_source_layers()``: reverse_logistics_mrp
components of kits, reverse_logistics_dropshipping what goes straight to a supplier.
That goods came late is no kind of source: they have the one of the return with which
they were announced.
"""

from functools import cache

from ...engine import claims
from ...engine.days import local_day
from ..base.reverse_columns import columns


class Source:
    """Nothing but a product is named: nobody knows yet what these goods are."""

    #: What answers: the source, and the layers over it.
    kinds = ()
    #: The field of the line that names the source.
    field = None
    #: Whether a person may name it once the return is requested.
    named_later = False
    #: Whether terms of policy hold: fees, quotas and proofs.
    has_terms = True
    #: Whether the goods are asked back, and not only the books wrong.
    is_asked_back = True
    #: Whether the goods come to us, and past us otherwise.
    comes_here = True
    #: Whether customers may keep the goods, if policy says so.
    may_be_kept = True
    #: Whether the goods may be credited before anybody has seen them.
    may_be_early = True
    #: Whether an invoice of Odoo says what was paid.
    has_invoice = True

    @classmethod
    def fits(cls, line):
        """Whether the line is of this kind."""
        return bool(line[cls.field])

    # ------------------------------------------------------------------
    # What is known, of one line
    # ------------------------------------------------------------------
    def is_known(self, line):
        """Whether it is known what these goods are, so that they may come back.

        What stays the customer's may come in without our knowing when it left.
        """
        return line.customer_owned

    def is_sold(self, line):
        """Whether we know ourselves that we sold these goods."""
        return False

    def lacks_confirmation(self, line):
        """Whether goods come in that nobody has confirmed we sold."""
        return line.customer_owned

    def get_product(self, line):
        """The product that the source names, if it names one."""
        return line.env["product.product"]

    def get_products(self, line):
        """What may come back of the source; nothing for whatever may."""
        return self.get_product(line)

    def get_unit(self, line):
        """The unit in which the source is counted, if it says so."""
        return line.env["uom.uom"]

    def fill(self, line):
        """Take product and unit of the line from the source."""
        if not line._is_counted_as(line.product_id):
            line.uom_id = self.get_unit(line) or line.product_id.uom_id

    # ------------------------------------------------------------------
    # What does not fit, of one line, which may see everything
    # ------------------------------------------------------------------
    def find_misfit(self, line):
        """Say why the source cannot be one of these goods, if it cannot."""
        return line._find_charged_deposit()

    def get_seller(self, line):
        """Who sold the goods, and with what: ``(company, name of the document)``."""
        return line.env["res.company"], ""

    def get_buyer(self, line):
        """Who bought the goods, and with what: ``(partner, name of the document)``."""
        return line.env["res.partner"], ""

    def find_obstacle(self, line):
        """Say why nothing can come back of the source, if nothing can."""
        return False

    # ------------------------------------------------------------------
    # Quantities of one line
    # ------------------------------------------------------------------
    def takes_from_delivery(self, line):
        """Whether the goods count as coming back of the delivery that is named."""
        return True

    def get_passed_on(self, line):
        """What is on transfers that take it elsewhere, in the product's unit."""
        return 0.0

    def get_free_quantity(self, line, free, free_lots, outstanding):
        """What may come back beyond all live claims, in the line's unit.

        :param free: ``{(delivery id, False): quantity}`` in the product's unit
        :param free_lots: ``{(delivery id, lot id): quantity}``
        :param outstanding: what was announced and is not waited for any more
        """
        # Without a delivery only the return itself says what may come back.
        return outstanding if self.is_known(line) else 0.0

    def to_unit(self, line, unit):
        """The quantity in a unit of its sale."""
        own = line.uom_id
        if own == unit or not own._has_common_reference(unit):
            return line.quantity
        return own._compute_quantity(line.quantity, unit, round=False)

    def to_order_quantity(self, line, quantity):
        """A quantity of the line in its order line's unit, as fine as it is."""
        # sudo: the unit only
        order_uom = line.sudo().sale_line_id.product_uom_id
        return line.uom_id._compute_quantity(quantity, order_uom, round=False)

    def get_stage_amounts(self, line, names):
        """What the stage follows from: ``{name: quantity}`` of these names."""
        return {name: line[f"qty_{name}"] for name in names}

    # ------------------------------------------------------------------
    # Days and money of one line
    # ------------------------------------------------------------------
    def get_only_day(self, line):
        """The day from which everything counts, where no other one is known."""
        return None

    def get_price(self, line):
        """What was paid for one, before tax: ``(price, currency, unit)``."""
        return 0.0, line.company_id.currency_id, line.uom_id

    def get_currency(self, line):
        """The currency in which the goods are credited."""
        return line.env["res.currency"]

    def get_settlement_type(self, line, wanted):
        """What the customer gets.

        :param str wanted: the settlement type of the return
        """
        return wanted

    def prepare_credits(self, part, ledger):
        """Values of the settlement lines of goods, at the price that was paid.

        :param part: an inspected part, or goods that are expected, of one line
        :param engine.settlement.Ledger ledger: what is left to credit
        :return: ``(list of values, what could not be priced)``, the latter in the unit
            of the sale
        """
        return [], part.quantity

    def get_event_values(self, line):
        """What events say of the source, beside delivery and order line."""
        return {}

    # ------------------------------------------------------------------
    # Days and money of all lines with the same kinds at once
    # ------------------------------------------------------------------
    def get_delivered_days(self, lines):
        """The company's days of the deliveries, None when unknown.

        :rtype: dict[reverse.rma.line, date]
        """
        return dict.fromkeys(lines)

    def get_values(self, lines):
        """What was paid for the lines, net in their companies' currencies.

        Of goods without a known sale, the list price.

        :rtype: dict[reverse.rma.line, float]
        """
        return {
            line: line.product_id.lst_price * self.to_unit(line, line.product_id.uom_id)
            for line in lines
        }

    # ------------------------------------------------------------------
    # Steps, of all lines of the kind at once
    # ------------------------------------------------------------------
    def split_off(self, lines):
        """Make lines of their own of what the source does not cover, and give these."""
        return lines.browse()

    def complete(self, lines):
        """Name what follows from the source, before deliveries are looked for."""

    def check_found(self, lines):
        """Refuse what cannot be asked for, now that deliveries are known."""

    def check_over_return(self, lines):
        """Refuse what would bring back more of the sources than was sold."""

    def review(self, lines, versions, verdicts):
        """Change what policy says where it does not decide.

        A person looks where rules would ask another customer than who bought it.

        :param versions: ``{company: reverse.policy.version}``
        :param verdicts: ``{line: {decision field: value}}``, of these lines and others
        """
        for line in lines._get_customer_changed():
            if verdicts[line]["decision"] == "authorize":
                verdicts[line] |= {
                    "decision": "review",
                    "decision_code": "other_customer",
                    "explanation": line.env._(
                        "When this was ordered, the customer belonged to another "
                        "company, lived in another country, bought as a business or "
                        "had other tags: a person looks at it."
                    ),
                }

    def check_authorized(self, lines):
        """Refuse what cannot be authorized yet."""

    def on_authorized(self, lines):
        """Do what follows at once from an authorization."""

    def add_to_ledger(self, lines, ledger):
        """Add what is left to credit of sources that are no order lines."""


class OrderLine(Source):
    """An order line is named; of which delivery the goods are is not known yet."""

    field = "sale_line_id"
    named_later = True

    def is_known(self, line):
        return line.undelivered or super().is_known(line)

    def is_sold(self, line):
        return True

    def lacks_confirmation(self, line):
        return False

    def get_product(self, line):
        return line.sale_line_id.product_id

    def get_unit(self, line):
        return line.sale_line_id.product_uom_id

    def fill(self, line):
        line.product_id = self.get_product(line)
        return super().fill(line)

    def get_seller(self, line):
        order_line = line.sale_line_id
        return order_line.company_id, order_line.order_id.name

    def get_buyer(self, line):
        order = line.sale_line_id.order_id
        return order.partner_id.commercial_partner_id, order.name

    def get_price(self, line):
        order_line = line.sale_line_id
        if not order_line:
            return super().get_price(line)
        return *order_line._get_reverse_price(), order_line.product_uom_id

    def get_values(self, lines):
        order_lines = lines._get_order_lines()
        paid = {
            sold._ids[0]: (amount, sold.product_uom_id)
            for sold, amount in order_lines._get_reverse_paid().items()
        }
        values = {}
        for line, sold in zip(lines, lines._get_order_line_ids(), strict=True):
            if sold:
                amount, unit = paid[sold]
                values[line] = amount * self.to_unit(line, unit)
        rest = lines.filtered(lambda line: line not in values)
        return values | super().get_values(rest) if rest else values

    def get_currency(self, line):
        return line.sudo().sale_line_id.currency_id  # sudo: currency only

    def prepare_credits(self, part, ledger):
        line = part.line_id
        if not line.sale_line_id:
            return super().prepare_credits(part, ledger)
        if line.qty_billed_again or line._get_advance():
            # Replaced or credited in advance and billed when the goods stayed away:
            # that charge is credited, which was invoiced last.
            ledger.prefer_newest(line.sale_line_id.id)
        lines = line.env["reverse.settlement.line"]
        return lines._prepare_for_order(part, ledger)

    def review(self, lines, versions, verdicts):
        """A person looks at a warranty that begins by somebody's word."""
        result = super().review(lines, versions, verdicts)
        for line in lines._get_warranty_by_word(verdicts):
            if verdicts[line]["decision"] == "authorize":
                verdicts[line] |= {
                    "decision": "review",
                    "decision_code": "warranty_word",
                    "explanation": line.env._(
                        "The warranty holds only from the first use that was noted "
                        "by hand for %(lot)s: a person looks at it.",
                        lot=line.lot_id.name,
                    ),
                }
        return result


class Delivery(OrderLine):
    """The delivery is named with which these goods left."""

    field = "move_id"

    def is_known(self, line):
        return True

    def get_product(self, line):
        return line.move_id.product_id

    def get_unit(self, line):
        return line.move_id.product_uom

    def get_seller(self, line):
        move = line.move_id
        document = move.picking_id.name or line.sale_line_id.order_id.name
        return move.company_id, document

    def get_buyer(self, line):
        order, picking = line.sale_line_id.order_id, line.move_id.picking_id
        buyer = order.partner_id or picking.partner_id
        return buyer.commercial_partner_id, order.name or picking.name

    def find_obstacle(self, line):
        return line._find_delivery_problem()

    def get_free_quantity(self, line, free, free_lots, outstanding):
        left = free.get((line.move_id.id, False), 0.0)
        if line.lot_id and line.tracking != "none":
            left = min(left, free_lots.get((line.move_id.id, line.lot_id.id), 0.0))
        return line._from_product_uom(max(left, 0.0))

    def get_delivered_days(self, lines):
        # sudo: the dates of the customers' own deliveries
        own = lines.sudo()
        zones = own.company_id._get_reverse_zones()
        rows = columns(own, "company_id", "move_id.reverse_done_at", "move_id.date")
        return {
            line: local_day(done_at or moment, zones[company])
            for line, (company, done_at, moment) in zip(lines, rows, strict=True)
        }

    def check_over_return(self, lines):
        lines.move_id._check_over_return()

    def review(self, lines, versions, verdicts):
        """A person looks at goods that left for an order of something else as well.

        And at those of which somebody said only afterwards what or how much left.
        """
        result = super().review(lines, versions, verdicts)
        for line, (edited, again) in lines._get_deliveries_by_word().items():
            if verdicts[line]["decision"] == "authorize":
                picking = (edited or again)[:1].picking_id
                name = picking.name or line.env._("a delivery")
                verdicts[line] |= {
                    "decision": "review",
                    "decision_code": "edited_delivery" if edited else "sent_again",
                    "explanation": line.env._(
                        "Lot or quantity of %(transfer)s was changed after it was "
                        "done: a person looks at it.",
                        transfer=name,
                    )
                    if edited
                    else line.env._(
                        "All that was ordered had left before %(transfer)s, so that "
                        "may have sent the same goods again: a person looks at it.",
                        transfer=name,
                    ),
                }
        for line in lines._get_other_than_ordered():
            if verdicts[line]["decision"] == "authorize":
                verdicts[line] |= {
                    "decision": "review",
                    "decision_code": "other_product",
                    "explanation": line.env._(
                        "This was not ordered, but delivered for something else: a "
                        "person looks at it."
                    ),
                }
        return result


class HistoricSale(Source):
    """The goods were sold before Odoo was in use."""

    field = "historic_sale_id"
    named_later = True
    has_invoice = False

    def _get_sale(self, lines):
        # sudo: the customer's own purchase, whoever asks and whoever imported it
        return lines.sudo().historic_sale_id

    def is_known(self, line):
        return True

    def is_sold(self, line):
        return self._get_sale(line).confirmed

    def lacks_confirmation(self, line):
        return not self._get_sale(line).confirmed

    def get_product(self, line):
        return line.historic_sale_id.product_id

    def fill(self, line):
        sale = line.historic_sale_id
        if line._takes_product_of_source():
            line.product_id = sale.product_id
        if not line._is_counted_as(sale):
            line.uom_id = sale.uom_id
        return super().fill(line)

    def find_misfit(self, line):
        return super().find_misfit(line) or line._find_other_sold_lot()

    def get_seller(self, line):
        return line.historic_sale_id.company_id, line.historic_sale_id.invoice_name

    def get_buyer(self, line):
        sale = line.historic_sale_id
        return sale.commercial_partner_id, sale.invoice_name

    def get_free_quantity(self, line, free, free_lots, outstanding):
        sale = self._get_sale(line)
        sale._reverse_touch()
        return line._from_product_uom(sale._get_returnable()[sale])

    def get_delivered_days(self, lines):
        return {line: self._get_sale(line).date for line in lines}

    def get_only_day(self, line):
        # Known of an old sale is the day of its invoice.
        return self._get_sale(line).date

    def get_price(self, line):
        sale = line.historic_sale_id
        return sale._get_price(), sale.currency_id, sale.uom_id

    def get_values(self, lines):
        return {
            line: line.historic_sale_id._get_unit_price()
            * self.to_unit(line, line.product_id.uom_id)
            for line in lines
        }

    def get_currency(self, line):
        return self._get_sale(line).currency_id

    def prepare_credits(self, part, ledger):
        line = part.line_id
        lines = line.env["reverse.settlement.line"]
        return lines._prepare_for_historic(part, ledger, self._get_sale(line))

    def get_event_values(self, line):
        return {"historic_sale": line.historic_sale_id.id}

    def complete(self, lines):
        """The lot is the one that was sold."""
        for line in lines.filtered(lambda line: not line.lot_id):
            lot = self._get_sale(line).lot_id
            if lot:
                line._guarded_write({"lot_id": lot.id})

    def check_over_return(self, lines):
        self._get_sale(lines)._check_over_return()

    def review(self, lines, versions, verdicts):
        """A person checks what was entered for the return, or by who enters it."""
        result = super().review(lines, versions, verdicts)
        for line in lines:
            sale, rma = self._get_sale(line), line.sudo().rma_id  # sudo: who entered it
            authors = sale.create_uid | sale.reverse_word_by_id
            own = authors & (rma.entered_by_id | rma.requested_by_id)
            refused = verdicts[line]["decision"] == "refuse"
            if not refused and (own or not sale.confirmed):
                verdicts[line] |= {
                    "decision": "review",
                    "decision_code": "manual",
                    "explanation": line.env._(
                        "This sale was entered by hand, for the return or by who "
                        "enters it: a person checks it."
                    ),
                }
        return result

    def on_authorized(self, lines):
        """Whoever authorized the return has confirmed the sale that it names."""
        sales = self._get_sale(lines)
        sales.filtered(lambda sale: not sale.confirmed).write({"confirmed": True})

    def add_to_ledger(self, lines, ledger):
        lines.historic_sale_id._add_to_ledger(ledger)


class Deposit(Source):
    """A used part or an empty that a deposit was charged for: an entitlement."""

    field = "deposit_type_id"
    has_terms = False
    may_be_kept = False
    may_be_early = False

    def is_known(self, line):
        return True

    def is_sold(self, line):
        return True

    def fill(self, line):
        if line._takes_product_of_source():
            line.product_id = line.deposit_type_id.core_product_id
        return super().fill(line)

    def find_misfit(self, line):
        return line._find_other_core()

    def get_free_quantity(self, line, free, free_lots, outstanding):
        return line._from_product_uom(line._get_unclaimed_deposits())

    def get_currency(self, line):
        return line._get_open_deposits()[:1].currency_id

    def get_settlement_type(self, line, wanted):
        # What came back was never sold: another one of it is no use to anybody.
        wanted = super().get_settlement_type(line, wanted)
        return "refund" if wanted == "replacement" else wanted

    def prepare_credits(self, part, ledger):
        lines = part.line_id.env["reverse.settlement.line"]
        return lines._prepare_for_deposit(part, ledger)

    def get_event_values(self, line):
        return {"deposit_type": line.deposit_type_id.id}

    def split_off(self, lines):
        return lines._leave_surpluses()

    def check_over_return(self, lines):
        lines._check_deposit_balance()

    def review(self, lines, versions, verdicts):
        lines._judge_deposits(versions, verdicts)

    def add_to_ledger(self, lines, ledger):
        deposits = lines.env["reverse.deposit"].concat(
            *(line._get_open_deposits() for line in lines)
        )
        if deposits:
            deposits._add_to_ledger(ledger)


class CustomersOwn(Source):
    """Goods of no sale that is known, which came in and stay the customer's."""

    field = "customer_owned"


class Claim(Source):
    """A layer: the books are wrong about what was shipped or billed."""

    field = "claim"
    has_terms = False
    is_asked_back = False
    may_be_kept = False
    may_be_early = False

    def takes_from_delivery(self, line):
        return line._get_plan().takes or bool(line.claimed_move_id)

    def get_stage_amounts(self, line, names):
        if line.claim == "price_error":
            return line._get_price_stage_amounts(names)
        return super().get_stage_amounts(line, names)

    def get_settlement_type(self, line, wanted):
        claimed = claims.settlement(line.claim, wanted, line.remedy)
        return super().get_settlement_type(line, claimed)

    def complete(self, lines):
        lines._name_claimed_deliveries()

    def review(self, lines, versions, verdicts):
        """No policy decides that the books are wrong."""
        for line in lines.filtered(lambda line: line._is_sourced()):
            verdicts[line] |= {
                "decision": "review",
                "decision_code": "claim",
                "explanation": line._explain_claim(),
            }

    def check_authorized(self, lines):
        lines.filtered(lambda line: line._is_sourced())._check_claim_accepted()

    def on_authorized(self, lines):
        """Make the books agree with the claim."""
        for line in lines.filtered(lambda line: line._is_sourced()):
            line._correct_claim()


#: What the goods are of: the first that fits counts.
SOURCES = {
    "delivery": Delivery,
    "order_line": OrderLine,
    "historic_sale": HistoricSale,
    "deposit": Deposit,
    "customers_own": CustomersOwn,
}
#: What lies over a source, the outermost last.
LAYERS = {"claim": Claim}
#: The fields that name what the goods are of.
FIELDS = tuple(kind.field for kind in SOURCES.values() if kind is not CustomersOwn)
#: Those of them that a person may name once the return is requested.
NAMED_LATER = frozenset(kind.field for kind in SOURCES.values() if kind.named_later)


def find(lines, layers):
    """Give the kinds that each line is of: its source first, then the layers over it.

    :param layers: ``{name: class}``
    :return: list of tuples of classes, in the order of the lines
    """
    kinds = SOURCES.values()
    named = columns(lines, *(kind.field for kind in kinds))
    found = []
    for line, values in zip(lines, named, strict=True):
        fitting = (kind for kind, own in zip(kinds, values, strict=True) if own)
        over = (layer for layer in layers.values() if layer.fits(line))
        found.append((next(fitting, Source), *over))
    return found


@cache
def combine(*kinds):
    """Give the answers of kinds that lie over each other, the outermost last."""
    kind = kinds[0]
    if len(kinds) > 1:
        kind = type("".join(each.__name__ for each in kinds), kinds[::-1], {})
    source = kind()
    source.kinds = kinds
    return source
