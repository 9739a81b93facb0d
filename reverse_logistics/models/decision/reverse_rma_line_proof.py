from odoo import api, fields, models
from odoo.exceptions import UserError

#: Fields of files that prove something particular; other images are photos.
DOCUMENTS = {"purchase_document_ids": "purchase", "hazard_document_ids": "hazard"}
#: What files prove, with how the file is marked.
FILES = {"photo": False, "purchase": "purchase", "hazard": "hazard"}


class ReverseRmaLine(models.Model):
    """What a rule wants to see before goods come back, and what there is."""

    _inherit = "reverse.rma.line"

    purchase_document_ids = fields.Many2many(
        "ir.attachment",
        string="Purchase Documents",
        compute="_compute_document_ids",
        inverse="_inverse_purchase_document_ids",
        unlocked=True,
    )
    hazard_document_ids = fields.Many2many(
        "ir.attachment",
        string="Hazard Declarations",
        compute="_compute_document_ids",
        inverse="_inverse_hazard_document_ids",
        unlocked=True,
    )

    def _compute_document_ids(self):
        self._show_files(DOCUMENTS)

    def _inverse_purchase_document_ids(self):
        self._keep_files("purchase_document_ids", "purchase")

    def _inverse_hazard_document_ids(self):
        self._keep_files("hazard_document_ids", "hazard")

    def write(self, vals):
        res = super().write(vals)
        if {"photo_ids", *DOCUMENTS} & set(vals) and not self._in_workflow():
            self._forget_decision()
        return res

    # ------------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------------
    def _get_proofs(self, wanted):
        proofs = super()._get_proofs(wanted)
        codes = frozenset().union(*wanted.values())
        if not codes:
            return proofs
        files = self._get_proof_files() if codes - {"serial"} else {}
        # sudo: what is known of the goods does not depend on who asks
        lines = self.sudo().with_prefetch()
        if "serial" in codes:
            lines.filtered("lot_id").move_id._fetch_reverse_chains()
        for line, own in zip(self, lines, strict=True):
            shown = files.get(own._get_proof_key(), set())
            proofs[line] |= wanted[line] & (shown | own._get_known_proofs(wanted[line]))
        return proofs

    def _get_known_proofs(self, wanted):
        """Give the codes of what needs no file.

        :param wanted: codes that need be known
        """
        self.ensure_one()
        found = set()
        if "serial" in wanted and self._is_number_shown():
            found.add("serial")
        if "purchase" in wanted and self._is_sale_known():
            found.add("purchase")
        return found

    def _is_number_shown(self):
        """Whether the lot or serial number is named, and left with this delivery."""
        self.ensure_one()
        if self.tracking == "none":
            return True
        left = self.move_id._get_reverse_chain_lots()
        return bool(self.lot_id) and (not left or self.lot_id in left)

    def _is_sale_known(self):
        """Whether we know ourselves that we sold these goods."""
        self.ensure_one()
        return bool(
            self.move_id
            or self.sale_line_id
            or self.deposit_type_id
            or self.historic_sale_id.confirmed
        )

    def _get_proof_key(self):
        """What is shown counts for the product, over how many lines it was split."""
        return self.rma_id, self.product_id

    def _get_proof_files(self):
        """Tell what the files of these returns prove, at once for all.

        :return: ``{key: codes}``, see ``_get_proof_key``
        """
        # sudo: whether there are files, whoever asks
        lines = self.sudo().rma_id.line_ids
        found = lines._find_evidence(self.env["ir.attachment"].sudo())  # sudo: as above
        proofs = {}
        for line in lines:
            codes = proofs.setdefault(line._get_proof_key(), set())
            for file in found.get(line._origin.id, ()):
                if file.reverse_proof and file._is_reverse_stored():
                    codes.add(file.reverse_proof)
                elif file._is_reverse_picture():
                    codes.add("photo")
        return proofs

    # ------------------------------------------------------------------
    # Authorization
    # ------------------------------------------------------------------
    def _get_kept_terms(self):
        """Give what the rule says that decided each line.

        :return: ``{line: engine.eligibility.Terms or None}``
        """
        convert = self.env["reverse.policy.rule"]._to_engine
        kept = {}
        for line in self:
            # sudo: rules apply to everybody, also where the user cannot read them
            rule = line.sudo().policy_rule_id
            terms = rule.version_id._get_rules("policy").terms.get(rule.id)
            kept[line] = terms and convert(terms)
        return kept

    def _needs_no_proof(self):
        """Whether no rule asks for proof: the books are wrong, an entitlement is given
        back, a consumer withdraws, or the goods came here without having been asked
        for.
        """
        self.ensure_one()
        return bool(
            self.claim
            or self.deposit_type_id
            or self.rma_id.basis
            or self.qty_received
            or self._is_late()
            or self.rma_id.parcel_back
        )

    def _check_proofs(self):
        """Refuse to authorize what its rule wants proof of that is not there."""
        gaps = self._find_proof_gaps()
        if gaps:
            raise UserError(
                "\n".join(
                    self.env._(
                        "%(line)s cannot be authorized without this: %(missing)s.",
                        line=line.display_name,
                        missing=line._name_proofs(codes),
                    )
                    for line, codes in gaps.items()
                )
            )

    def _find_proof_gaps(self):
        """Find what the rules that decided want proof of and is not there.

        Goods that came back unannounced stand here: an approver decides about them.

        :return: ``{line: codes of proofs}``, of those that lack any
        """
        asked = self.filtered(lambda line: not line._needs_no_proof())
        terms = asked._get_kept_terms()
        wanted = {
            line: own.proofs if own else frozenset() for line, own in terms.items()
        }
        proofs = asked._get_proofs(wanted)
        gaps = {line: sorted(wanted[line] - proofs[line]) for line in asked}
        return {line: codes for line, codes in gaps.items() if codes}

    def add_proofs(self, code, files):
        """Add files that prove something to the line of a draft.

        :param str code: one of ``FILES``
        :param files: of dicts with ``name`` and base64 ``data``
        :raises UserError: for a photo that is no picture, and once requested
        """
        self.ensure_one()
        self.check_access("write")
        self.rma_id._check_editable()
        if code not in FILES:
            raise UserError(self.env._("This proof is not shown by a file."))
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": str(file.get("name") or self.env._("Picture")),
                    "datas": file.get("data"),
                    "res_model": self._name,
                    "res_id": self.id,
                    "reverse_proof": FILES[code],
                }
                for file in files
            ]
        )
        for file in attachments if code == "photo" else ():
            if not file._is_reverse_picture():
                raise UserError(
                    self.env._(
                        "%(file)s is not a picture. Choose a photo.", file=file.name
                    )
                )
        self._forget_decision()
        self.rma_id._foresee()
        return True


class ReverseRma(models.Model):
    _inherit = "reverse.rma"

    proof_requests = fields.Json(
        compute="_compute_proof_requests",
        help="Files that a draft still has to show, by line.",
    )
    proof_gaps = fields.Text(
        compute="_compute_proof_gaps", help="What has to be shown before the request."
    )

    @api.depends("line_ids.decision", "line_ids.explanation", "line_ids.product_id")
    def _compute_proof_gaps(self):
        for rma in self:
            rma.proof_gaps = "\n".join(
                f"{line.product_id.display_name}: {line.explanation}"
                for line in rma.line_ids
                if line.decision == "refuse"
            )

    @api.depends("proof_gaps")
    def _compute_proof_requests(self):
        rules = self.env["reverse.policy.rule"]._fields
        drafts = self.filtered(lambda rma: rma.state == "draft" and rma.proof_gaps)
        gaps = drafts.line_ids.filtered(
            lambda line: line._origin and line.decision == "refuse"
        )._find_proof_gaps()
        (self - drafts).proof_requests = False
        labels = {
            code: rules[f"proof_{code}"]._description_string(self.env) for code in FILES
        }
        for rma in drafts:
            wanted = {
                line: [code for code in gaps.get(line, ()) if code in FILES]
                for line in rma.line_ids
            }
            rma.proof_requests = [
                {
                    "line": line._origin.id,
                    "name": line.product_id.display_name,
                    "proofs": [{"code": code, "label": labels[code]} for code in codes],
                }
                for line, codes in wanted.items()
                if codes
            ]

    def _may_need_proof(self):
        """Whether any rule in force asks for proof, so that it is worth looking."""
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        return any(version._get_asked_proofs() for version in versions.values())

    def _authorize(self, version=None, bypassed=()):
        if not version:
            self.line_ids._check_proofs()
        return super()._authorize(version, bypassed)


class ReversePolicyVersion(models.Model):
    _inherit = "reverse.policy.version"

    def _get_asked_proofs(self):
        """Give the codes of the proofs that any of its rules asks for."""
        convert = self.env["reverse.policy.rule"]._to_engine
        terms = self._get_rules("policy").terms.values()
        return frozenset().union(*(convert(each).proofs for each in terms))
