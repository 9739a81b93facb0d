import base64
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import portable
from ..rules.reverse_rule_mixin import RULE_FIELDS

#: What a rule of a document has beside its conditions and terms, and its field.
PLAIN = {
    "key": "key",
    "name": "name",
    "sequence": "sequence",
    "valid_from": "date_from",
    "valid_to": "date_to",
    "value_from": "value_from",
    "value_to": "value_to",
}


class ReversePolicyVersion(models.Model):
    """A version as a file: its records are named by what they are known by."""

    _inherit = "reverse.policy.version"

    export_file = fields.Binary(
        compute="_compute_export_file",
        groups="reverse_logistics.group_administrator,reverse_logistics.group_auditor",
    )

    # ------------------------------------------------------------------
    # Export
    # ------------------------------------------------------------------
    @api.depends_context("lang")
    def _compute_export_file(self):
        for version in self:
            version.export_file = base64.b64encode(version._write_file().encode())

    def action_export(self):
        """Download the version as a file.

        :raises UserError: naming records that cannot be told apart
        """
        self.ensure_one()
        self._write_file()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/export_file/"
            f"return-policy-{self.policy_id.id}-v{self.number}.json?download=true",
            "target": "download",
        }

    def _write_file(self):
        self.check_access("read")
        document = self._read_document()
        references = self._refer(document)
        return portable.write(
            {
                "policy": self.policy_id.name,
                "version": self.number,
                "currency": self._get_currency().name,
                "settings": document["settings"],
                "rules": {
                    kind: [self._to_portable(kind, row, references) for row in rows]
                    for kind, rows in document["rules"].items()
                },
            }
        )

    def _read_document(self):
        """Give what decides in this version: of a frozen one, what was frozen."""
        self.ensure_one()
        if self.state == "draft":
            return self._get_document()
        # sudo: conditions that the reader cannot see are conditions all the same
        return json.loads(self.sudo().snapshot)

    def _get_currency(self):
        return (self.company_id or self.env.company).currency_id

    def _refer(self, document):
        """Name all records of a document: ``{(model, id): reference}``.

        :raises UserError: naming those that the names do not lead back to
        """
        ids = {}
        for kind, rows in document["rules"].items():
            for row in rows:
                for model, some in self._get_named_ids(kind, row):
                    ids.setdefault(model, set()).update(some)
        # sudo: see _read_document; the names are those that the rules show anyway
        portables = self.env["reverse.portable"].sudo()
        references = {
            (model, id_): reference
            for model, some in ids.items()
            for id_, reference in portables._get_references(
                portables.env[model].browse(sorted(some))
            ).items()
        }
        found = portables._find_references([*references.values()], self.company_id)
        unclear = [
            reference["text"]
            for index, ((_model, id_), reference) in enumerate(references.items())
            if found[index].ids != [id_]
        ]
        if unclear:
            raise UserError(
                self.env._(
                    "Another database could not tell which records are meant: "
                    "%(names)s. Give each a number or name of its own.",
                    names=", ".join(sorted(unclear)),
                )
            )
        return references

    @api.model
    def _get_named_ids(self, kind, row):
        """Give ``(model, ids)`` of all that a rule of a document names."""
        rules = self._get_rule_model(kind)
        for dimension, ids in row["allowed"].items():
            yield rules._fields[RULE_FIELDS[dimension]].comodel_name, ids
        for name in rules._term_fields:
            field, value = rules._fields[name], row["terms"].get(name)
            if field.relational and value:
                yield field.comodel_name, [value] if field.type == "many2one" else value

    @api.model
    def _get_rule_model(self, kind):
        field = self._fields[self._get_rule_fields()[kind]]
        return self.env[field.comodel_name]

    @api.model
    def _to_portable(self, kind, row, references):
        rules = self._get_rule_model(kind)

        def convert(field, value):
            if not field.relational or not value:
                return value
            ids = [value] if field.type == "many2one" else value
            named = [references[field.comodel_name, id_] for id_ in ids]
            return named[0] if field.type == "many2one" else named

        return {
            **{name: row.get(name) for name in PLAIN},
            "conditions": {
                dimension: [
                    references[rules._fields[RULE_FIELDS[dimension]].comodel_name, id_]
                    for id_ in ids
                ]
                for dimension, ids in row["allowed"].items()
            },
            "terms": {
                name: convert(rules._fields[name], value)
                for name, value in row["terms"].items()
                if name in rules._term_fields
            },
        }
