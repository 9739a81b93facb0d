"""How many decisions the engine takes in a second, with many rules."""

import time
from datetime import date, timedelta
from random import Random

RULES = 200
THINGS = 1000
DAY = date(2030, 6, 15)
# What share of the rules restricts a dimension, how many values it has, and how many of
# them a rule names at most; of those that are not listed, the usual.
USUAL = (0.10, 10, 2)
MIX = {
    "company": (0.05, 3, 1),
    "partner": (0.15, 300, 4),
    "agreement": (0.04, 20, 1),
    "partner_tag": (0.15, 8, 2),
    "country": (0.10, 40, 6),
    "region": (0.08, 12, 2),
    "product": (0.15, 1000, 8),
    "product_tag": (0.15, 12, 3),
    "trait": (0.15, 10, 2),
    "category": (0.35, 85, 3),
    "condition": (0.05, 5, 2),
    "reason": (0.30, 12, 3),
    "channel": (0.15, 6, 2),
    "facility": (0.04, 4, 1),
}
# How many values of a dimension one thing has, if not one or, where it can have
# several, three at most.
SEVERAL = {"agreement": (0, 1), "condition": (0, 1), "facility": (0, 1)}
# How many children each node has, of what is nested.
CHILDREN = 3
TREES = {"company": 2, "region": 3, "category": 4}
VALUES = (None, None, 20.0, 100.0, 500.0)
DAYS = (None, None, None, DAY - timedelta(days=90), DAY + timedelta(days=5))
STARTS = ("delivery", "invoice", "order")
PROOFS = ("photo", "serial", "purchase")
#: Short ones, so that one of them is left alone by whatever else the machine does.
ROUNDS = 15


def per_second(matching, eligibility, rounds=ROUNDS):
    """Measure decisions on one core: find the rule, and decide what it says.

    The best of several rounds counts, in time of the processor: how fast the engine is
    does not depend on what else the machine does.

    :param matching: the engine's module
    :param eligibility: the engine's module
    :return: decisions a second
    :rtype: float
    """
    rules, things = mixed(matching)
    random = Random(RULES)
    terms = {rule.id: _terms(eligibility, random) for rule in rules}
    cases = [(facts, _known(eligibility, random, facts)) for facts in things]
    compiled = matching.compile_rules(rules)
    times = []
    for _round in range(rounds):
        start = time.process_time()
        for facts, known in cases:
            eligibility.decide(known, terms[compiled.winner(facts).id])
        times.append(time.process_time() - start)
    return len(cases) / min(times)


def _terms(eligibility, random):
    return eligibility.Terms(
        returnable=random.random() > 0.1,
        window_days=random.choice((None, 14, 30, 60)),
        window_from=random.choice(STARTS),
        proofs=frozenset(random.sample(PROOFS, random.choice((0, 0, 1, 2)))),
        max_value=random.choice((0.0, 0.0, 300.0)),
        by_policy=random.random() > 0.2,
        warranty_months=random.choice((0, 12, 24)),
    )


def _known(eligibility, random, facts):
    delivered = facts.day - timedelta(days=random.randint(0, 60))
    return eligibility.Facts(
        requested_on=facts.day,
        starts=dict.fromkeys(STARTS, delivered),
        defective=random.random() < 0.3,
        warranty_from=delivered,
        proofs=frozenset(PROOFS if random.random() < 0.7 else ()),
        quantity=random.randint(1, 20),
        value=facts.value,
        product_value=facts.value,
    )


def mixed(matching, number=RULES, things=THINGS):
    """Give rules, mixed as in a company that has many, and facts about things.

    :param matching: the module of the engine
    :return: ``(rules, facts)``; always the same ones
    """
    random = Random(20300615)
    rules = [_rule(matching, random, id_) for id_ in range(1, number)]
    rules.append(matching.Rule(number, 100))
    return rules, [_facts(matching, random) for _number in range(things)]


def _rule(matching, random, id_):
    allowed = {}
    # A rule that says nothing but the company would leave the others nothing to do.
    while not allowed.keys() - {"company"}:
        allowed = {}
        for dimension in matching.DIMENSIONS:
            share, values, most = MIX.get(dimension, USUAL)
            if random.random() < share:
                named = random.sample(range(values), random.randint(1, most))
                allowed[dimension] = frozenset(named)
    value_from, valid_from = random.choice(VALUES), random.choice(DAYS)
    return matching.Rule(
        id_,
        random.choice((10, 20)),
        allowed,
        valid_from=valid_from,
        valid_to=random.choice((None, None, valid_from, date.max)),
        value_from=value_from,
        value_to=random.choice((None, None, 5 * (value_from or 10))),
    )


def _facts(matching, random):
    known = {}
    for dimension, each in matching.DIMENSIONS.items():
        _share, values, _most = MIX.get(dimension, USUAL)
        if each.nested:
            width = TREES.get(dimension, CHILDREN)
            known[dimension] = matching.nested(_path(random.randrange(values), width))
        else:
            usual = (0, 3) if each.many else (1, 1)
            number = random.randint(*SEVERAL.get(dimension, usual))
            known[dimension] = matching.plain(random.sample(range(values), number))
    day = DAY + timedelta(days=random.randint(-60, 60))
    return matching.Facts(day, random.expovariate(1 / 150), known)


def _path(node, width):
    """Ids from the root to a node of a tree of which each node has so many children."""
    path = [node]
    while path[0]:
        path.insert(0, (path[0] - 1) // width)
    return path
