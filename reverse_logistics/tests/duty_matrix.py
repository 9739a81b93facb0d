"""What the matrix of duties is made of: guarded actions, pairs of steps, interfaces."""

import ast
from pathlib import Path

#: Whoever entered a document, or changed it as a draft.
AUTHORS = ("entered_by_id", "changed_by_ids")
#: Whoever asked for a return, or said of what sale it is, does not authorize it.
AUTHORIZING = (
    "requested_by_id",
    "source_named_by_ids",
    "word_by_ids",
    "invited_by_ids",
    "customer_user_ids",
    *AUTHORS,
)
#: What models name as ``_gate_actors``.
ACTORS = {
    "reverse.rma": AUTHORIZING,
    "reverse.settlement": (
        "inspected_by_ids",
        "submitted_by_id",
        "customer_user_ids",
        *AUTHORS,
    ),
}

#: Every call of a duty check in this addon: who may, and who may not because of an
#: earlier step. A guard that is missing here, or says something else, fails the test.
GUARDS = {
    ("reverse.approval", "action_approve"): {("by its gate", ())},
    ("reverse.approval", "action_reject"): {("by its gate", ())},
    ("reverse.exception", "_check_approved"): {("approver", AUTHORIZING)},
    ("reverse.exception", "action_dispose"): {("approver", ())},
    ("reverse.facility", "action_reroute"): {("service", ())},
    ("reverse.inspection", "_check_create"): {("inspector", ())},
    ("reverse.inspection", "_check_disposer"): {("inspector", ())},
    ("reverse.inspection", "action_complete"): {("inspector", ("customer_user_ids",))},
    ("reverse.inspection", "action_correct"): {("inspector", ())},
    ("reverse.inspection", "action_correct_receipt"): {("receiver", ())},
    ("reverse.inspection", "action_reinspect"): {("inspector", ())},
    ("reverse.inspection", "action_take_title"): {
        ("approver", ("requested_by_id", "customer_user_ids", *AUTHORS))
    },
    ("reverse.exception", "_check_leaving"): {
        ("releaser", ("inspected_by_ids",)),
        ("releaser", ACTORS["reverse.rma"]),
    },
    ("reverse.exception", "_check_resolution"): {
        ("approver", ("caused_by_id", "caused_by_ids"))
    },
    ("reverse.offer", "_note_answer"): {("service", ("made_by_id",))},
    ("reverse.offer", "action_note_accepted"): {("service", ACTORS["reverse.rma"])},
    ("reverse.offer", "action_send"): {("service", ())},
    ("reverse.offer", "action_withdraw"): {("service", ())},
    ("reverse.policy.version", "action_activate"): {("administrator", ())},
    ("reverse.policy.version", "action_archive_version"): {("administrator", ())},
    ("reverse.rma", "_name_agreement_order"): {("service", ())},
    ("reverse.rma", "_name_facility"): {("service", ())},
    ("reverse.rma", "action_at_supplier"): {("inspector", ())},
    ("reverse.rma", "action_authorize"): {("approver", AUTHORIZING)},
    ("reverse.rma", "_check_longer"): {("approver", AUTHORIZING)},
    ("reverse.rma", "action_authorize_exception"): {("approver", AUTHORIZING)},
    ("reverse.rma", "action_call"): {("service", ())},
    ("reverse.rma", "action_cancel"): {("service", ())},
    ("reverse.rma", "action_close"): {("service", ())},
    ("reverse.rma", "action_extend"): {("approver or service", ())},
    ("reverse.rma", "action_find_deliveries"): {("service", ())},
    ("reverse.rma", "action_offer_keep"): {("service", ())},
    ("reverse.rma", "action_propose_settlement"): {("service", ())},
    ("reverse.rma", "action_receive"): {("receiver", ())},
    ("reverse.rma", "action_reject"): {("approver", ())},
    ("reverse.rma", "action_replace_in_advance"): {("service", ())},
    ("reverse.rma", "action_request"): {("service", ())},
    ("reverse.rma.line", "_check_seen"): {("inspector", ())},
    ("reverse.rma.line", "_name_source"): {("service", ())},
    ("reverse.rma.line", "action_close_short"): {("service", ())},
    ("reverse.settlement", "_check_create"): {("service", ())},
    ("reverse.settlement", "action_approve"): {
        ("approver", ACTORS["reverse.settlement"])
    },
    ("reverse.settlement", "action_cancel"): {("service", ())},
    ("reverse.settlement", "action_confirm_address"): {
        ("approver", ACTORS["reverse.settlement"]),
        ("approver", AUTHORIZING),
    },
    ("reverse.settlement", "action_deliver_again"): {("service", ())},
    ("reverse.settlement", "action_offer"): {("service", ())},
    ("reverse.settlement", "action_refund_instead"): {("service", ())},
    ("reverse.settlement", "action_release"): {
        ("releaser", ("inspected_by_ids", "customer_user_ids"))
    },
    ("reverse.settlement", "action_reverse"): {("releaser", ())},
    ("reverse.settlement", "action_send_back"): {("approver", ()), ("releaser", ())},
    ("reverse.settlement", "action_submit"): {("service", ())},
    ("reverse.simulation", "action_cancel"): {("administrator", ())},
    ("reverse.simulation", "action_resume"): {("administrator", ())},
    ("reverse.simulation", "action_start"): {("administrator", ())},
    ("reverse.withdrawal.statement", "action_answer"): {("service", ())},
    ("reverse.withdrawal.statement", "action_link"): {("service", ())},
    ("stock.move", "_check_reverse_receiver"): {("receiver", ())},
    ("stock.picking", "action_parcel_back"): {("receiver or service", ())},
}

#: The way of a return: step, role, records of a return, method, actor field it writes.
FLOW = (
    ("request", "service", "", "action_request", "requested_by_id"),
    ("authorize", "approver", "", "action_authorize", "authorized_by_id"),
    ("receive", "receiver", "", "action_receive", "received_by_ids"),
    ("complete", "inspector", "inspection_ids", "action_complete", "inspected_by_ids"),
    ("submit", "service", "settlement_ids", "action_submit", "submitted_by_id"),
    ("approve", "approver", "settlement_ids", "action_approve", "approved_by_id"),
    ("release", "releaser", "settlement_ids", "action_release", "released_by_id"),
)
STEPS = tuple(step for step, *_rest in FLOW)

#: Pairs beside that way: the earlier step, and the action that is then refused.
SCENES = {
    "request, take in": ("reverse.exception", "action_take_in"),
    "name source, take in": ("reverse.exception", "action_take_in"),
    "name source, approve gate": ("reverse.approval", "action_approve"),
    "name source, authorize": ("reverse.rma", "action_authorize"),
    "request, take title": ("reverse.inspection", "action_take_title"),
    "request, approve gate": ("reverse.approval", "action_approve"),
    "deputy requested": ("reverse.approval", "action_approve"),
    "delegator requested": ("reverse.approval", "action_approve"),
    "request, authorize exception": ("reverse.rma", "action_authorize_exception"),
    "delegator requested, authorize": ("reverse.rma", "action_authorize"),
    "approve gate, approve again": ("reverse.approval", "action_approve"),
    "request, confirm address": ("reverse.settlement", "action_confirm_address"),
    "inspect, approve gate": ("reverse.approval", "action_approve"),
    "submit, approve gate": ("reverse.approval", "action_approve"),
    "count, approve quantity": ("reverse.approval", "action_approve"),
    "ask, approve policy": ("reverse.approval", "action_approve"),
    "offer, note acceptance": ("reverse.offer", "action_note_accepted"),
}

#: Which public action a guard stands for, where it is not public itself.
ENTRANCES = {
    ("reverse.exception", "_check_approved"): "action_take_in",
    ("reverse.offer", "_note_answer"): "action_note_accepted",
}

#: Guards of resolutions, each tried in control/test_sold.py by whoever caused it; long
#: extensions are tried in control/test_limits.py.
RESOLUTIONS = {
    ("reverse.rma", "_check_longer"),
    ("reverse.exception", "_check_leaving"),
    ("reverse.exception", "_check_resolution"),
}

INTERFACES = ("form", "rpc", "import", "server action", "cron", "bulk")


def is_conflict(earlier, later):
    """Whether one person may not take both steps of the way of a return."""
    written = {step: field for step, _role, _path, _method, field in FLOW}
    model, method = _get_action(later)
    ((_duty, excluded),) = GUARDS[model, method]
    return written[earlier] in excluded


def _get_action(step):
    models = {
        "": "reverse.rma",
        "inspection_ids": "reverse.inspection",
        "settlement_ids": "reverse.settlement",
    }
    _step, _role, path, method, _field = FLOW[STEPS.index(step)]
    return models[path], method


def find_guards(root):
    """Find every duty check in the source of an addon, in the form of ``GUARDS``.

    :param str root: folder of the addon
    """
    found = {}
    for path in (
        p for part in ("models", "wizards") for p in Path(root, part).rglob("*.py")
    ):
        for cls in ast.parse(path.read_text()).body:
            model = isinstance(cls, ast.ClassDef) and _get_model(cls)
            if not model:
                continue
            for function in cls.body:
                for duty in _find_checks(function, model):
                    found.setdefault((model, function.name), set()).add(duty)
    return found


def _get_model(cls):
    values = {
        target.id: node.value
        for node in cls.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    value = values.get("_name") or values.get("_inherit")
    return value.value if isinstance(value, ast.Constant) else None


def _find_checks(function, model):
    if not isinstance(function, ast.FunctionDef) or function.name == "_check_duty":
        return
    for call in ast.walk(function):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if call.func.attr == "_check_deciders":
            yield "by its gate", ()
        if call.func.attr == "_check_duty":
            excluded = [k.value for k in call.keywords if k.arg == "excluded"]
            yield (
                _get_duty(call.args[0]),
                _get_excluded(excluded[0], model) if excluded else (),
            )


def _get_excluded(node, model):
    """Names of the actor fields: a tuple, or the actors of a model."""
    if isinstance(node, ast.Attribute):
        return ACTORS[model if node.value.id == "self" else "reverse.rma"]
    return tuple(
        name
        for part in node.elts
        for name in (AUTHORS if isinstance(part, ast.Starred) else (part.value,))
    )


def _get_duty(node):
    if isinstance(node, ast.IfExp):
        return f"{node.body.value} or {node.orelse.value}"
    return node.value
