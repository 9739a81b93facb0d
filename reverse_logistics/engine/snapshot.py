"""A version of policy as one text: what it decides from, hashed and compared.

The document of a version is plain data::

    {"settings": {name: value}, "rules": {kind: [rule, …]}}

A rule is ``{"id", "name", "sequence", "allowed": {dimension: [id, …]}, "valid_from",
"valid_to", "value_from", "value_to", "terms": {name: value}}``; days are ISO texts.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .matching import DIMENSIONS, Rule, match


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

    :param rules: of :class:`~.matching.Rule`
    :param terms: what each rule says: ``{rule id: {name: value}}``
    :param frozenset dimensions: those that any rule restricts; facts may leave out the
        others
    :param bool by_value: some rule asks for the value
    """

    rules: tuple = ()
    terms: Mapping[int, Mapping] = field(default_factory=dict)
    dimensions: frozenset = frozenset()
    by_value: bool = False

    def match(self, facts):
        """Find the rule that applies, and the one it was preferred to."""
        return match(facts, self.rules)

    def winner(self, facts):
        """Give the rule that applies, None when none does."""
        found = self.match(facts)
        return found and found.rule


def compile_document(document):
    """Prepare all rules of a version.

    :return: ``{kind: CompiledRules}``
    """
    return {kind: _compile(rows) for kind, rows in document["rules"].items()}


def _compile(rows):
    rules = tuple(_to_rule(row) for row in rows)
    return CompiledRules(
        rules=rules,
        terms={row["id"]: row["terms"] for row in rows},
        dimensions=frozenset(
            dimension
            for dimension in DIMENSIONS
            if any(dimension in rule.allowed for rule in rules)
        ),
        by_value=any(rule.value_from or rule.value_to for rule in rules),
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
