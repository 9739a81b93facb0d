"""A version of policy as one text: what it decides from, hashed and compared.

The document of a version is plain data::

    {"settings": {name: value}, "rules": {kind: [rule, …]}}

A rule is ``{"id", "key", "name", "sequence", "allowed": {dimension: [id, …]},
"valid_from", "valid_to", "value_from", "value_to", "terms": {name: value}}``; days are
ISO texts. Its key is that of the rule it was copied from, in whatever version.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .matching import Rule, Ruleset, compile_rules


def canonical(document):
    """Give the one text that stands for a document."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def digest(text):
    """Give the hash of a canonical text: SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class CompiledRules:
    """The rules of one kind of a version, ready to be matched.

    :param Ruleset ruleset: finds the rule that applies
    :param terms: what each rule says: ``{rule id: {name: value}}``
    """

    ruleset: Ruleset
    terms: Mapping[int, Mapping] = field(default_factory=dict)

    @property
    def dimensions(self):
        """Those that any rule restricts; facts may leave out the others."""
        return self.ruleset.dimensions

    @property
    def by_value(self):
        """Whether any rule asks for the value."""
        rules = self.ruleset.rules
        return any(rule.value_from or rule.value_to for rule in rules)

    def match(self, facts):
        """Find the rule that applies, and the one it was preferred to."""
        return self.ruleset.match(facts)

    def winner(self, facts):
        """Give the rule that applies, None when none does."""
        return self.ruleset.winner(facts)


#: What a company without a policy decides by.
NO_RULES = CompiledRules(compile_rules(()))


def compile_document(document):
    """Prepare all rules of a version.

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
