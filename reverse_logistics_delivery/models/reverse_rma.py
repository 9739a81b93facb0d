from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.reverse_logistics.models.base import drawings

from .reverse_label import WAITING

#: The invoice for customs.
CUSTOMS_PAPER = "reverse_logistics_delivery.action_report_customs"
#: How far ahead customers choose a day on which their parcel is called for.
PICKUP_DAYS = 14


class ReverseRma(models.Model):
    """The carrier of a return, its tracking number and its labels."""

    _inherit = "reverse.rma"

    carrier_id = fields.Many2one(
        "delivery.carrier",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Who brings the goods back, when you arrange it.",
        unlocked=True,
    )
    label_ids = fields.One2many("reverse.label", "rma_id", "Return Labels")
    label_attachment_ids = fields.Many2many(
        "ir.attachment", string="Printed Labels", compute="_compute_label_attachments"
    )
    label_hint = fields.Char(compute="_compute_label_hint")
    pickup_on = fields.Date(
        "Pick-up On",
        copy=False,
        readonly=True,
        tracking=True,
        help="The day on which the customer wants the carrier to call for the goods.",
        guarded=True,
    )
    is_get_return_label_allowed = fields.Boolean(
        compute="_compute_is_get_return_label_allowed"
    )

    @api.depends("picking_ids.carrier_id", "label_ids.state")
    def _compute_label_attachments(self):
        for rma in self:
            # sudo: whoever may read the return may print its labels
            rma.label_attachment_ids = rma.sudo().picking_ids.return_label_ids

    @api.depends("label_ids.state", "label_ids.message")
    def _compute_label_hint(self):
        for rma in self:
            label = rma.label_ids.sorted("id")[-1:]
            rma.label_hint = label._get_hint() if label else False

    # ------------------------------------------------------------------
    # Carrier and tracking number of the receipts
    # ------------------------------------------------------------------
    def _prepare_receipt(self, location, lines):
        return {
            **super()._prepare_receipt(location, lines),
            "carrier_id": self.carrier_id.id,
            "carrier_tracking_ref": self.carrier_tracking_ref,
        }

    def write(self, vals):
        res = super().write(vals)
        announced = {"carrier_id", "carrier_tracking_ref"} & set(vals)
        if announced:
            # The warehouse works with its transfers and does not see the return.
            self._get_open_receipts().write({name: vals[name] for name in announced})
        return res

    @api.model
    def _get_anything_domain(self, text):
        tracking = self.env["stock.picking"]._get_reverse_tracking_domain(text)
        return super()._get_anything_domain(text) | Domain(
            "picking_ids", "any", tracking
        )

    # ------------------------------------------------------------------
    # Labels
    # ------------------------------------------------------------------
    @api.depends("carrier_id", "state", "stage")
    @api.depends_context("uid")
    def _compute_is_get_return_label_allowed(self):
        service = self._has_duty("service")
        for rma in self:
            rma.is_get_return_label_allowed = (
                service and bool(rma.carrier_id) and rma._awaits_goods()
            )

    def action_get_return_label(self):
        """Ask the carrier for a label of each open receipt; it comes in a moment.

        A scheduled action calls the carrier after the commit, because Odoo cannot undo
        what happens outside of the database when it repeats a request.

        :raises AccessError: without the role customer service
        :raises UserError: when there is no parcel, or the carrier makes no labels
        """
        self._check_duty("service")
        receipts = self._get_open_receipts()
        by_rma = receipts.grouped("reverse_rma_id")
        for rma in self:
            rma._check_label(by_rma.get(rma))
        self._ask_labels(receipts)
        return True

    def _ask_labels(self, receipts):
        """Keep the wish for labels; those of our own are made at once."""
        by_rma = receipts.grouped("reverse_rma_id")
        labels = self.env["reverse.label"]._guarded_create(
            [
                {"rma_id": receipt.reverse_rma_id.id, "picking_id": receipt.id}
                for receipt in receipts
            ]
        )
        self.env["reverse.event"]._log(
            self,
            "ReturnLabelRequested",
            lambda rma: {
                "carrier": rma.carrier_id.id,
                "transfers": by_rma[rma].ids,
            },
        )
        # sudo: whoever may ask for a label need not be allowed to change transfers
        ours = labels.sudo().filtered("carrier_id.is_reverse_own")
        for label in ours:
            label._send()
        if labels - ours:
            # sudo: the request may start the scheduled action
            self.env.ref("reverse_logistics_delivery.cron_labels").sudo()._trigger()

    def _check_label(self, receipts):
        """Refuse to ask for a label that nobody can make."""
        self.ensure_one()
        problem = False
        if not receipts:
            problem = self.env._(
                "%(rma)s expects no goods, so there is no parcel to label.",
                rma=self.display_name,
            )
        elif not self.carrier_id:
            problem = self.env._(
                "Choose the carrier of %(rma)s first.", rma=self.display_name
            )
        elif not self.carrier_id.can_generate_return:
            problem = self.env._(
                "%(carrier)s makes no return labels. Choose another carrier, or let "
                "the customer send the goods and enter the tracking number.",
                carrier=self.carrier_id.name,
            )
        elif self.label_ids._filter_waiting():
            problem = self.env._(
                "The label of %(rma)s has been asked for. Wait a moment and reload "
                "the page.",
                rma=self.display_name,
            )
        else:
            problem = self._find_hazard(self.carrier_id)
        if problem:
            raise UserError(problem)

    def _find_hazard(self, carrier):
        """Say why a carrier may not have these goods; None when it may."""
        self.ensure_one()
        if self.line_ids.filtered("is_damaged_hazard"):
            return self.env._(
                "No label: something of it leaks, is burnt or swollen. Keep it away "
                "from everything that burns, and do not send it: customer service "
                "arranges how it is called for."
            )
        dangerous = self.line_ids._get_lines_to_send()._filter_hazardous()
        if not dangerous:
            return None
        # sudo: what a facility takes, for whoever sends goods there
        facility = self.sudo().facility_id
        if any(facility._refuses_traits(line) for line in dangerous):
            return self.env._(
                "No label: these are hazardous goods, and %(facility)s does not take "
                "them. Customer service arranges where they go.",
                facility=facility.name,
            )
        if not carrier.reverse_takes_hazards:
            return self.env._(
                "No label: these are hazardous goods, and %(carrier)s does not take "
                "them. Customer service arranges how they are sent.",
                carrier=carrier.name,
            )
        return None

    # ------------------------------------------------------------------
    # What customers do: a label, and a day on which the parcel is called for
    # ------------------------------------------------------------------
    def _find_carriers(self, wanted):
        """Give the carriers that do something for this customer and their goods.

        :param wanted: function that tells which of some carriers do it
        :return: carriers, the best first, and why there is none, as far as hazardous
            goods are the reason
        """
        self.ensure_one()
        # sudo: who brings goods to a facility, for the customer who sends them
        rma = self.sudo()
        waits = rma._is_shippable_by_customer() and not rma.waits_for_collection
        if not waits or not rma._get_open_receipts():
            return rma.carrier_id.browse(), None
        known = rma.carrier_id or rma.facility_id.carrier_ids.sorted()
        serving = known.filtered(wanted).filtered(
            lambda carrier: (
                carrier._match_address(rma._get_sender()) and rma._may_label(carrier)
            )
        )
        problems = {carrier: rma._find_hazard(carrier) for carrier in serving}
        found = serving.filtered(lambda carrier: not problems[carrier])
        return found, None if found else next(iter(problems.values()), None)

    def _may_label(self, carrier):
        """Whether a carrier's label may be read by who requested the return.

        Others than ours name the buyer as sender, whom a recipient must not learn of.
        """
        return self._shows_prices() or carrier.is_reverse_own

    def _get_sender(self):
        """Give who hands the goods over to the carrier."""
        self.ensure_one()
        # sudo: an address that is printed for the customer
        lines = self.sudo().line_ids._get_lines_to_send()
        return lines[:1]._get_goods_partner() or self.sudo().partner_id

    def _get_customer_labels(self):
        """Give the files of the labels, as long as the customer has the goods."""
        self.ensure_one()
        shown = self._is_shippable_by_customer() and self._may_label(self.carrier_id)
        if not shown:
            return self.env["ir.attachment"]
        return self.label_attachment_ids.sorted("id")

    def _get_customer_mails(self):
        return {
            **super()._get_customer_mails(),
            "label": "reverse_logistics_delivery.mail_template_label",
        }

    def _get_label_end(self):
        """Give the day on which an unused label is cancelled, False for none."""
        self.ensure_one()
        made = self.label_ids.filtered(lambda label: label.state == "done")
        limited = made.filtered("company_id.reverse_label_days")
        return min((label._get_last_day() for label in limited), default=False)

    def _get_label_code(self):
        """Draw what a label of ours says, to be shown on a phone; None for others."""
        self.ensure_one()
        if not (self.carrier_id.is_reverse_own and self.carrier_tracking_ref):
            return None
        return drawings.qr(self.carrier_tracking_ref)

    def _get_label_offer(self):
        """Give what the page says of a label: ``(the carrier that makes one, hint)``.

        Who the carrier is and what went wrong there is not for the customer.
        """
        self.ensure_one()
        carriers, problem = self._find_carriers(lambda c: c.can_generate_return)
        state = self.label_ids.sorted("id")[-1:].state
        if problem or not carriers:
            return carriers, problem
        if state in WAITING:
            return carriers.browse(), self.env._(
                "Your label is being made. Reload this page in a moment."
            )
        if state == "failed":
            return carriers[:1], self.env._(
                "Your label could not be made. Try again later, or send the goods "
                "without it."
            )
        return carriers[:1], None

    def _get_label_hint(self):
        if self._get_customer_labels() or self._get_label_offer()[0]:
            return self.env._("You find a label for the parcel there as well.")
        return super()._get_label_hint()

    def _ask_label_by_customer(self):
        """Get a label of the carrier that brings the goods back.

        :raises UserError: when there is no such carrier, or one was asked for
        """
        self.ensure_one()
        carrier, problem = self._get_label_offer()
        if not carrier or self._get_customer_labels():
            raise UserError(
                problem or self.env._("There is no label to be made for this return.")
            )
        if not self.carrier_id:
            self.carrier_id = carrier
        self._ask_labels(self._get_open_receipts())

    def _waits_for_pickup(self):
        self.ensure_one()
        under_way = self.shipped_at or self.received_at
        return bool(self.state == "authorized" and self.pickup_on and not under_way)

    def _get_pickup_days(self):
        """Give the days from which the customer can choose, none without a carrier."""
        self.ensure_one()
        carriers, _problem = self._find_carriers(lambda c: c.reverse_picks_up)
        if not carriers:
            return []
        # sudo: when a facility is open, for the customer who sends goods there
        facility = self.sudo().facility_id
        today = facility._get_today()
        last = today + timedelta(PICKUP_DAYS)
        if self.expires_on:
            last = min(last, self.expires_on)
        opened = facility._get_open_minutes(last)[facility]
        return sorted(day for day in opened if today < day <= last)

    def _book_pickup_by_customer(self, day):
        """Note the day on which the customer wants the goods to be called for.

        :param str day: as the form sends it
        :raises UserError: for any other than those that were offered
        """
        self.ensure_one()
        offered = {each.isoformat(): each for each in self._get_pickup_days()}
        if day not in offered:
            raise UserError(self.env._("Choose one of the days on which we call."))
        carriers, _problem = self._find_carriers(lambda c: c.reverse_picks_up)
        if not self.carrier_id:
            self.carrier_id = carriers[:1]
        if self._waits_for_pickup() and self.pickup_on == offered[day]:
            return
        self._guarded_write({"pickup_on": offered[day]})
        self._plan_receipts()
        self.env["reverse.event"]._log(
            self, "PickupChosen", lambda rma: {"day": day, "carrier": rma.carrier_id.id}
        )
        exceptions = self.env["reverse.exception"].sudo()  # sudo: it is for others
        asked = self._get_open_exceptions().filtered(lambda e: e.type == "pickup")
        asked.sudo()._resolve("pickup_gone")  # sudo: as above
        exceptions._raise_for(self, "pickup", message=day)

    @api.depends("pickup_on")
    def _compute_expected_date(self):
        return super()._compute_expected_date()

    def _get_sending_day(self):
        return (
            self.pickup_on if self._waits_for_pickup() else super()._get_sending_day()
        )

    # ------------------------------------------------------------------
    # Erasing what labels say of the customer
    # ------------------------------------------------------------------
    def _get_personal_fields(self):
        return [*super()._get_personal_fields(), (self.label_ids, ["message"])]

    def _remove_files(self, names):
        # They bear the name and the address of whoever sent the goods.
        self.picking_ids.return_label_ids.unlink()
        return super()._remove_files(names)

    # ------------------------------------------------------------------
    # Goods that cross a customs border: their invoice, which is none of a sale
    # ------------------------------------------------------------------
    def _crosses_customs(self):
        """Tell whether customs look at the goods on their way here."""
        self.ensure_one()
        if not self.line_ids._get_lines_to_send():
            return False
        countries = (
            self._get_sender().country_id | self._get_return_address().country_id
        )
        union = self.env.ref("base.europe").country_ids
        return len(countries) > 1 and bool(countries - union)

    def _has_customs_paper(self):
        """Tell whether the page offers the paper for customs, which tells prices."""
        self.ensure_one()
        shown = self._is_shippable_by_customer() and self._shows_prices()
        return shown and self._crosses_customs()

    def action_print_customs(self):
        """Print the invoices that customs ask for.

        :raises UserError: when goods cross no customs border
        """
        for rma in self:
            if rma.state != "authorized" or not rma._crosses_customs():
                raise UserError(
                    self.env._(
                        "%(rma)s needs no customs invoice: it is not to be sent, or "
                        "crosses no customs border. Look at the countries of the "
                        "customer's and the facility's address.",
                        rma=rma.display_name,
                    )
                )
        return self.env.ref(CUSTOMS_PAPER).report_action(self, config=False)

    def _get_customs_rows(self):
        """Give what customs ask of each kind of goods, and their sum by currency."""
        self.ensure_one()
        # sudo: what is printed for the customer
        lines = self.sudo().line_ids._get_lines_to_send()
        rows, sums = [], defaultdict(float)
        for line in lines:
            quantity = line.qty_authorized - line.qty_kept
            currency, price = line.currency_id, line.price_paid
            if not price:
                # Free goods have a value as well, and what customs ask is their value.
                currency = line.company_id.currency_id
                price = line.product_id.lst_price
            value = currency.round(quantity * price)
            sums[currency] += value
            rows.append(
                {
                    "line": line,
                    "goods": line.product_id,
                    "quantity": quantity,
                    "price": price,
                    "value": value,
                    "currency": currency,
                    "export": line._get_export_reference(),
                }
            )
        return rows, sums

    def _get_kept_freight(self):
        """What was paid for the delivery is given back to who withdraws, only."""
        kept = super()._get_kept_freight()
        if self.basis == "withdrawal":
            return kept
        # sudo: what the customer's own orders say
        for order in self.sudo().line_ids.sale_line_id.order_id:
            paid = sum(order.order_line.filtered("is_delivery").mapped("price_total"))
            if order.currency_id.compare_amounts(paid, 0) > 0:
                kept.append((order, paid))
        return kept
