from engine.health import Demand, Findings, Need, compare
from hypothesis import given
from hypothesis import strategies as st

PARENT, BRANCH, OTHER = 1, 2, 3
LINEAGES = {PARENT: {PARENT}, BRANCH: {PARENT, BRANCH}, OTHER: {OTHER}}
PUMP = ("product.template", 7)
NEEDS = st.builds(
    Need,
    code=st.sampled_from(["un_number", "supplier"]),
    key=st.tuples(st.just("product.template"), st.integers(1, 4)),
    scope=st.sampled_from([None, PARENT, OTHER]),
)


def found(*looks):
    findings = Findings(LINEAGES)
    for own, demands, lacks in looks:
        findings.look("code", PUMP, own, demands, lacks)
    return findings


def demand(scope=None, name="Pumps", **allowed):
    return Demand(name, scope, {key: frozenset(ids) for key, ids in allowed.items()})


def test_rule_is_about_what_it_does_not_exclude():
    rule = demand(category=[1, 2], reason=[9])
    assert rule.concerns({"category": {2, 5}})
    assert not rule.concerns({"category": {5}})
    assert not rule.concerns({"category": set()})
    assert rule.concerns({"product": {5}, "trait": set()})


def scopes(*looks):
    return {need.scope: names for need, names in found(*looks).lacking.items()}


def test_scope_of_a_need():
    assert scopes((None, None, True)) == {None: ()}
    assert scopes((OTHER, None, True)) == {OTHER: ()}
    assert scopes((None, [demand()], True)) == {None: ("Pumps",)}
    assert scopes((OTHER, [demand()], True)) == {OTHER: ("Pumps",)}
    assert scopes((None, [demand(PARENT)], True)) == {PARENT: ("Pumps",)}
    assert scopes((BRANCH, [demand(PARENT)], True)) == {BRANCH: ("Pumps",)}
    assert scopes((OTHER, [demand(PARENT)], True)) == {}
    assert scopes((None, [], True)) == {}
    both = [demand(PARENT, "B"), demand(PARENT, "A"), demand(OTHER, "C")]
    assert scopes((None, both, True)) == {PARENT: ("A", "B"), OTHER: ("C",)}
    assert scopes((None, [*both, demand()], True)) == {None: ("A", "B", "C", "Pumps")}


def test_what_is_there_is_no_need_but_counts():
    findings = found((None, None, False))
    assert not findings.lacking
    assert findings.score(PARENT) == (1, 0, 100.0)


def test_score_counts_what_matters_to_the_company():
    findings = Findings(LINEAGES)
    for number, (own, lacks) in enumerate(
        [(None, False), (PARENT, True), (BRANCH, False), (OTHER, True)]
    ):
        findings.look("code", ("res.partner", number), own, None, lacks)
    assert findings.score(PARENT) == (2, 1, 50.0)
    assert findings.score(BRANCH) == (3, 1, 66.7)
    assert findings.score(OTHER) == (2, 1, 50.0)
    assert Findings(LINEAGES).score(OTHER) == (0, 0, 100.0)


@given(st.dictionaries(NEEDS, st.booleans()), st.lists(NEEDS))
def test_after_the_changes_open_issues_are_what_lacks(known, lacking):
    changes = compare(known, lacking)
    issues = dict(known)
    for need in changes.new:
        assert need not in issues
        issues[need] = True
    for need in changes.again:
        assert issues[need] is False
        issues[need] = True
    for need in changes.fixed:
        assert issues[need] is True
        issues[need] = False
    assert {need for need, is_open in issues.items() if is_open} == set(lacking)
    assert set(known) <= set(issues)
    again = compare(issues, lacking)
    assert (again.new, again.again, again.fixed) == ((), (), ())
