import base64
import importlib.metadata
import logging

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.engine.approvals import Subject
from odoo.addons.reverse_logistics.models.base.reverse_guarded_mixin import (
    unless_uninstalling,
)

from ..engine import artefact, encoders, measures, transitions

_logger = logging.getLogger(__name__)
GATE = "ai_promotion"
SCOPE = "reverse_logistics_ai.artefact"
LIBRARIES = ("numpy", "scikit-learn")


class ReverseAiModel(models.Model):
    """A version of what a task has learned, and its model card.

    A candidate answers silently beside the version in use. Another person than who
    asked for it approves; then it is used and the former one retires. Versions are
    only learned, never uploaded or changed, and the file is read only when its hash and
    the seal over it fit.
    """

    _name = "reverse.ai.model"
    _inherit = ["reverse.gated.mixin"]
    _description = "Version of a Model"
    _order = "task_id, version desc"
    _rec_name = "name"
    _gates = (GATE,)
    _gate_actors = ("promotion_asked_by_id",)
    _editable_states = ()
    _steps = transitions.MODEL
    _version_unique = models.Constraint(
        "UNIQUE (task_id, version)", "A task has each version once."
    )
    _one_active = models.UniqueIndex(
        "(task_id) WHERE state = 'active'", "A task uses one version at a time."
    )

    task_id = fields.Many2one(
        "reverse.ai.task", required=True, index=True, ondelete="cascade", guarded=True
    )
    company_id = fields.Many2one(related="task_id.company_id", store=True, index=True)
    code = fields.Selection(related="task_id.code", store=True)
    version = fields.Integer(required=True, readonly=True, guarded=True)
    name = fields.Char(compute="_compute_name")
    state = fields.Selection(
        [("candidate", "Candidate"), ("active", "In Use"), ("retired", "Retired")],
        default="candidate",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    promotion_asked_by_id = fields.Many2one(
        "res.users", "Asked by", readonly=True, copy=False, guarded=True
    )
    activated_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    retired_at = fields.Datetime(readonly=True, copy=False, guarded=True)

    # --- what it was learned from
    date_from = fields.Date("Cases From", readonly=True, guarded=True)
    date_to = fields.Date("Cases To", readonly=True, guarded=True)
    case_count = fields.Integer("Closed Cases", readonly=True, guarded=True)
    example_count = fields.Integer("Examples", readonly=True, guarded=True)
    schema = fields.Json(readonly=True, guarded=True)
    schema_text = fields.Char("What It Looks At", compute="_compute_card")
    libraries = fields.Char(readonly=True, guarded=True)

    # --- how good it is
    metrics = fields.Json(readonly=True, guarded=True)
    macro_f1 = fields.Float(
        "Macro-F1",
        digits=(4, 3),
        readonly=True,
        guarded=True,
        help="Mean over all answers of how well each is found, on cases that were kept "
        "apart while learning; 1 is perfect.",
    )
    coverage = fields.Float(
        "Answers Given (%)",
        digits=(5, 1),
        readonly=True,
        guarded=True,
        help="Share of cases for which it is sure enough at the precision asked for; "
        "of the others it says nothing.",
    )
    threshold = fields.Float(digits=(4, 3), readonly=True, guarded=True)
    class_table = fields.Html(compute="_compute_card", sanitize=False)
    language_table = fields.Html(compute="_compute_card", sanitize=False)
    calibration_table = fields.Html(compute="_compute_card", sanitize=False)
    limits = fields.Text(compute="_compute_card")

    # --- the file
    artefact = fields.Binary(readonly=True, copy=False, attachment=True, guarded=True)
    artefact_hash = fields.Char("SHA-256", readonly=True, copy=False, guarded=True)
    artefact_seal = fields.Char(
        "Seal", readonly=True, copy=False, guarded=True, groups="base.group_system"
    )
    is_altered = fields.Boolean(
        "File Was Changed",
        compute="_compute_is_altered",
        compute_sudo=True,
        help="The file is not the one that was learned: it is not read, and everything "
        "goes on without it.",
    )
    is_ask_allowed = fields.Boolean(compute="_compute_allowed")
    is_retire_allowed = fields.Boolean(compute="_compute_allowed")

    @api.depends("task_id", "version")
    @api.depends_context("lang")
    def _compute_name(self):
        for model in self:
            model.name = self.env._(
                "%(task)s, version %(version)s",
                task=model.task_id.display_name,
                version=model.version,
            )

    @api.depends("state", "approval_state")
    @api.depends_context("uid")
    def _compute_allowed(self):
        administrator = self._has_duty("models")
        for model in self:
            model.is_ask_allowed = (
                administrator
                and model._may("activate")
                and model.approval_state != "waiting"
            )
            model.is_retire_allowed = administrator and model._may("retire")

    @api.model
    def _get_duty_group(self, duty):
        if duty == "models":
            return "reverse_logistics_ai.group_ai_administrator"
        return super()._get_duty_group(duty)

    # ------------------------------------------------------------------
    # Keeping
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._(
                "Versions are learned, not entered: choose “Learn Now” on the kind of "
                "suggestion."
            )
        )

    @api.model
    def _keep(self, task, found):
        """Keep what a task learned as its candidate.

        Examples that a company listed are like rules, so the first version that knows
        nothing but these is used at once; what was learned from customers needs an
        approval.
        """
        raw = artefact.pack(*found["found"])
        meta, digest = found["found"][0], artefact.digest(raw)
        last = self.search([("task_id", "=", task.id)], limit=1, order="version desc")
        model = self._guarded_create(
            [
                {
                    "task_id": task.id,
                    "version": last.version + 1,
                    "date_from": found["date_from"],
                    "date_to": found["date_to"],
                    "case_count": found["case_count"],
                    "example_count": found["example_count"],
                    "schema": {
                        "format": meta["format"],
                        "tier": meta["tier"],
                        "terms": len(meta["terms"]),
                        "classes": meta["classes"],
                    },
                    "libraries": ", ".join(
                        f"{name} {importlib.metadata.version(name)}"
                        for name in LIBRARIES
                    ),
                    "metrics": found["metrics"],
                    "macro_f1": found["metrics"]["macro_f1"],
                    "coverage": 100 * found["metrics"]["coverage"],
                    "threshold": found["metrics"]["threshold"],
                    "artefact_hash": digest,
                    "artefact_seal": self._seal(digest),
                }
            ]
        )
        model._guarded_write({"artefact": base64.b64encode(raw)})
        former = task.model_ids.filtered(lambda m: m.state == "candidate") - model
        former._retire()
        if not found["case_count"] and task.active_model_id.case_count == 0:
            model._activate()
        return model

    def _seal(self, digest):
        """Give the seal over a hash, made with the secret of this database."""
        # sudo: the secret stays in the server
        return tools.hmac(self.env(su=True), SCOPE, digest)

    def _get_classifier(self):
        """Give what the file holds; None where it is not the one that was learned."""
        if not self:
            return None
        # sudo: the file is read for whoever may see suggestions; it leaves the server
        # as answers only
        return self.sudo()._read_artefact(self.id, self.artefact_hash)

    @api.model
    @tools.ormcache("model_id", "digest")
    def _read_artefact(self, model_id, digest):
        model = self.browse(model_id)
        try:
            meta, arrays = artefact.unpack(
                model.with_context(bin_size=False)._get_raw(),
                digest,
                model.artefact_seal,
                model._seal,
            )
        except artefact.Refused as error:
            _logger.error("%s is not read: %s", model.display_name, error)
            return None
        if encoders.missing(meta["tier"]):
            _logger.warning("%s needs %s", model.display_name, meta["tier"])
            return None
        return model.task_id._get_worker()._restore(meta, arrays)

    def _get_raw(self):
        return base64.b64decode(self.artefact or b"")

    @api.depends("artefact", "artefact_hash")
    def _compute_is_altered(self):
        for model in self:
            raw = model.with_context(bin_size=False)._get_raw()
            digest = artefact.digest(raw)
            model.is_altered = bool(model.id) and not (
                digest == model.artefact_hash
                and self._seal(digest) == model.artefact_seal
            )

    # ------------------------------------------------------------------
    # Going into use, and out of it
    # ------------------------------------------------------------------
    def action_ask(self):
        """Ask another person to let this version suggest.

        :raises AccessError: without the role of models
        """
        self._check_duty("models")
        self.check_access("read")
        for model in self:
            if not model._may("activate"):
                raise UserError(
                    self.env._(
                        "%(model)s is no candidate any more: reload the page.",
                        model=model.display_name,
                    )
                )
            model._check_intact()
        self._guarded_write({"promotion_asked_by_id": self.env.uid})
        self._ask_approvals()
        return True

    def _check_intact(self):
        if self.is_altered:
            raise UserError(
                self.env._(
                    "The file of %(model)s is not the one that was learned, so it is "
                    "not used. Learn anew.",
                    model=self.display_name,
                )
            )

    def action_retire(self):
        """Use a version no longer; without any, nothing is suggested."""
        self._check_duty("models")
        self.check_access("read")
        self._retire()
        return True

    def _activate(self):
        former = self.task_id.model_ids.filtered(lambda m: m.state == "active")
        (former - self)._retire()
        # Two in use at once are refused by the database.
        self.env["reverse.ai.model"].flush_model(["state"])
        self._transition(
            transitions.MODEL, "activate", {"activated_at": fields.Datetime.now()}
        )
        self.env["reverse.ai.suggestion"]._succeed(self)
        self._log_step("ModelActivated")

    def _retire(self):
        if self:
            self._withdraw_approvals()
            self._transition(
                transitions.MODEL, "retire", {"retired_at": fields.Datetime.now()}
            )
            self._log_step("ModelRetired")

    def _log_step(self, name):
        for model in self:
            self.env["reverse.event"]._log(
                model.company_id,
                name,
                {
                    "task": model.code,
                    "version": model.version,
                    "hash": model.artefact_hash,
                },
            )

    @unless_uninstalling
    def _unlink_never(self):
        if not self._in_workflow():
            raise UserError(
                self.env._(
                    "Versions stay, so that old suggestions can be explained: retire "
                    "it instead."
                )
            )

    # ------------------------------------------------------------------
    # Gate
    # ------------------------------------------------------------------
    def _has_rules(self):
        return True

    def _get_gate_facts(self):
        return {
            model: {GATE: None} if model.state == "candidate" else {} for model in self
        }

    def _find_rules(self, facts=None):
        """Somebody else always approves what was learned from customers."""
        rules = self.env["reverse.approval.rule"]
        why = self.env._("Another person lets a model suggest.")
        return {
            model: {GATE: (rules, why)} if model.promotion_asked_by_id else {}
            for model in self
        }

    def _get_subjects(self):
        # sudo: what is approved is exactly this file
        return {model: Subject(content=model.sudo().artefact_hash) for model in self}

    def _get_approval_details(self):
        self.ensure_one()
        return self.env._(
            "%(model)s: macro-F1 %(f1).3f on cases kept apart, learned from %(cases)s "
            "closed cases and %(examples)s examples.\nAsked by %(user)s.",
            model=self.display_name,
            f1=self.macro_f1,
            cases=self.case_count,
            examples=self.example_count,
            user=self.promotion_asked_by_id.name,
        )

    def _get_return(self):
        return self.env["reverse.rma"]

    def _get_duty_uses(self):
        return {
            model: {
                "key": f"{self._name},{model.id}",
                "rma": self.env["reverse.rma"],
                "company": model.company_id,
                "facility": self.env["reverse.facility"],
                "channel": self.env["reverse.channel"],
                "amount": 0.0,
            }
            for model in self
        }

    def _go_on_approved(self):
        for model in self.filtered(lambda m: m.state == "candidate"):
            model._check_approved()
            model._check_intact()
            model._activate()

    def _go_on_refused(self, reason):
        self.filtered(lambda m: m.state == "candidate")._retire()

    # ------------------------------------------------------------------
    # Model card
    # ------------------------------------------------------------------
    @api.depends("metrics", "schema")
    @api.depends_context("lang")
    def _compute_card(self):
        for model in self:
            card = model._get_card()
            model.class_table = self._make_table(card["classes"])
            model.language_table = self._make_table(card["languages"])
            model.calibration_table = self._make_table(card["calibration"])
            model.schema_text = card["schema"]
            model.limits = "\n".join(card["limits"])

    @api.model
    def _make_table(self, rows):
        return self.env["ir.qweb"]._render(
            "reverse_logistics_ai.card_table", {"rows": rows}
        )

    def _get_card(self):
        """Give what the card says: tables with their head, and sentences."""
        self.ensure_one()
        metrics, schema = self.metrics or {}, self.schema or {}
        classes = metrics.get("by_class", {})
        names = self._name_classes(classes)
        languages = self._name_languages(metrics.get("by_language", {}))
        return {
            "classes": [
                [
                    self.env._("Answer"),
                    self.env._("Cases"),
                    self.env._("Right when said (%)"),
                    self.env._("Found (%)"),
                    self.env._("F1"),
                ],
                *(
                    [
                        names[label],
                        one["rows"],
                        f"{100 * one['precision']:.0f}",
                        f"{100 * one['recall']:.0f}",
                        f"{one['f1']:.2f}",
                    ]
                    for label, one in classes.items()
                ),
            ],
            "languages": [
                [self.env._("Language"), self.env._("Cases"), self.env._("Right (%)")],
                *(
                    [
                        languages[group],
                        one["rows"],
                        f"{100 * one['right']:.0f}",
                    ]
                    for group, one in metrics.get("by_language", {}).items()
                ),
            ],
            "calibration": [
                [
                    self.env._("Confidence"),
                    self.env._("Cases"),
                    self.env._("Mean confidence (%)"),
                    self.env._("Right (%)"),
                ],
                *(
                    [
                        f"{100 * low:.0f}–{100 * high:.0f} %",
                        count,
                        f"{100 * mean:.0f}" if count else "–",
                        f"{100 * right:.0f}" if count else "–",
                    ]
                    for low, high, count, mean, right in metrics.get("calibration", [])
                ),
            ],
            "schema": self.env._(
                "%(inputs)s: %(terms)s terms, %(classes)s answers",
                inputs=self.task_id._get_worker()._name_inputs(schema),
                terms=schema.get("terms", 0),
                classes=len(schema.get("classes", ())),
            ),
            "limits": self._get_limits(),
        }

    def _name_classes(self, labels):
        return self.task_id._get_worker()._name_answers(labels)

    def _name_languages(self, codes):
        langs = self.env["res.lang"].with_context(active_test=False)
        names = {lang.code: lang.name for lang in langs.search([])}
        unknown = self.env._("Not known")
        return {code: names.get(code, code) or unknown for code in codes}

    def _get_limits(self):
        """Say in plain words what this version cannot do."""
        metrics = self.metrics or {}
        classes = metrics.get("by_class", {})
        names = self._name_classes(classes)
        weak = [names[label] for label, one in classes.items() if one["f1"] < 0.5]
        limits = [
            self.task_id._get_worker()._describe_limits(),
            self.env._(
                "Sure enough for %(share).0f of 100 cases; of the others it says "
                "nothing. Always guessing the commonest answer would reach a macro-F1 "
                "of %(base).2f, this version reaches %(own).2f.",
                share=self.coverage,
                base=metrics.get("baseline_f1", 0.0),
                own=self.macro_f1,
            ),
        ]
        if not self.case_count:
            limits.append(
                self.env._(
                    "It knows listed examples only, which are easier than what "
                    "customers write: expect less."
                )
            )
        if weak:
            limits.append(
                self.env._("Often wrong about: %(classes)s.", classes=", ".join(weak))
            )
        groups = metrics.get("by_language", {})
        languages = self._name_languages(groups)
        few = [
            languages[group]
            for group, one in groups.items()
            if one["rows"] < measures.LEAST_ANSWERS
        ]
        if few:
            limits.append(
                self.env._(
                    "Hardly measured in these languages: %(languages)s.",
                    languages=", ".join(few),
                )
            )
        return limits
