import logging
import re
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import split_every

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_batch

from .reverse_label import FAILURES

_logger = logging.getLogger(__name__)

#: Parcels that a carrier is asked about at once; each batch is a transaction.
PARCELS = 50
#: For how many days a carrier is asked about a parcel.
ASKED_DAYS = 60

#: What is refunded of a delivery, and which goods may be sent back by it.
_DECIDING = frozenset({"reverse_refund_limit", "reverse_takes_hazards"})

OWN_LABEL = "reverse_logistics_delivery.report_own_label"


class DeliveryCarrier(models.Model):
    """What a carrier does for returns, labels without any contract among them."""

    _name = "delivery.carrier"
    _inherit = ["delivery.carrier", "reverse.noted.mixin"]

    delivery_type = fields.Selection(
        selection_add=[("reverse_own", "Own Return Labels")],
        ondelete={"reverse_own": "set default"},
    )
    reverse_currency_id = fields.Many2one(
        "res.currency", compute="_compute_reverse_currency_id"
    )
    reverse_refund_limit = fields.Monetary(
        "Refunded at Most",
        currency_field="reverse_currency_id",
        help="Of this delivery, when a consumer withdraws from the whole order: what "
        "your cheapest standard delivery costs, as it is priced on orders. 0: all of "
        "it, as this is the standard one.",
    )
    reverse_takes_hazards = fields.Boolean(
        "Takes Hazardous Goods",
        help="Returns of dangerous goods get a label of this carrier.",
    )
    reverse_picks_up = fields.Boolean(
        "Calls for Returns",
        help="Customers choose a day on which this carrier calls for their parcel. "
        "Customer service orders it from the carrier.",
    )

    reverse_drop_off = fields.Text(
        "Where to Hand It Over",
        translate=True,
        help="Customers read it beside their label: where and until what time parcels "
        "are taken, whether they have to be paid for, what else to bring.",
    )
    reverse_drop_off_url = fields.Char(
        "Page with Drop-off Points",
        help="Address of the carrier's page on which customers find a shop or machine "
        "near them; it begins with https://.",
    )

    is_reverse_own = fields.Boolean(
        compute="_compute_is_reverse_own", help="Its labels are made here."
    )

    @api.model_create_multi
    def create(self, vals_list):
        carriers = super().create(vals_list)
        carriers.filtered(
            lambda carrier: any(carrier[name] for name in _DECIDING)
        )._log_control("ControlCreated")
        return carriers

    def write(self, vals):
        deciding = self._get_deciding_fields() & set(vals)
        before = deciding and self._get_control_values(deciding)
        res = super().write(vals)
        if deciding:
            self._log_control("ControlChanged", before)
        return res

    def _get_deciding_fields(self):
        return _DECIDING

    def _get_own_company(self):
        return self.sudo().company_id  # sudo: whose it is, whoever writes

    def _get_control_companies(self):
        controls = self.env["reverse.governed.mixin"]
        return controls._get_governed(self._get_own_company())

    @api.constrains("reverse_drop_off_url")
    def _check_reverse_drop_off_url(self):
        for carrier in self:
            url = carrier.reverse_drop_off_url
            if url and not re.fullmatch(r"https?://[^\s\"'<>]+", url):
                raise ValidationError(
                    self.env._(
                        "“%(url)s” is not the address of a page: start with https://.",
                        url=url,
                    )
                )

    def _compute_reverse_currency_id(self):
        for carrier in self:
            company = carrier.company_id or self.env.company
            carrier.reverse_currency_id = company.currency_id

    # ------------------------------------------------------------------
    # Labels of our own: an address, a number and its codes, and no carrier that is
    # asked. Odoo calls these methods by the name of the provider.
    # ------------------------------------------------------------------
    @api.depends("delivery_type")
    def _compute_can_generate_return(self):
        result = super()._compute_can_generate_return()
        self.filtered("is_reverse_own").can_generate_return = True
        return result

    @api.depends("delivery_type")
    def _compute_is_reverse_own(self):
        for carrier in self:
            carrier.is_reverse_own = carrier.delivery_type == "reverse_own"

    def _match(self, partner, source):
        """Not offered for orders: it only brings goods back."""
        offered = not (self.is_reverse_own and source._name == "sale.order")
        return offered and super()._match(partner, source)

    # ------------------------------------------------------------------
    # What carriers say of parcels
    # ------------------------------------------------------------------
    def _get_reverse_tracker(self):
        """Give the method that asks this carrier about parcels, None without one.

        As with Odoo's own methods of providers, an addon of a provider writes one that
        is called after it::

            def swift_get_reverse_scans(self, pickings):
                # ask the carrier once for all of these
                return [
                    Scan(number, "accepted", moment, postal_code),
                    Scan(number, "delivered", moment),
                ]

        It is called for transfers with a tracking number: receipts of returns, of which
        ``accepted`` shows that the goods are on their way, and deliveries to customers,
        of which ``delivered`` is the proof of delivery. ``Scan`` is in
        ``engine/scans.py``. It reads only, because it may be called again.
        """
        self.ensure_one()
        name = f"{self.delivery_type}_get_reverse_scans"
        return getattr(self, name, None)

    @api.model
    def _cron_ask_parcels(self):
        """Ask carriers about parcels that are under way, as far as they tell."""
        carriers = self.search([("active", "=", True)])
        carriers = carriers.filtered(lambda c: c._get_reverse_tracker())
        parcels = {carrier: carrier._find_parcels() for carrier in carriers}
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=sum(map(len, parcels.values())))
        for carrier, pickings in parcels.items():
            for ids in split_every(PARCELS, pickings.ids):
                scans = carrier._ask_parcels(pickings.browse(ids).exists())

                def note(scans=scans):
                    self.env["reverse.rma"]._note_scans(scans, "carrier")

                if not run_batch(self.env, note, len(ids)):
                    return

    def _find_parcels(self):
        """Find the transfers of which this carrier may know something new."""
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(ASKED_DAYS)
        mine = [
            ("carrier_id", "=", self.id),
            ("carrier_tracking_ref", "not in", (False, "")),
        ]
        pickings = self.env["stock.picking"]
        return pickings.search(
            [
                *mine,
                ("state", "not in", ("done", "cancel")),
                ("reverse_rma_id.state", "=", "authorized"),
                ("reverse_rma_id.carrier_scanned_at", "=", False),
                ("reverse_rma_id.authorized_at", ">", since),
            ],
            order="id",
        ) | pickings.search(
            [
                *mine,
                ("picking_type_code", "=", "outgoing"),
                ("state", "=", "done"),
                ("reverse_possessed_on", "=", False),
                ("move_ids.reverse_done_at", ">", since),
            ],
            order="id",
        )

    def _ask_parcels(self, pickings):
        """Ask this carrier; what fails is logged, and asked again the next time."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                return self._get_reverse_tracker()(pickings)
        except FAILURES:
            _logger.exception("%s said nothing of %s", self, pickings)
            return []

    def reverse_own_rate_shipment(self, order):
        return {
            "success": False,
            "price": 0.0,
            "error_message": self._say_reverse_only(),
            "warning_message": False,
        }

    def reverse_own_send_shipping(self, pickings):
        raise UserError(self._say_reverse_only())

    def _say_reverse_only(self):
        self.ensure_one()
        return self.env._(
            "%(carrier)s only brings returns back. Choose another delivery method.",
            carrier=self.name,
        )

    def reverse_own_get_return_label(
        self, picking, tracking_number=None, origin_date=None
    ):
        picking.carrier_tracking_ref = (
            self.env["ir.sequence"]
            .with_company(picking.company_id)
            .next_by_code("reverse.label")
        )
        # sudo: whether PDF can be made here; a page can be printed as well
        report = self.env["ir.actions.report"].sudo()
        if report.get_wkhtmltopdf_state() == "install":
            render = report._render_qweb_html
        else:
            render = report._render_qweb_pdf
        content, kind = render(OWN_LABEL, picking.ids)
        name = f"{self.get_return_label_prefix()}-{picking.carrier_tracking_ref}.{kind}"
        # In the system's name: Odoo keeps as plain text what others say is a page.
        self.env["ir.attachment"].with_user(SUPERUSER_ID).create(
            {
                "name": name,
                "res_model": picking._name,
                "res_id": picking.id,
                "raw": content,
                "mimetype": "application/pdf" if kind == "pdf" else "text/html",
            }
        )
