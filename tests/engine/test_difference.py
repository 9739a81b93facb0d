"""What distinguishes two versions: rules are recognized although their ids differ."""

import random

from engine import difference


def rule(id_, name="Everything", **values):
    return {
        "id": id_,
        "key": f"key of {name}",
        "name": name,
        "sequence": 10,
        "allowed": {},
        "valid_from": None,
        "valid_to": None,
        "value_from": None,
        "value_to": None,
        "terms": {"days": 30, "photo": False},
    } | values


def document(*rules, **settings):
    return {"settings": {"validity": 60} | settings, "rules": {"policy": list(rules)}}


def changes(found):
    return [
        (
            change.before and change.before["name"],
            change.after and change.after["name"],
            [(one.part, one.name, one.before, one.after) for one in change.changes],
        )
        for change in found.rules
    ]


def test_a_copy_does_not_differ():
    before = document(rule(1), rule(2, "Phones"))
    after = document(rule(11), rule(12, "Phones"))
    assert not difference.compare(before, after)


def test_what_a_rule_says_otherwise():
    before = document(rule(1, allowed={"category": [3]}, value_to=500.0))
    after = document(
        rule(
            2,
            allowed={"category": [3, 4], "channel": [1]},
            valid_from="2026-01-01",
            terms={"days": 14, "photo": True},
            sequence=5,
        )
    )
    assert changes(difference.compare(before, after)) == [
        (
            "Everything",
            "Everything",
            [
                ("own", "sequence", 10, 5),
                ("condition", "category", [3], [3, 4]),
                ("condition", "channel", None, [1]),
                ("range", "value_to", 500.0, None),
                ("range", "valid_from", None, "2026-01-01"),
                ("term", "days", 30, 14),
                ("term", "photo", False, True),
            ],
        )
    ]


def test_added_and_removed():
    before = document(rule(1), rule(2, "Phones", allowed={"category": [1]}))
    after = document(rule(3), rule(4, "Radios", allowed={"category": [2]}))
    assert changes(difference.compare(before, after)) == [
        (None, "Radios", []),
        ("Phones", None, []),
    ]


def test_renamed_but_the_same():
    before, after = document(rule(1)), document(rule(2, key="key of Everything"))
    after["rules"]["policy"][0]["name"] = "All goods"
    assert changes(difference.compare(before, after)) == [
        ("Everything", "All goods", [("own", "name", "Everything", "All goods")])
    ]


def test_entered_anew_under_the_same_name_or_about_the_same():
    before = document(rule(1), rule(2, "Phones", allowed={"category": [1]}))
    after = document(
        rule(3, key="another", terms={"days": 14, "photo": False}),
        rule(4, "Telephones", allowed={"category": [1]}),
    )
    assert changes(difference.compare(before, after)) == [
        ("Everything", "Everything", [("term", "days", 30, 14)]),
        ("Phones", "Telephones", [("own", "name", "Phones", "Telephones")]),
    ]


def test_of_two_with_one_key_the_more_alike_is_meant():
    """A rule that was duplicated within its version has the key of the other."""
    first = rule(1, terms={"days": 14, "photo": True})
    second = rule(2)
    twin = rule(3)
    before = document(first)
    after = document(twin, {**first, "id": 9})
    assert changes(difference.compare(before, after)) == [(None, "Everything", [])]
    assert difference.pair([first, second], [twin]) == {3: second}


def test_settings_and_kinds():
    before, after = document(rule(1)), document(rule(2), validity=30, allocation="new")
    after["rules"]["fee"] = [rule(5, "Fee")]
    found = difference.compare(before, after)
    assert [(one.name, one.before, one.after) for one in found.settings] == [
        ("validity", 60, 30),
        ("allocation", None, "new"),
    ]
    assert [(one.kind, one.before, one.after["name"]) for one in found.rules] == [
        ("fee", None, "Fee")
    ]


def test_comparing_back_turns_everything_around():
    chance = random.Random(4)
    for _round in range(200):
        before = document(*_random_rules(chance, 0))
        after = document(*_random_rules(chance, 100))
        there, back = (
            difference.compare(before, after),
            difference.compare(after, before),
        )
        added = [one.after for one in there.rules if one.before is None]
        removed = [one.before for one in back.rules if one.after is None]
        assert len(added) == len(removed)
        assert bool(there) == bool(back)
        kept = len(after["rules"]["policy"]) - len(added)
        gone = sum(one.after is None for one in there.rules)
        assert kept + gone == len(before["rules"]["policy"])


def _random_rules(chance, start):
    return [
        rule(
            start + number,
            chance.choice("abcd"),
            key=chance.choice(["", "x", "y", "z"]),
            allowed=chance.choice([{}, {"category": [1]}, {"category": [2]}]),
            terms={"days": chance.choice([14, 30])},
        )
        for number in range(1, chance.randint(1, 6))
    ]
