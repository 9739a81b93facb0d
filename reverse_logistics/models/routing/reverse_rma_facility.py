from odoo import api, fields, models


class ReverseRma(models.Model):
    """The facility of a return, and who chose it."""

    _inherit = "reverse.rma"

    facility_source = fields.Selection(
        [
            ("default", "Where the goods were delivered from"),
            ("rule", "Route"),
            ("person", "Person"),
            ("arrival", "Where the goods are"),
        ],
        "Facility Chosen by",
        default="default",
        required=True,
        readonly=True,
        copy=False,
        help="A route decides when the return is requested. What a person chose stays.",
        guarded=True,
    )
    facility_kind = fields.Selection(related="facility_id.kind", string="Facility Type")

    @api.depends("company_id", "line_ids.sale_line_id", "line_ids.move_id")
    def _compute_facility_id(self):
        unset = self.filtered(lambda rma: rma.facility_id.company_id != rma.company_id)
        for rma, facility in unset._get_default_facilities().items():
            rma.facility_id = facility

    def _get_default_facilities(self):
        """Give where returns go when nobody says otherwise.

        That is where the goods were delivered from, else the company's first facility.

        :return: ``{rma: reverse.facility}``
        """
        found = {}
        for rma in self:
            warehouse = (
                rma.line_ids.move_id.warehouse_id
                or rma.line_ids.sale_line_id.warehouse_id
            ).filtered(lambda w, rma=rma: w.company_id == rma.company_id)[:1]
            # sudo: configuration
            found[rma] = warehouse.sudo().reverse_facility_ids[:1]
        unknown = self.filtered(lambda rma: not found[rma])
        firsts = unknown.company_id._get_first_facilities()
        return found | {rma: firsts[rma.company_id] for rma in unknown}

    # ------------------------------------------------------------------
    # A person's choice
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        rmas = super().create(vals_list)
        named = self.browse().concat(
            *(
                rma
                for rma, vals in zip(rmas, vals_list, strict=True)
                if vals.get("facility_id")
            )
        )
        if self._in_workflow():
            # The system names a facility only where the goods already are.
            named._guarded_write({"facility_source": "arrival"})
        else:
            named._note_chosen()
        return rmas

    def _note_chosen(self):
        """A form sends the proposed facility as well: that is nobody's choice."""
        proposed = self._get_default_facilities()
        # Before any line is entered, it is the first one.
        firsts = self.company_id._get_first_facilities()
        chosen = self.filtered(
            lambda rma: rma.facility_id not in (proposed[rma] | firsts[rma.company_id])
        )
        chosen._guarded_write({"facility_source": "person"})

    def write(self, vals):
        if "facility_id" not in vals or self._in_workflow():
            return super().write(vals)
        decided = self.filtered(lambda rma: rma.state != "draft")
        facility = self.env["reverse.facility"].browse(vals["facility_id"])
        if decided:
            decided._name_facility(facility)
        rest = {name: value for name, value in vals.items() if name != "facility_id"}
        super(ReverseRma, decided).write(rest)
        drafts = self - decided
        res = super(ReverseRma, drafts).write(vals)
        drafts._guarded_write({"facility_source": "person"})
        return res


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_first_facilities(self):
        """Give ``{company: its first facility that receives goods}``."""
        # sudo: configuration that customer service need not read
        facilities = self.env["reverse.facility"].sudo()
        found = facilities.browse()
        if self:
            found = facilities.search(
                [("company_id", "in", self.ids), ("warehouse_id", "!=", False)],
                order="id",
            )
        by_company = found.grouped("company_id")
        return {company: by_company.get(company, facilities)[:1] for company in self}
