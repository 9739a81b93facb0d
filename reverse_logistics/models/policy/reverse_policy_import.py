from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import portable
from ..rules.reverse_rule_mixin import RULE_FIELDS
from .reverse_policy_portable import PLAIN

_TYPES = {
    "boolean": bool,
    "integer": int,
    "float": (int, float),
    "monetary": (int, float),
}


class ReversePolicyVersion(models.Model):
    """A file of another database as a draft.

    Whatever a rule names and is not found here, or found more than once, is told, and
    nothing is made: a rule with one condition less would fit everything.
    """

    _inherit = "reverse.policy.version"

    @api.model
    def _import_file(self, data, policy, title):
        """Make a draft of a policy from a file.

        :param bytes data: content of the file
        :param reverse.policy policy: gets the draft
        :param str title: how the file is called
        :rtype: reverse.policy.version
        :raises UserError: saying all that cannot be understood
        """
        try:
            content = portable.read(data)
            references = list(self._walk_references(content))
            self._check_words(content)
            records = self._resolve(references, policy.company_id)
            self._check_amounts(content, policy)
            vals = self._prepare_import(content, records)
            names = {"policy": content["policy"], "number": content["version"]}
        except portable.UnreadableFile as error:
            raise UserError(self._explain_unreadable(error.code, title)) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(self._explain_unreadable("damaged", title)) from error
        note = self.env._(
            "Imported from “%(file)s”: %(policy)s, version %(number)s.",
            file=title,
            **names,
        )
        return self.create([{**vals, "policy_id": policy.id, "note": note}])

    def _explain_unreadable(self, code, title):
        sentences = {
            "format": self.env._(
                "%(file)s is not a policy version. Choose a file that was exported "
                "from one.",
                file=title,
            ),
            "version": self.env._(
                "%(file)s was exported by a newer version of this program. Upgrade "
                "this database first.",
                file=title,
            ),
            "damaged": self.env._(
                "%(file)s was changed since it was exported. Export it again.",
                file=title,
            ),
        }
        return sentences[code]

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------
    @api.model
    def _check_words(self, content):
        """Refuse kinds, settings, conditions and terms that this database lacks."""
        unknown = set(content["settings"]) - set(self._get_setting_fields())
        for kind, rows in content["rules"].items():
            if kind not in self._get_rule_fields():
                unknown.add(kind)
                continue
            terms = set(self._get_rule_model(kind)._term_fields)
            for row in rows:
                unknown |= set(row["conditions"]) - set(RULE_FIELDS)
                unknown |= set(row["terms"]) - terms
        if unknown:
            raise UserError(
                self.env._(
                    "The file says what this database knows nothing of: %(names)s. "
                    "Install the same addons, in the same versions, first.",
                    names=", ".join(sorted(unknown)),
                )
            )

    @api.model
    def _check_amounts(self, content, policy):
        """Refuse amounts of another currency."""
        currency = (policy.company_id or self.env.company).currency_id
        if content["currency"] != currency.name and any(
            self._has_amounts(kind, row)
            for kind, rows in content["rules"].items()
            for row in rows
        ):
            raise UserError(
                self.env._(
                    "The amounts of the file are in %(theirs)s, and %(company)s keeps "
                    "its books in %(ours)s. Nothing is converted: make a version "
                    "without amounts, or enter it by hand.",
                    theirs=content["currency"],
                    company=(policy.company_id or self.env.company).name,
                    ours=currency.name,
                )
            )

    @api.model
    def _has_amounts(self, kind, row):
        rules = self._get_rule_model(kind)
        return bool(row["value_from"] or row["value_to"]) or any(
            value and rules._fields[name].type == "monetary"
            for name, value in row["terms"].items()
        )

    # ------------------------------------------------------------------
    # Names
    # ------------------------------------------------------------------
    @api.model
    def _walk_references(self, content):
        """Give all references of the file, each once."""
        seen = set()
        for rows in content["rules"].values():
            for row in rows:
                values = [*row["conditions"].values(), *row["terms"].values()]
                for value in values:
                    for each in value if isinstance(value, list) else [value]:
                        if isinstance(each, dict) and _identity(each) not in seen:
                            seen.add(_identity(each))
                            yield each

    @api.model
    def _resolve(self, references, company):
        """Find what the file names: ``{identity of the reference: record}``.

        :raises UserError: naming all that is not found, or found more than once
        """
        portables = self.env["reverse.portable"]
        known = [one for one in references if one["model"] in self._get_named_models()]
        found = portables._find_references(known, company)
        missing = [one for one in references if one not in known]
        missing += [one for index, one in enumerate(known) if not found[index]]
        twice = [one for index, one in enumerate(known) if len(found[index]) > 1]
        if missing or twice:
            raise UserError(self._explain_missing(missing, twice))
        return {_identity(one): found[index] for index, one in enumerate(known)}

    @api.model
    def _get_named_models(self):
        """Give the models that rules of any kind can name."""
        models_ = set()
        for kind in self._get_rule_fields():
            rules = self._get_rule_model(kind)
            for name in (*RULE_FIELDS.values(), *rules._term_fields):
                models_.add(rules._fields[name].comodel_name)
        return models_ - {None}

    def _explain_missing(self, missing, twice):
        sentences = []
        if missing:
            sentences.append(
                self.env._(
                    "This database has none of these: %(names)s.",
                    names=self._list_names(missing),
                )
            )
        if twice:
            sentences.append(
                self.env._(
                    "This database has several of these: %(names)s.",
                    names=self._list_names(twice),
                )
            )
        sentences.append(
            self.env._(
                "Nothing was imported, because a rule with one condition less would "
                "fit other goods."
            )
        )
        return "\n".join(sentences)

    def _list_names(self, references):
        named = []
        for one in references:
            model = self.env.get(one["model"])
            label = one["model"] if model is None else model._description
            number = "" if one["value"] == one["text"] else f" [{one['value']}]"
            named.append(f"{label} “{one['text']}”{number}")
        return ", ".join(sorted(named))

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------
    @api.model
    def _prepare_import(self, content, records):
        vals = {
            name: self._read_value(self._fields[name], value, records)
            for name, value in content["settings"].items()
        }
        for kind, name in self._get_rule_fields().items():
            vals[name] = [
                Command.create(self._prepare_rule(kind, row, records))
                for row in content["rules"].get(kind, ())
            ]
        return vals

    @api.model
    def _prepare_rule(self, kind, row, records):
        named = {name: row[key] for key, name in PLAIN.items()}
        named |= {RULE_FIELDS[key]: value for key, value in row["conditions"].items()}
        named |= row["terms"]
        rules = self._get_rule_model(kind)
        return {
            name: self._read_value(rules._fields[name], value, records)
            for name, value in named.items()
        }

    @api.model
    def _read_value(self, field, value, records):
        """Give a value of the file as this database writes it.

        :raises ValueError: when it is no value of the field
        """
        if field.type == "many2one":
            # Conditions are lists, also of the one company.
            named = value if isinstance(value, list) else [value] if value else []
            return self._read_records(field, named, records)[:1].id
        if field.relational:
            return [Command.set(self._read_records(field, value or [], records).ids)]
        if value is None or value is False:
            return False
        if field.type == "date":
            return fields.Date.to_date(value)
        if field.type == "selection" and value not in dict(
            field._description_selection(self.env)
        ):
            raise ValueError(value)
        if not isinstance(value, _TYPES.get(field.type, str)):
            raise ValueError(value)
        return value

    @api.model
    def _read_records(self, field, references, records):
        found = self.env[field.comodel_name].union(
            *(records[_identity(reference)] for reference in references)
        )
        if len(found) != len(references):
            raise ValueError(field.name)
        return found


def _identity(reference):
    return tuple(reference[name] for name in ("model", "by", "value", "xmlid"))
