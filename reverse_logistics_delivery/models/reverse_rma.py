from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.reverse_logistics.models.base import drawings
from odoo.addons.reverse_logistics.models.base import reverse_inputs as inputs
from odoo.addons.reverse_logistics.models.base.reverse_guarded_mixin import DUTIES
from odoo.addons.reverse_logistics.models.receipt.reverse_rma import SOON

from ..engine.scans import ACCEPTED, DELIVERED, Scan, judge
from .reverse_label import WAITING

#: The role of systems that report what carriers scan.
INTERFACE = "reverse_logistics_delivery.group_carrier_interface"
#: Scans that are reported at once.
MOST_SCANS = 500

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
    carrier_scanned_at = fields.Datetime(
        "Scanned by the Carrier",
        readonly=True,
        copy=False,
        help="When the carrier had the parcel, as the carrier says and not the "
        "customer or a user: where policy credits what was shipped, it is credited.",
        guarded=True,
    )
    carrier_scan_source = fields.Selection(
        [
            ("carrier", "The carrier was asked"),
            ("system", "Another system reported it"),
        ],
        "Known from",
        readonly=True,
        copy=False,
        guarded=True,
    )
    carrier_scan_number = fields.Char(
        "Scanned Number",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
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
    # What carriers say of parcels, which is nobody's word
    # ------------------------------------------------------------------
    @api.model
    def report_carrier_scans(self, scans):
        """Note what a carrier has scanned: for other systems, by the API.

        Call it with the user of that system, who has the role *Carrier interface* and
        no other role of returns. Nothing is refused because of one scan: the answer
        says what became of each, so that sending all of them again is harmless.

        :param list scans: at most 500 of ``{"tracking_ref": number, "kind": "accepted"
            (the carrier has the parcel) or "delivered", "scanned_at": moment in UTC as
            in 2026-12-31 18:00:00, "postal_code": where the parcel goes}``
        :return: a code for each: ``noted``; ``known``, it was noted before;
            ``unknown``, no return or delivery has this number; ``moment``, it cannot be
            this parcel; ``outbound``, the number is that of a delivery to a customer;
            ``shared``, returns of several customers name the number, or another return
            came with it before; ``elsewhere``, nothing says that it comes to us;
            ``several``, a delivery has further parcels
        :raises AccessError: for anybody else
        :raises UserError: for what is no list of scans
        """
        self._check_interface()
        read = [self._read_scan(scan) for scan in self._check_scans(scans)]
        return self._note_scans(read, "system", self.env.user.company_ids)

    @api.model
    def _check_interface(self):
        """Let only a system speak for carriers: a person's word is no fact."""
        self._check_person()
        role = self.env.user.has_group(INTERFACE)
        if not role or self._has_duty(*DUTIES):
            self._note_refusal("role")
            raise AccessError(
                self.env._(
                    "What a carrier has scanned is reported by the user of another "
                    "system, who has the role “Carrier interface” and no other role of "
                    "returns."
                )
            )

    @api.model
    def _check_scans(self, scans):
        if not isinstance(scans, list) or len(scans) > MOST_SCANS:
            raise UserError(
                self.env._(
                    "A list of at most %(most)s scans is expected here.",
                    most=MOST_SCANS,
                )
            )
        return scans

    @api.model
    def _read_scan(self, scan):
        known = isinstance(scan, dict) and scan.get("kind") in (ACCEPTED, DELIVERED)
        number = known and inputs.text(self.env, scan.get("tracking_ref"))
        if not number or not number.strip():
            raise UserError(
                self.env._(
                    "A scan has a “tracking_ref”, a “kind” (“accepted” or “delivered”) "
                    "and “scanned_at”."
                )
            )
        return Scan(
            number.strip(),
            scan["kind"],
            inputs.moment(self.env, scan.get("scanned_at")),
            inputs.text(self.env, scan.get("postal_code") or ""),
        )

    @api.model
    def _note_scans(self, scans, source, companies=None):
        """Note what carriers scanned, and let policy follow.

        :param scans: of :class:`engine.scans.Scan`
        :param str source: see ``carrier_scan_source``
        :param companies: whose parcels they can be, of all when left out
        :return: what became of each, in their order
        """
        taken = [scan for scan in scans if scan.kind == ACCEPTED]
        arrived = [scan for scan in scans if scan.kind == DELIVERED]
        within = Domain("company_id", "in", companies.ids) if companies else Domain.TRUE
        # sudo: what carriers say is of no user, who reads nothing by it
        own = self.sudo()._note_accepted(taken, source, within)
        proofs = self.env["stock.picking"].sudo()._note_proofs(arrived, within)
        return [
            (own if scan.kind == ACCEPTED else proofs)[scan.number] for scan in scans
        ]

    @api.model
    def _note_accepted(self, scans, source, within):
        numbers = [scan.number for scan in scans]
        by_number = self._find_by_number(numbers)
        outbound = self._find_outbound(numbers)
        now = fields.Datetime.now()
        outcome, noted = dict.fromkeys(numbers, "unknown"), {}
        for scan in sorted(scans, key=lambda scan: scan.moment):
            named = by_number.get(scan.number, self)
            shared = len(named.commercial_partner_id) > 1
            waiting = named.filtered(lambda rma: rma.state == "authorized")
            for rma in waiting.filtered_domain(within):
                if rma in noted or rma.carrier_scanned_at:
                    outcome[scan.number] = "known"
                    continue
                first = min(filter(None, (rma.create_date, rma.requested_at)))
                came = (named - rma).filtered(
                    lambda other: (
                        other.carrier_scanned_at or other.received_at or other in noted
                    )
                )
                verdict = judge(
                    scan,
                    first.replace(microsecond=0),
                    (rma.authorized_at or first).replace(microsecond=0),
                    now + SOON,
                    rma._has_label(scan.number),
                    scan.number in outbound,
                    shared or bool(came),
                    rma._get_return_address().zip,
                )
                outcome[scan.number] = verdict
                if verdict == "noted":
                    noted[rma] = scan
        self._keep_scans(noted, source)
        return outcome

    @api.model
    def _find_by_number(self, numbers):
        """Find all returns that name these numbers, or came with them.

        :return: ``{number: returns}``
        """
        found = {}
        named = Domain.OR(
            Domain(name, "in", numbers)
            for name in (
                "carrier_tracking_ref",
                "carrier_scan_number",
                "picking_ids.carrier_tracking_ref",
                "label_ids.tracking_ref",
            )
        )
        for rma in self.search(named, order="id"):
            own = rma.picking_ids.mapped("carrier_tracking_ref")
            given = rma.label_ids.mapped("tracking_ref")
            said = {rma.carrier_tracking_ref, rma.carrier_scan_number, *own, *given}
            for number in said & {*numbers}:
                found[number] = found.get(number, self) | rma
        return found

    @api.model
    def _find_outbound(self, numbers):
        """Give those of these numbers that parcels to customers have."""
        found = self.env["stock.picking"]._find_by_tracking(numbers)
        return {
            number
            for number, pickings in found.items()
            if "outgoing" in pickings.mapped("picking_type_code")
        }

    def _has_label(self, number):
        """Whether a label was made for this return that has this number.

        What return and receipt say is what anybody has entered since.
        """
        self.ensure_one()
        made = self.label_ids.filtered(lambda label: label.state == "done")
        return number in made.mapped("tracking_ref")

    def _keep_scans(self, noted, source):
        """Keep the first scan of each return, and do what policy does then.

        :param noted: ``{return: scan}``
        """
        for rma, scan in noted.items():
            rma._guarded_write(
                {
                    "carrier_scanned_at": scan.moment,
                    "carrier_scan_source": source,
                    "carrier_scan_number": scan.number,
                }
            )
        rmas = self.concat(*noted)
        self.env["reverse.event"]._log(
            rmas,
            "ParcelScanned",
            lambda rma: {
                "scanned_at": fields.Datetime.to_string(rma.carrier_scanned_at),
                "source": source,
                "own_label": rma._has_label(rma.carrier_scan_number),
            },
        )
        for company, own in rmas.grouped("company_id").items():
            unsaid = own.filtered(lambda rma: not rma.shipped_at).with_company(company)
            for rma in unsaid:
                rma.write({"shipped_at": rma.carrier_scanned_at})
            known = (own - unsaid).with_company(company)
            known._get_policy_followers()._work("_follow_policy")

    def _is_shipment_shown(self):
        return bool(self.carrier_scanned_at) or super()._is_shipment_shown()

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
