"""What waits for an approver, and exceptions whose cause is gone already.

After all addons: what a return asks for and which causes hold, they say as well.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    rmas = env["reverse.rma"].search([("state", "=", "requested")])
    settlements = env["reverse.settlement"].search([("state", "=", "submitted")])
    known = (rmas.approval_ids | settlements.approval_ids).ids
    rmas._ask_approvals()
    settlements._ask_approvals()
    asked = (rmas.approval_ids | settlements.approval_ids).filtered(
        lambda approval: approval.id not in known
    )
    for approval, document in asked._get_documents().items():
        # Asked by whoever has handed the document over, when they did.
        if document._name == "reverse.rma":
            by, moment = document.requested_by_id, document.requested_at
        else:
            by, moment = document.submitted_by_id, document.write_date
        approval._guarded_write({"asked_by_id": by.id, "asked_at": moment})
    env["reverse.exception"].search([("state", "=", "open")])._close_gone()
    # The list of returns names what is asked, instead of “Warning”.
    kind = env.ref("reverse_logistics.activity_type_approval", False)
    if kind:
        kind.decoration_type = False
    # Odoo empties the cache between scripts without writing what waits in it.
    env.flush_all()
