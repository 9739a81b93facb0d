from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import float_repr

from ..engine import rates, review

#: Returns that somebody may still look at twice.
OPEN = ("requested", "authorized")
LOOK, CONFIRMED, DISMISSED = "look", "look", "wrong"
KIND = "enhanced_review"
#: So many new photos are read of the returns of a batch.
MOST_PHOTOS = 500
#: Whose fault a reason is, where nobody else's.
_WANTED = ("customer", "unknown")


class ReverseAiReview(models.AbstractModel):
    """Which returns should be looked at twice, and why.

    Nothing is learned from people: a customer and a delivery address are compared with
    all others who bought the same goods, and what was found with what was sold. It
    opens an exception that asks an approver to look; the return goes its way meanwhile.

    A return that the law grants, or whose reason is not the customer's, counts against
    nobody, and neither do returns of which personal data was erased.
    """

    _name = "reverse.ai.review"
    _inherit = ["reverse.ai.worker"]
    _description = "Enhanced Review"
    _subject = "reverse.rma"
    # Their photos are read as well, a second for twenty or more.
    _batch = 20

    # ------------------------------------------------------------------
    # Which returns
    # ------------------------------------------------------------------
    @api.model
    def _get_waiting_domain(self, task):
        return [
            ("company_id", "=", task.company_id.id),
            ("state", "in", OPEN),
            ("erased_at", "=", False),
        ]

    @api.model
    def _find_waiting(self, task):
        """Yield new returns, and those of which more was found since the last look."""
        yield from super()._find_waiting(task)
        looks = self.env["reverse.ai.suggestion"].search(
            [("task_id", "=", task.id), ("state", "in", ("open", "abstained"))]
        )
        looked = {look.res_id: look.create_date for look in looks}
        found = self.env["reverse.inspection"]._read_group(
            [("rma_id", "in", list(looked)), ("state", "=", "done")],
            ["rma_id"],
            ["inspected_at:max"],
        )
        yield (
            self.env["reverse.ai.model"],
            self.env["reverse.rma"].union(
                *(
                    rma
                    for rma, last in found
                    if last and last > looked[rma.id] and rma.state in OPEN
                )
            ),
        )

    # ------------------------------------------------------------------
    # Looking
    # ------------------------------------------------------------------
    @api.model
    def _work(self, task, model, records):
        suggestions = super()._work(task, model, records)
        asked = suggestions.filtered(lambda s: s.state == "open")
        self._ask(records.browse(asked.mapped("res_id")))
        self._get_asked(records)._close_gone()
        return suggestions

    @api.model
    def _ask(self, rmas):
        """Ask an approver to look at returns, each once."""
        exceptions = self.env["reverse.exception"]
        exceptions._raise_for(rmas - self._get_asked(rmas).rma_id, KIND)

    @api.model
    def _get_asked(self, rmas):
        """Give what asks somebody to look at these returns."""
        return rmas._get_open_exceptions().filtered(lambda e: e.type == KIND)

    @api.model
    def _suggest(self, task, model, records):
        company = task.company_id
        told = self._compare(company, company._get_reverse_today())
        goods = self._gather_goods(records, told)
        before = self._count_worn(records)
        shown = self._gather_photos(records)
        values = []
        for rma in records:
            facts = review.Facts(
                told["customer"].get(rma.commercial_partner_id.id),
                told["address"].get(self._get_address(self._get_receiver(rma))),
                tuple(goods[rma]),
                before[rma.commercial_partner_id],
                **shown[rma],
            )
            signs = review.find_signs(facts)
            asked = review.needs_look(signs)
            values.append(
                {
                    "res_id": rma.id,
                    "answer": asked and LOOK,
                    "confidence": 1.0,
                    "state": "open" if asked else "abstained",
                    "details": {
                        "signs": [
                            {"code": s.code, "points": s.points, **s.values}
                            for s in signs
                        ]
                    },
                }
            )
        return values

    @api.model
    def _gather_photos(self, rmas):
        """Give ``{return: values of review.Facts}`` of what their photos say."""
        photos = self.env["reverse.ai.photo"]._take(rmas, MOST_PHOTOS)
        seen = photos._find_seen()
        found = {rma: {"photos": (), "edited": ()} for rma in rmas}
        for rma, own in photos.grouped("rma_id").items():
            none = rmas.browse()
            others = none.union(*(seen.get(photo, none) for photo in own))
            editors = dict.fromkeys(
                filter(None, (photo._get_editor() for photo in own))
            )
            found[rma] = {
                "photos": tuple(others.mapped("name")),
                "edited": tuple(editors),
            }
        return found

    # ------------------------------------------------------------------
    # Rates
    # ------------------------------------------------------------------
    @api.model
    @tools.ormcache("company.id", "today")
    def _compare(self, company, today):
        """Give ``{"customer" and "address": {key: rates.Rate}, "goods": {id: ratio}}``
        of a year, in two queries, for those that stand out.

        Once a day: returns that are asked for meanwhile hardly change it.
        """
        rows = defaultdict(lambda: [0, 0])
        for column, found in enumerate(
            (self._count_bought(company), self._count_returned(company))
        ):
            for *key, count in found:
                rows[tuple(key)][column] += count
        customers, rated = rates.tell(
            [(p.commercial_partner_id.id, g.id, *n) for (p, _a, g), n in rows.items()]
        )
        addresses, _rated = rates.tell(
            [(self._get_address(a), g.id, *n) for (_p, a, g), n in rows.items()]
        )
        addresses.pop(None, None)
        mean = sum(rated.values()) / len(rated) if rated else 0.0
        often = {good: rate / mean if mean else 1.0 for good, rate in rated.items()}
        return {
            "customer": {key: r for key, r in customers.items() if r.stands_out},
            "address": {key: r for key, r in addresses.items() if r.stands_out},
            "goods": {g: times for g, times in often.items() if times >= review.OFTEN},
        }

    @api.model
    def _get_start(self):
        return fields.Datetime.subtract(fields.Datetime.now(), years=1)

    @api.model
    def _count_bought(self, company):
        """Give ``(customer, address, product, order lines)`` that were delivered."""
        return self.env["sale.order.line"]._read_group(
            [
                ("company_id", "=", company.id),
                ("state", "=", "sale"),
                ("qty_delivered", ">", 0),
                ("order_id.date_order", ">=", self._get_start()),
            ],
            ["order_partner_id", "order_id.partner_shipping_id", "product_id"],
            ["__count"],
        )

    @api.model
    def _count_returned(self, company):
        """Give the same of order lines that came back because the customer wanted."""
        return self.env["reverse.rma.line"]._read_group(
            self._get_counted_domain(company),
            [
                "sale_line_id.order_partner_id",
                "sale_line_id.order_id.partner_shipping_id",
                "product_id",
            ],
            ["sale_line_id:count_distinct"],
        )

    @api.model
    def _get_counted_domain(self, company):
        return [
            ("company_id", "=", company.id),
            ("qty_received", ">", 0),
            ("requested_at", ">=", self._get_start()),
            ("sale_line_id.order_id.date_order", ">=", self._get_start()),
            ("legal_basis_id", "=", False),
            ("rma_id.erased_at", "=", False),
            "|",
            ("reason_id", "=", False),
            ("reason_id.liability", "in", (False, *_WANTED)),
        ]

    @api.model
    def _get_receiver(self, rma):
        orders = rma.line_ids.sale_line_id.order_id
        return orders[:1].partner_shipping_id or rma.partner_id

    @api.model
    def _get_address(self, partner):
        """Give an address so that two ways to write it are the same; None without."""
        parts = (partner.street, partner.street2, partner.zip, partner.city)
        if not partner.street or not (partner.zip or partner.city):
            return None
        words = "".join(part for part in parts if part).lower()
        return partner.country_id.id, "".join(filter(str.isalnum, words))

    # ------------------------------------------------------------------
    # Goods
    # ------------------------------------------------------------------
    @api.model
    def _gather_goods(self, rmas, told):
        """Give ``{return: [review.Goods of each line or inspected part]}``."""
        found = defaultdict(list)
        for line in rmas.line_ids:
            parts = line.inspection_ids.filtered(
                lambda part: part.state == "done" and not part.not_inspected
            )
            for part in parts or [line.inspection_ids.browse()]:
                found[line.rma_id].append(self._describe(line, part, told["goods"]))
        return found

    @api.model
    def _describe(self, line, part, often):
        product, rule = line.product_id, line.policy_rule_id
        # Of pieces that were sent together the customer may announce another.
        sent = line.move_id.lot_ids or line.lot_id
        pieces = line._in_product_uom(part.quantity) if part else 0.0
        counted = rule.window_from == "delivery" and not rule.unlimited
        known = line.delivered_on and line.requested_at
        return review.Goods(
            product.display_name,
            frozenset(sent.mapped("name"))
            if line.tracking == "serial"
            else frozenset(),
            part.lot_id.name or "",
            self._get_weight(product, pieces),
            part.ai_weight,
            (line.requested_at.date() - line.delivered_on).days if known else None,
            rule.window_days if counted else None,
            self._is_worn(part),
            often.get(product.id, 1.0),
        )

    @api.model
    def _get_weight(self, product, pieces):
        """Give what goods should weigh in kg, whatever products are weighed in here."""
        unit = product.product_tmpl_id._get_weight_uom_id_from_ir_config_parameter()
        kg = self.env.ref("uom.product_uom_kgm")
        return unit._compute_quantity(product.weight * pieces, kg, round=False)

    @api.model
    def _is_worn(self, part):
        """Whether goods that nothing was wrong with can no longer be sold as new."""
        wanted = (part.line_id.reason_id.liability or "unknown") in _WANTED
        return wanted and bool(part.condition_id._is_worn())

    @api.model
    def _count_worn(self, rmas):
        """Give ``{customer: how often they sent used goods back in the last days}``."""
        parts = self.env["reverse.inspection"].search(
            [
                ("company_id", "in", rmas.company_id.ids),
                ("state", "=", "done"),
                ("not_inspected", "=", False),
                ("inspected_at", ">=", self._get_start()),
                ("rma_id.commercial_partner_id", "in", rmas.commercial_partner_id.ids),
                ("rma_id", "not in", rmas.ids),
                ("rma_id.erased_at", "=", False),
            ]
        )
        found = defaultdict(int)
        for part in parts:
            if self._describe(part.line_id, part, {}).worn_late:
                found[part.rma_id.commercial_partner_id] += 1
        return found

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------
    @api.model
    def _name_answer(self, answer):
        labels = {
            LOOK: self.env._("Look at it twice"),
            DISMISSED: self.env._("Nothing unusual"),
        }
        return labels.get(answer, "")

    @api.model
    def _explain(self, answer, details):
        texts = self._get_sentences()
        return [
            texts[sign["code"]] % self._format(sign)
            for sign in details.get("signs", ())
            if sign.get("code") in texts
        ]

    @api.model
    def _format(self, sign):
        return {
            name: float_repr(value, 3).rstrip("0").rstrip(".")
            if isinstance(value, float)
            else value
            for name, value in sign.items()
        }

    @api.model
    def _get_sentences(self):
        """Give the sentence of each sign, with the names of its values."""
        return {
            "customer": self.env._(
                "In a year %(seen)s of %(bought)s order lines came back from this "
                "customer; of the same goods, others sent back %(usual)s."
            ),
            "address": self.env._(
                "In a year %(seen)s of %(bought)s order lines that went to this "
                "address came back; of the same goods, others sent back %(usual)s."
            ),
            "serial": self.env._(
                "%(product)s came back with the number %(lot)s, which was not sent "
                "with this delivery."
            ),
            "weight": self.env._(
                "%(product)s weighs %(weighed)s kg, and should weigh %(weight)s kg."
            ),
            "worn": self.env._(
                "%(product)s cannot be sold as new any more, and was asked back on day "
                "%(days)s of %(window)s."
            ),
            "worn_again": self.env._(
                "%(product)s cannot be sold as new any more, and was asked back on day "
                "%(days)s of %(window)s, as goods were %(before)s times before in a "
                "year."
            ),
            "photo": self.env._(
                "A photo was shown before: it is also on the return %(returns)s."
            ),
            "edited": self.env._("A photo says that it was written with %(program)s."),
            "product": self.env._(
                "It speaks for the customer that %(product)s comes back %(often)s "
                "times as often as other goods, from everybody."
            ),
        }

    # ------------------------------------------------------------------
    # What people say of it
    # ------------------------------------------------------------------
    @api.model
    def _check_may_choose(self, record):
        """An approver who had no part in the request says whether it was right."""
        record.check_access("read")
        record._check_duty("approver", excluded=record._gate_actors)

    @api.model
    def _apply(self, records, answer):
        """The exception is resolved with that; the return itself is not touched."""
        self._get_asked(records)._resolve(
            "review_right" if answer == CONFIRMED else "review_wrong"
        )

    @api.model
    def _clear(self, task):
        """Nobody is asked to look any more."""
        open_ = Domain("task_id", "=", task.id) & Domain("state", "=", "open")
        looks = self.env["reverse.ai.suggestion"].search(open_)
        looks._outdate_open()
        rmas = self.env["reverse.rma"].browse(looks.mapped("res_id")).exists()
        rmas._get_open_exceptions()._close_gone()
