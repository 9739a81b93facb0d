"""What may become of documents that a release posted."""

import pytest
from engine import credit_notes

MODELS = ("account.move", "account.move.line")


@pytest.mark.parametrize("kind", credit_notes.STATES)
def test_states_are_bound_or_free(kind):
    """A credit note leaves no state by itself; what it credits stays posted."""
    conditions = {"released", "cancelling", "whole", "first", "never"}
    assert set(credit_notes.STATES[kind].values()) <= conditions
    assert set(credit_notes.STATES[kind]) <= {"draft", "posted", "cancel"}


def test_no_document_of_a_return_is_free():
    for kind in credit_notes.CLOSED:
        for state in ("draft", "posted", "cancel"):
            assert credit_notes.get_condition(kind, state), (kind, state)
    assert credit_notes.get_condition(None, "draft") is None
    assert credit_notes.get_condition("foreign", "draft") is None


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", credit_notes.CLOSED)
def test_frozen_is_what_is_not_open(kind, model):
    for name in credit_notes.OPEN[model]:
        assert not credit_notes.is_frozen(kind, model, name)
    assert credit_notes.is_frozen(kind, model, "of_a_later_version")
    assert credit_notes.is_frozen(kind, model, "of_another_addon", True, known=False)
    assert not credit_notes.is_frozen(kind, model, "of_another_addon", known=False)


@pytest.mark.parametrize("model", MODELS)
def test_basis_of_credits_is_frozen_everywhere(model):
    for name in credit_notes.BASIS[model]:
        for kind in (*credit_notes.CLOSED, "invoice", "foreign"):
            assert credit_notes.is_frozen(kind, model, name)
    assert credit_notes.is_frozen("invoice", model, "price_unit", amount=True)
    assert not credit_notes.is_frozen("invoice", model, "narration")
    assert not credit_notes.is_frozen("invoice", model, "date_maturity")
