"""A version of policy as one text, from which it decides, and which is hashed.

The document of a version is plain data::

    {"settings": {name: value}, "rules": {kind: [rule, …]}}

A rule is ``{"id", "key", "name", "sequence", "allowed": {dimension: [id, …]},
"valid_from", "valid_to", "value_from", "value_to", "terms": {name: value}}``; days are
ISO texts. Copies of a rule keep its key, so that versions can be compared.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .matching import Rule, Ruleset, compile_rules


def canonical(document):
    """Give the only text of a document, so that equal documents have equal hashes.

    :param dict document: see the top of this file
    :rtype: str
    """
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def digest(text):
    """Give the hash of a canonical text.

    :param str text: see :func:`canonical`
    :return: SHA-256 in hexadecimal
    :rtype: str
    """
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class CompiledRules:
    """The rules of one kind in a version, ready to be matched.

    :param Ruleset ruleset: finds the rule that applies
    :param terms: what each rule says: ``{rule id: {name: value}}``
    """

    ruleset: Ruleset
    terms: Mapping[int, Mapping] = field(default_factory=dict)

    @property
    def dimensions(self):
        """The dimensions that any rule restricts; facts may leave out the others."""
        return self.ruleset.dimensions

    @property
    def by_value(self):
        """Whether any rule restricts the value, so that facts need it."""
        rules = self.ruleset.rules
        return any(rule.value_from or rule.value_to for rule in rules)

    def match(self, facts):
        """Find the rule that applies, and tell why.

        :param facts: :class:`~.matching.Facts` for which a rule is looked for
        :return: :class:`~.matching.Match`, None when no rule fits
        """
        return self.ruleset.match(facts)

    def winner(self, facts):
        """Find the rule that applies.

        :param facts: :class:`~.matching.Facts` for which a rule is looked for
        :return: :class:`~.matching.Rule`, None when no rule fits
        """
        return self.ruleset.winner(facts)


#: What a company without a policy decides by.
NO_RULES = CompiledRules(compile_rules(()))


def compile_document(document):
    """Prepare all rules of a version.

    :param dict document: see the top of this file
    :return: ``{kind: CompiledRules}``
    """
    return {kind: _compile(rows) for kind, rows in document["rules"].items()}


def _compile(rows):
    return CompiledRules(
        compile_rules(_to_rule(row) for row in rows),
        {row["id"]: row["terms"] for row in rows},
    )


def _to_rule(row):
    return Rule(
        id=row["id"],
        sequence=row["sequence"],
        allowed={key: frozenset(ids) for key, ids in row["allowed"].items()},
        valid_from=_to_day(row["valid_from"]),
        valid_to=_to_day(row["valid_to"]),
        value_from=row["value_from"],
        value_to=row["value_to"],
    )


def _to_day(text):
    return date.fromisoformat(text) if text else None
