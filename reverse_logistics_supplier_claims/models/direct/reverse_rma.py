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
        for rma in self:
            asked = rma._find_authorizing_suppliers()
            if len(asked) > 1:
                raise UserError(rma._explain_several(asked))

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
        self._route_around_held()
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
        """Find returns that go to a supplier which has to name a number first.

        A return has one number, which is no second supplier's.
        """
        found = self.browse()
        for rma in self:
            asked = rma._find_authorizing_suppliers()
            if len(asked) > 1 or (asked and not rma.supplier_number):
                found |= rma
        return found

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
        return going | rma._find_suppliers_passed()

    def _find_suppliers_passed(self):
        """Find to which supplier drop-shipped goods go back past every facility.

        :return: ``{line: partner}``
        """
        return {
            line: line.move_id.purchase_line_id.partner_id.commercial_partner_id
            for line in self.line_ids
            if line.move_id.purchase_line_id and not line._get_source().comes_here
        }

    def _find_authorizing_suppliers(self):
        """Find the suppliers who get goods of this return and authorize them first."""
        going = self._find_suppliers_ahead()
        asked = [line._get_agreed_goods(partner) for line, partner in going.items()]
        terms = self.env["reverse.supplier.agreement"]._find_at_request(asked)
        found = self.env["res.partner"]
        for partner, agreement in zip(going.values(), terms, strict=True):
            if agreement.authorization_required:
                found |= partner
        return found

    def _get_numbering_supplier(self):
        """Give the supplier whose number this return bears, None of nobody."""
        if not self.supplier_number:
            return None
        suppliers = set(self._find_suppliers_ahead().values())
        if len(suppliers) > 1:
            suppliers = set(self._find_authorizing_suppliers())
        return suppliers.pop() if len(suppliers) == 1 else None

    def _explain_unauthorized(self):
        self.ensure_one()
        asked = self._find_authorizing_suppliers()
        if len(asked) > 1:
            return self._explain_several(asked)
        return self.env._(
            "%(rma)s goes straight to %(supplier)s, which has to authorize it first. "
            "Enter its number as “Supplier's Authorization”, or name another facility.",
            rma=self.display_name,
            supplier=asked.display_name,
        )

    def _explain_several(self, suppliers):
        return self.env._(
            "%(rma)s goes straight to %(suppliers)s, each of which has to authorize it "
            "first, and a return bears the number of one. Take the goods yourselves "
            "instead, or cancel it and enter a return for each supplier.",
            rma=self.display_name,
            suppliers=", ".join(suppliers.mapped("display_name")),
        )
