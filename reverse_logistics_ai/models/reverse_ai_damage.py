from odoo import api, fields, models

from ..engine import damage

#: Newest photos that are learned from.
MOST_PHOTOS = 5000
#: So many photos of goods to inspect are read before anything else is done.
READ_TO_LOOK = 100


class ReverseAiDamage(models.AbstractModel):
    """Whether photos look like those of damaged goods of the same category.

    It learns from photos that inspectors took and the condition that they found, for
    each category of products with enough of both kinds, and is silent of all others.
    """

    _name = "reverse.ai.damage"
    _inherit = ["reverse.ai.worker"]
    _description = "Damage on Photos"
    _subject = "reverse.inspection"
    _learns = True

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------
    @api.model
    def _learn(self, task):
        parts = self._get_parts(task)
        photos = self.env["reverse.ai.photo"].search(
            [
                ("res_model", "=", parts._name),
                ("res_id", "in", parts.ids),
                ("features", "!=", False),
            ],
            limit=MOST_PHOTOS,
        )
        by_id = {part.id: part for part in parts}
        cases = [
            damage.Case(
                tuple(photo.features),
                self._is_damaged(by_id[photo.res_id]),
                by_id[photo.res_id].product_id.categ_id.id,
                photo.res_id,
            )
            for photo in photos
        ]
        found, metrics = damage.Damage.learn(cases, task.precision / 100)
        shown = parts.browse(dict.fromkeys(photos.mapped("res_id")))
        days = [fields.Date.to_date(day) for day in shown.mapped("inspected_at") if day]
        return {
            "found": found.to_data(),
            "metrics": metrics,
            "case_count": len(shown),
            "example_count": 0,
            "date_from": min(days, default=False),
            "date_to": max(days, default=False),
        }

    @api.model
    def _get_parts(self, task):
        """Give the newest parts of which inspectors said whether they are damaged."""
        parts = self.env["reverse.inspection"].search(
            [
                ("company_id", "=", task.company_id.id),
                ("state", "=", "done"),
                ("not_inspected", "=", False),
                ("inspected_by_id", "!=", False),
                ("condition_id", "!=", False),
            ],
            order="id desc",
            limit=MOST_PHOTOS,
        )
        return parts.filtered(lambda part: self._is_damaged(part) is not None)

    @api.model
    def _get_backlog(self, task):
        photos = self.env["reverse.ai.photo"]
        return photos._find_unread(self._get_parts(task), MOST_PHOTOS)

    @api.model
    def _read(self, records):
        # sudo: what is read is kept for the task, whoever added the file
        self.env["reverse.ai.photo"].sudo()._read(records.exists())

    @api.model
    def _is_damaged(self, part):
        """Whether goods can no longer be sold as new; None where nobody said so."""
        return part.condition_id._is_worn()

    @api.model
    def _restore(self, meta, arrays):
        return damage.Damage.from_data(meta, arrays)

    @api.model
    def _name_inputs(self, schema):
        return self.env._("How light, coloured, rough and spotted photos are")

    @api.model
    def _describe_limits(self):
        return self.env._(
            "It suggests; inspectors decide. It sees numbers of photos and no goods: "
            "another light or table changes them, and damage that no photo shows is "
            "unknown to it. Of categories with few photos it says nothing."
        )

    # ------------------------------------------------------------------
    # Suggesting
    # ------------------------------------------------------------------
    @api.model
    def _find_waiting(self, task):
        """Yield parts to inspect with photos that are read."""
        drafts = self.env["reverse.inspection"].search(self._get_draft_domain(task))
        photos = self.env["reverse.ai.photo"]._take(drafts.rma_id, READ_TO_LOOK)
        shown = {(p.res_model, p.res_id) for p in photos if p.features}
        seen = drafts.filtered(
            lambda part: (
                (part._name, part.id) in shown
                or (part.line_id._name, part.line_id.id) in shown
            )
        )
        for model, records in super()._find_waiting(task):
            yield model, records & seen

    @api.model
    def _get_draft_domain(self, task):
        return [
            ("company_id", "=", task.company_id.id),
            ("state", "=", "draft"),
            ("not_inspected", "=", False),
        ]

    @api.model
    def _get_waiting_domain(self, task):
        return self._get_draft_domain(task)

    @api.model
    def _suggest(self, task, model, records):
        found = model._get_classifier()
        if found is None:
            return []
        values = []
        for part, photos in records._get_ai_photos().items():
            scores = {
                photo: found.score(photo.features, part.product_id.categ_id.id)
                for photo in photos
            }
            known = {photo: s for photo, s in scores.items() if s is not None}
            if not known:
                continue
            # The photo that shows most.
            worst = max(known, key=known.get)
            confidence = max(known[worst], 1 - known[worst])
            values.append(
                {
                    "res_id": part.id,
                    "answer": damage.DAMAGED if known[worst] >= 0.5 else damage.SOUND,
                    "confidence": confidence,
                    "state": "open" if confidence >= found.threshold else "abstained",
                    "details": {
                        "file": worst.name,
                        "category": part.product_id.categ_id.display_name,
                        "score": round(100 * known[worst]),
                        "auc": round(100 * (model.metrics or {}).get("auc", 0.5)),
                    },
                }
            )
        return values

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------
    @api.model
    def _name_answer(self, answer):
        labels = {
            damage.DAMAGED: self.env._("Looks damaged"),
            damage.SOUND: self.env._("Looks sound"),
            "wrong": self.env._("Looks otherwise"),
        }
        return labels.get(answer, answer or "")

    @api.model
    def _explain(self, answer, details):
        if not details:
            return []
        return [
            self.env._(
                "“%(file)s” has %(score)s of 100 points for damage, by what inspectors "
                "found on photos of “%(category)s”.",
                **{name: details[name] for name in ("file", "score", "category")},
            ),
            self.env._(
                "Of a damaged and a sound piece it had not seen, it told which was "
                "which in %(auc)s of 100 cases.",
                auc=details["auc"],
            ),
        ]

    @api.model
    def _check_may_choose(self, record):
        record._check_duty("inspector")
