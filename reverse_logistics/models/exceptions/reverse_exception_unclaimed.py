from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import endings
from ...engine.exceptions import ExceptionType, Resolution
from ..inspection.reverse_inspection_again import FINDINGS

SERVICE = "reverse_logistics.group_service"
APPROVER = "reverse_logistics.group_approver"


class ReverseException(models.Model):
    """Goods that are to go back to the customer and are not collected."""

    _inherit = "reverse.exception"

    type = fields.Selection(
        selection_add=[("unclaimed", "Not collected by the customer")],
        ondelete={"unclaimed": "cascade"},
    )
    noticed_on = fields.Date(
        "Customer Notified On",
        readonly=True,
        help="From then on the deadline is the customer's: until when to collect.",
        guarded=True,
    )
    storage_invoice_ids = fields.Many2many(
        "account.move",
        string="Storage Invoices",
        readonly=True,
        guarded=True,
    )

    @api.model
    def _get_types(self):
        return {**super()._get_types(), "unclaimed": self._get_type_unclaimed()}

    @api.model
    def _get_type_unclaimed(self):
        return ExceptionType(
            # Customer service first, an approver once the customer's time is over.
            owner="",
            days=2,
            what=self.env._(
                "%(product)s is to go back to the customer and is still here."
            ),
            todo=self.env._(
                "Ask the customer to collect it, charge storage if agreed. When the "
                "time given has passed, an approver may have it disposed of."
            ),
            resolutions=(
                Resolution(
                    "notify",
                    self.env._("Notify the Customer"),
                    stock=self.env._("The goods stay where they are."),
                    money=self.env._(
                        "Nothing changes. The customer is written to and given a "
                        "deadline."
                    ),
                    primary=True,
                ),
                Resolution(
                    "charge_storage",
                    self.env._("Charge Storage"),
                    stock=self.env._("The goods stay where they are."),
                    money=self.env._("A draft invoice over the storage fee is made."),
                ),
                Resolution(
                    "dispose",
                    self.env._("Have It Disposed Of"),
                    stock=self.env._(
                        "The delivery is cancelled, and the goods are to be scrapped "
                        "by an inspector."
                    ),
                    money=self.env._("The customer gets nothing for them."),
                    done=self.env._("Disposal approved"),
                ),
            ),
            holds=lambda e: bool(e._get_unclaimed_parts()),
            gone="collected",
        )

    @api.model
    def _get_outcomes(self):
        return {
            **super()._get_outcomes(),
            "collected": self.env._("Sent or collected"),
        }

    # ------------------------------------------------------------------
    # What can be done about them
    # ------------------------------------------------------------------
    def action_notify(self):
        """Ask the customer to collect the goods; the mail goes through Odoo's queue."""
        self._check_resolution("notify")
        template = self.env.ref("reverse_logistics.mail_template_unclaimed")
        for exception in self:
            company = exception.company_id
            today = company._get_reverse_today()
            exception._guarded_write(
                {
                    "noticed_on": today,
                    "deadline": today + timedelta(company.reverse_notice_days),
                }
            )
            # sudo: customer service need not be able to write every mail
            template.sudo().send_mail(exception.id)
        self.env["reverse.event"]._log(
            self,
            "UnclaimedNoticed",
            lambda e: {"until": fields.Date.to_string(e.deadline)},
        )
        return True

    def action_charge_storage(self):
        """Make a draft invoice over storage, once per notice."""
        self._check_resolution("charge_storage")
        for exception in self:
            exception._check_charge()
            # sudo: customer service makes exactly this draft, accounting posts it
            invoice = (
                self._sudo_clean(self.env["account.move"])
                .with_company(exception.company_id)
                .create([exception._prepare_storage_invoice()])
            )
            exception._guarded_write(
                {"storage_invoice_ids": [Command.link(invoice.id)]}
            )
            self.env["reverse.event"]._log(
                exception, "StorageCharged", {"invoice": invoice.id}
            )
        return True

    def _check_charge(self):
        product = self.company_id.reverse_storage_product_id
        if not product:
            raise UserError(
                self.env._(
                    "Choose the product of the storage fee in the settings of returns "
                    "first."
                )
            )
        # sudo: the invoices of this very exception
        charged = self.sudo().storage_invoice_ids.filtered(
            lambda m: m.state != "cancel"
        )
        if not self.noticed_on or any(
            invoice.invoice_date >= self.noticed_on for invoice in charged
        ):
            raise UserError(
                self.env._(
                    "%(exception)s: storage is charged once after each notice. Notify "
                    "the customer first.",
                    exception=self.display_name,
                )
            )

    def _prepare_storage_invoice(self):
        company = self.company_id
        product = company.reverse_storage_product_id
        price = company.reverse_storage_price
        line = {"product_id": product.id, "quantity": 1.0}
        if price:
            line.update(quantity=self._get_stored_days(), price_unit=price)
        return {
            "move_type": "out_invoice",
            "partner_id": self.rma_id.partner_id.id,
            "company_id": company.id,
            "invoice_date": company._get_reverse_today(),
            "invoice_origin": self.rma_id.name,
            "invoice_line_ids": [Command.create(line)],
        }

    def _get_stored_days(self):
        """Days since the goods were ready to leave, or were taken back in."""
        parts = self._get_unclaimed_parts()
        ready = [
            part.inspected_at or part.rma_id.received_at or part.create_date
            for part in parts
        ]
        start = min(ready, default=self.create_date)
        return max((fields.Datetime.now() - start).days, 1)

    def _get_unclaimed_parts(self):
        """What is still here of the goods."""
        return self.line_id.inspection_ids.filtered(
            lambda part: part._is_unclaimed() or part.state == "draft"
        )

    def action_dispose(self):
        """Approve that goods are scrapped which nobody has collected in time.

        An inspector then completes it, so that one decides and another one does it.

        :raises AccessError: without the role approver
        :raises UserError: before the deadline of the customer's notice has passed
        """
        self._check_duty("approver")
        self._start_resolution("dispose")
        for exception in self:
            today = exception.company_id._get_reverse_today()
            if not endings.may_dispose(today, exception.noticed_on, exception.deadline):
                raise UserError(
                    self.env._(
                        "%(exception)s: the customer has to be notified, and the time "
                        "given to collect has to pass, before the goods are disposed "
                        "of.",
                        exception=exception.display_name,
                    )
                )
            parts = exception._get_unclaimed_parts()
            drafts = parts.filtered(lambda part: part.state == "draft")
            drafts |= (parts - drafts)._look_again(FINDINGS)
            scrap = self.env.ref("reverse_logistics.disposition_scrap")
            drafts._guarded_write({"disposition_id": scrap.id, "abandoned": True})
        self.env["reverse.event"]._log(
            self, "UnclaimedDisposed", lambda e: {"exception": e.id}
        )
        self._resolve("dispose")
        return True

    # ------------------------------------------------------------------
    # Scheduled
    # ------------------------------------------------------------------
    @api.model
    def _cron_unclaimed(self):
        """Tell of goods that wait too long, and of deadlines that have passed."""
        parts = self.env["reverse.inspection"]._find_unclaimed()
        self._raise_unclaimed(parts)
        overdue = self.search(
            [
                ("type", "=", "unclaimed"),
                ("state", "=", "open"),
                ("noticed_on", "!=", False),
                ("deadline", "<", fields.Date.today() + timedelta(1)),
                ("owner_group_id", "=", self.env.ref(SERVICE).id),
            ]
        )
        overdue._hand_over()

    def _hand_over(self):
        """The customer's time is over: an approver decides about disposal."""
        late = self.filtered(
            lambda e: endings.may_dispose(
                e.company_id._get_reverse_today(), e.noticed_on, e.deadline
            )
        )
        late._guarded_write({"owner_group_id": self.env.ref(APPROVER).id})

    @api.model
    def _raise_unclaimed(self, parts):
        waiting = parts.rma_id._get_open_exceptions().filtered(
            lambda e: e.type == "unclaimed"
        )
        return self._raise_for(
            parts.line_id - waiting.line_id,
            "unclaimed",
            owner_group_id=self.env.ref(SERVICE).id,
        )


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    abandoned = fields.Boolean(
        readonly=True,
        help="The customer did not collect the goods: nothing is credited for them.",
        guarded=True,
    )

    def _is_creditable(self):
        return super()._is_creditable() and not self.abandoned

    def _is_unclaimed(self):
        """To be sent back, prepared, and still here."""
        self.ensure_one()
        to_customer = self.disposition_id.location_state == "customer"
        return (
            self.state == "done"
            and to_customer
            and not self.not_inspected
            and not self.goods_gone
            # sudo: the delivery is the warehouse's
            and any(m.state not in ("done", "cancel") for m in self.sudo().move_ids)
        )

    @api.model
    def _find_unclaimed(self):
        """Find goods that have been ready to leave for longer than the company says."""
        found = self.browse()
        now = fields.Datetime.now()
        for company in self.env["res.company"].search(
            [("reverse_unclaimed_days", ">", 0)]
        ):
            found |= self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "done"),
                    ("disposition_id.location_state", "=", "customer"),
                    ("not_inspected", "=", False),
                    ("goods_gone", "=", False),
                    ("move_ids.state", "not in", ("done", "cancel")),
                    (
                        "inspected_at",
                        "<",
                        now - timedelta(company.reverse_unclaimed_days),
                    ),
                ]
            )
        return found.filtered(lambda part: part._is_unclaimed())

    def _on_sent_back(self, moves):
        res = super()._on_sent_back(moves)
        # sudo: as in _update_progress
        self.sudo().rma_id._get_open_exceptions()._close_gone()
        return res


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def action_parcel_back(self, reason="undeliverable"):
        """What was sent back once and came again has to be collected."""
        action = super().action_parcel_back(reason)
        rmas = self.env["reverse.rma"].browse(action.get("res_id")) or (
            self.env["reverse.rma"].search(action["domain"])
        )
        again = rmas.filtered("origin_rma_id").inspection_ids
        self.env["reverse.exception"]._raise_unclaimed(again)
        return action
