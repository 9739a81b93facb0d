from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.engine import routing


class ReverseRma(models.Model):
    """Returns that go straight to a supplier, once it has authorized them."""

    _inherit = "reverse.rma"

    supplier_number = fields.Char(
        "Supplier's Authorization",
        copy=False,
        unlocked=True,
        help="The number with which the supplier lets goods be sent to it. Before it "
        "is there, nothing is promised to the customer where the agreement demands it.",
    )

    is_supplier_number_asked = fields.Boolean(
        compute="_compute_is_supplier_number_asked", compute_sudo=True
    )

    @api.depends("exception_ids.state")
    def _compute_is_supplier_number_asked(self):
        """Also of drop-shipped goods, which name no facility of the supplier."""
        asked = self.env["reverse.exception"]._find_open(self, "supplier_number").rma_id
        for rma in self:
            rma.is_supplier_number_asked = rma._origin in asked

    @api.model_create_multi
    def create(self, vals_list):
        rmas = super().create(vals_list)
        # Afterwards, because a client's defaults can say it as well.
        named = rmas.filtered("supplier_number")
        if named and not self._in_workflow():
            named._check_supplier_number()
        return rmas

    def write(self, vals):
        if "supplier_number" in vals and not self._in_workflow():
            self._check_supplier_number()
        res = super().write(vals)
        if vals.get("supplier_number"):
            self._go_on_with_number()
        return res

    def _check_supplier_number(self):
        """Only customer service names it, and before anything was promised by it.

        Whoever asked for the return, or entered it, does not say themselves that a
        supplier takes it.
        """
        for rma in self.filtered(lambda rma: rma.state != "requested"):
            raise UserError(
                self.env._(
                    "%(rma)s is %(state)s: the supplier's authorization is named "
                    "once the return is requested, before it is authorized.",
                    rma=rma.display_name,
                    state=rma._state_label(),
                )
            )
        self._check_duty("service", excluded=self._gate_actors)

    def _go_on_with_number(self):
        """Authorize what policy allowed, and only waited for the supplier."""
        waiting = self.env["reverse.exception"]._find_open(self, "supplier_number")
        rmas = waiting.rma_id.filtered(lambda rma: rma.state == "requested")
        rmas._authorize_by_policy()
        rmas._update_progress()

    # ------------------------------------------------------------------
    # Straight to the supplier, where that is agreed
    # ------------------------------------------------------------------
    def _get_route_requests(self, rules, arrivals, sites, coming=None):
        """Wish for the supplier first, where no rule names another facility."""
        requests = super()._get_route_requests(rules, arrivals, sites, coming)
        free = self.filtered(
            lambda rma: not any(rules[line][1] for line in rma.line_ids)
        )
        agreed = free.line_ids._find_direct_agreements() if free else {}
        for rma in free:
            own = rma._get_coming_lines() if coming is None else rma.line_ids & coming
            facilities = {agreed[line].direct_facility_id for line in own}
            facility = next(iter(facilities), None)
            if len(facilities) == 1 and facility:
                order = (facility.id, *rma._get_default_facilities()[rma].ids)
                requests[rma] = replace(
                    requests[rma], wishes=(routing.Wish(tuple(order)),)
                )
        return requests

    # ------------------------------------------------------------------
    # Nothing is promised before the supplier authorizes
    # ------------------------------------------------------------------
    def _leave_out_lost(self, by_person):
        """Leave out what a supplier has to authorize first; see there."""
        rmas = super()._leave_out_lost(by_person)
        waiting = rmas._find_unauthorized()
        if waiting and by_person:
            raise UserError(waiting[0]._explain_unauthorized())
        exceptions = self.env["reverse.exception"]
        known = exceptions._find_open(waiting, "supplier_number").rma_id
        exceptions._raise_for(waiting - known, "supplier_number")
        waiting._update_progress()
        return rmas - waiting

    def _find_unauthorized(self):
        """Find returns that go to a supplier which has to name a number first."""
        return self.filtered(
            lambda rma: (
                not rma.supplier_number and rma._get_first_authorizing_supplier()
            )
        )

    def _find_suppliers_ahead(self):
        """Find to which supplier goods of this return go without coming to us.

        :return: ``{line: partner}``
        """
        self.ensure_one()
        # sudo: where goods were bought, whoever asks for the return
        rma = self.sudo()
        going = {}
        if rma.facility_kind == "supplier_direct":
            partner = rma.facility_id.partner_id.commercial_partner_id
            going = dict.fromkeys(rma._get_coming_lines(), partner)
        for line in rma.line_ids:
            # Drop-shipped goods that go back where they came from.
            purchase = line.move_id.purchase_line_id
            if purchase and not line._get_source().comes_here:
                going[line] = purchase.partner_id.commercial_partner_id
        return going

    def _get_first_authorizing_supplier(self):
        """Give the supplier who gets goods of this return and authorizes them first."""
        going = self._find_suppliers_ahead()
        asked = [line._get_agreed_goods(partner) for line, partner in going.items()]
        terms = self.env["reverse.supplier.agreement"]._find_at_request(asked)
        for partner, agreement in zip(going.values(), terms, strict=True):
            if agreement.authorization_required:
                return partner
        return None

    def _get_numbering_supplier(self):
        """Give the supplier whose number this return bears, None of nobody."""
        if not self.supplier_number:
            return None
        suppliers = set(self._find_suppliers_ahead().values())
        if len(suppliers) == 1:
            return suppliers.pop()
        return self._get_first_authorizing_supplier()

    def _explain_unauthorized(self):
        self.ensure_one()
        return self.env._(
            "%(rma)s goes straight to %(supplier)s, which has to authorize it first. "
            "Enter its number as “Supplier's Authorization”, or name another facility.",
            rma=self.display_name,
            supplier=self._get_first_authorizing_supplier().display_name,
        )
