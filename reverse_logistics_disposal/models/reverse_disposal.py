from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import waste

STEPS = {
    "certify": (("open",), "certified"),
    "reopen": (("certified",), "open"),
    "cancel": (("open",), "cancelled"),
}


class ReverseDisposal(models.Model):
    """The paper of goods that were destroyed or recycled.

    It is opened when their inspections are completed, one for each return and
    disposition, or for a scrap order of goods that the law protects. Receivers complete
    it: *certified* once reason, waste code, weight and certificate are there, and
    frozen then. Correcting an inspection takes its goods off the paper again, which is
    *cancelled* when none are left; of a certified paper nothing is taken off, unless an
    approver takes the certificate back first.
    """

    _name = "reverse.disposal"
    _inherit = ["reverse.guarded.mixin", "reverse.evidence.mixin"]
    _description = "Disposal Paper"
    _order = "id desc"
    _check_company_auto = True
    _steps = STEPS
    _editable_states = ("open",)

    name = fields.Char("Number", readonly=True, copy=False, default="/", guarded=True)
    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    scrap_id = fields.Many2one(
        "stock.scrap",
        "Scrap Order",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="By which the goods were destroyed outside of any return.",
        guarded=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, guarded=True
    )
    disposition_id = fields.Many2one(
        "reverse.disposition",
        required=True,
        readonly=True,
        ondelete="restrict",
        guarded=True,
    )
    state = fields.Selection(
        [
            ("open", "Without Certificate"),
            ("certified", "Certified"),
            ("cancelled", "Cancelled"),
        ],
        "Status",
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    disposed_on = fields.Date(
        "Written Off on", required=True, readonly=True, index=True, guarded=True
    )
    line_ids = fields.One2many("reverse.disposal.line", "disposal_id", "Goods")
    reason_id = fields.Many2one("reverse.disposal.reason", ondelete="restrict")
    waste_code = fields.Char(
        help="Of the European list of waste: six digits, with * where the waste is "
        "hazardous, for example 16 02 13*."
    )
    weight = fields.Float(
        "Weight (kg)",
        digits="Stock Weight",
        compute="_compute_weight",
        store=True,
        help="The sum of the weights of the goods, which are proposed by product.",
    )
    recycler_id = fields.Many2one(
        "res.partner",
        ondelete="restrict",
        help="Who takes the goods to destroy or recycle them.",
    )
    certificate = fields.Char(
        "Certificate Number", help="As on the certificate of whoever took the goods."
    )
    certified_by_id = fields.Many2one(
        "res.users", "Certified by", readonly=True, copy=False, guarded=True
    )
    certified_at = fields.Datetime(
        "Certified on", readonly=True, copy=False, guarded=True
    )
    photo_ids = fields.Many2many(
        string="Certificate and Documents",
        help="They can no longer be changed or removed once the paper is certified.",
    )
    is_certify_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_reopen_allowed = fields.Boolean(compute="_compute_steps_allowed")

    @api.depends("line_ids.weight", "line_ids.taken_back")
    def _compute_weight(self):
        for disposal in self:
            disposal.weight = sum(disposal._get_lines().mapped("weight"))

    @api.depends("state", "certified_by_id")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        receiver, approver = self._has_duty("receiver"), self._has_duty("approver")
        for disposal in self:
            own = disposal.certified_by_id == self.env.user
            disposal.is_certify_allowed = receiver and disposal._may("certify")
            disposal.is_reopen_allowed = (
                approver and not own and disposal._may("reopen")
            )

    def _get_lines(self):
        """Give the goods that are still on these papers."""
        return self.line_ids.filtered(lambda line: not line.taken_back)

    # ------------------------------------------------------------------
    # Opening
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._(
                "A disposal paper is opened when an inspection is completed that "
                "destroys or recycles the goods."
            )
        )

    @api.model
    def _open_for(self, parts):
        """Put these parts, which were just written off, on a paper each has to have.

        The caller has checked who decides about the goods.
        """
        if not parts:
            return
        # sudo: whoever inspects need not write papers
        papers = self._workflow()
        groups = parts.grouped(lambda part: (part.rma_id, part.disposition_id))
        found = papers.search(
            [("rma_id", "in", parts.rma_id.ids), ("state", "=", "open")]
        ).grouped(lambda paper: (paper.rma_id, paper.disposition_id))
        missing = [key for key in groups if key not in found]
        opened = papers.create(
            [self._prepare(*key, groups[key]) for key in missing]
        ).grouped(lambda paper: (paper.rma_id, paper.disposition_id))
        # Two are open where a certificate was taken back: the newer one goes on.
        papers = {key: own[:1] for key, own in (found | opened).items()}
        self.env["reverse.disposal.line"]._guarded_create(
            [
                {"disposal_id": papers[key].id, **part._prepare_disposal_line()}
                for key, group in groups.items()
                for part in group
            ]
        )
        for key, group in groups.items():
            self.env["reverse.event"]._log(
                group.rma_id,
                "DisposalOpened",
                {**papers[key]._get_event_data(), "inspections": group.ids},
            )

    @api.model
    def _open_for_scraps(self, goods):
        """Put goods that the law protects, which scrap orders destroyed, on papers.

        :param dict goods: values of the lines of a paper, by its scrap order
        """
        # sudo: who scraps goods need neither read nor write papers
        papers = self._workflow()
        disposition = papers.env.ref("reverse_logistics.disposition_scrap")
        sequence = papers.env["ir.sequence"]
        papers = papers.create(
            [
                {
                    "name": sequence.with_company(scrap.company_id).next_by_code(
                        "reverse.disposal"
                    ),
                    "company_id": scrap.company_id.id,
                    "scrap_id": scrap.id,
                    "disposition_id": disposition.id,
                    "disposed_on": scrap.company_id._get_reverse_today(),
                }
                for scrap in goods
            ]
        )
        self.env["reverse.disposal.line"]._guarded_create(
            [
                {"disposal_id": paper.id, **vals}
                for paper, lines in zip(papers, goods.values(), strict=True)
                for vals in lines
            ]
        )
        papers._log_step("DisposalOpened", lambda paper: {"scrap": paper.scrap_id.id})

    def _log_step(self, name, data=None):
        """Note a step of these papers with their returns, or else their companies.

        :param data: what is said beside the paper; or a function that gives it
        """
        for paper in self:
            more = data(paper) if callable(data) else data or {}
            self.env["reverse.event"]._log(
                paper.rma_id or paper.company_id,
                name,
                {**paper._get_event_data(), **more},
            )

    @api.model
    def _prepare(self, rma, disposition, parts):
        sequence = self.env["ir.sequence"].with_company(rma.company_id)
        reasons = parts.disposal_reason_id
        return {
            "name": sequence.next_by_code("reverse.disposal"),
            "rma_id": rma.id,
            "company_id": rma.company_id.id,
            "disposition_id": disposition.id,
            "disposed_on": rma.company_id._get_reverse_today(),
            "reason_id": len(reasons) == 1 and reasons.id,
        }

    def _get_event_data(self):
        """What an event says of a paper: codes, quantities and references."""
        self.ensure_one()
        return {
            "disposal": self.id,
            "disposal_disposition": self.disposition_id.code,
            "weight": self.weight,
        }

    # ------------------------------------------------------------------
    # Completing
    # ------------------------------------------------------------------
    def write(self, vals):
        if not self._in_workflow():
            self._check_duty("receiver")
            vals = self._complete_waste_code(vals)
        return super().write(vals)

    @api.model
    def _complete_waste_code(self, vals):
        """Write codes as the list does.

        :raises UserError: where it is no code
        """
        if not vals.get("waste_code"):
            return vals
        code = waste.normalize(vals["waste_code"])
        if not code:
            raise UserError(
                self.env._(
                    "“%(code)s” is no waste code: enter six digits of the European "
                    "list of waste, with * for hazardous waste, for example 16 02 13*.",
                    code=vals["waste_code"],
                )
            )
        return {**vals, "waste_code": code}

    def action_certify(self):
        """Freeze papers whose certificate is there, for a receiver.

        :raises AccessError: without the role receiver
        :raises UserError: saying what is missing
        """
        self._check_duty("receiver")
        files = self._get_evidence()
        for disposal in self.filtered(lambda paper: paper._may("certify")):
            missing = disposal._find_missing(files[disposal.id])
            if missing:
                raise UserError(
                    self.env._(
                        "%(disposal)s cannot be certified yet. Missing: %(missing)s.",
                        disposal=disposal.display_name,
                        missing=", ".join(missing),
                    )
                )
        self._transition(
            STEPS,
            "certify",
            {"certified_by_id": self.env.uid, "certified_at": fields.Datetime.now()},
        )
        self._log_step(
            "DisposalCertified",
            lambda paper: {
                "waste_code": paper.waste_code,
                "reason": paper.reason_id.code,
                "recycler": paper.recycler_id.id,
                "inspections": paper._get_lines().inspection_id.ids,
                "files": files[paper.id],
            },
        )
        return True

    def _find_missing(self, files):
        """Name what a certified paper has to say and this one does not.

        :param files: of this paper
        """
        self.ensure_one()
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("reason_id", "waste_code", "certificate")
            if not self[name]
        ]
        lacking = self._get_lines().filtered(lambda line: line.weight <= 0)
        missing += [
            self.env._("Weight of %(product)s", product=line.product_id.display_name)
            for line in lacking
        ]
        if not files:
            missing.append(self.env._("File of the certificate"))
        return missing

    def action_reopen(self):
        """Take certificates back that were wrong, for an approver.

        :raises AccessError: without the role approver
        :raises UserError: for whoever certified
        """
        self._check_duty("approver", excluded=("certified_by_id",))
        self._transition(
            STEPS, "reopen", {"certified_by_id": False, "certified_at": False}
        )
        self._log_step("DisposalReopened")
        return True

    def _get_evidence_inspections(self):
        return self._get_lines().inspection_id

    # ------------------------------------------------------------------
    # Goods that are inspected anew
    # ------------------------------------------------------------------
    def _cancel_empty(self):
        """Cancel those of these papers of which all goods were taken off."""
        empty = self.filtered(lambda paper: not paper._get_lines())
        empty._transition(STEPS, "cancel")

    def action_view_rma(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()
