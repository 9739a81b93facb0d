"""Installing on a database with returns, so that the settings name every account."""


def post_init_hook(env):
    """Give companies with returns their places for recycled and donated goods."""
    companies = env["res.company"].search([("reverse_scrap_location_id", "!=", False)])
    for company in companies:
        company._ensure_reverse_scrap()
    env["reverse.disposition"]._switch_addon("reverse_logistics_disposal", active=True)
    propose_usual_reasons(env)


def propose_usual_reasons(env):
    """Say of damaged goods why they are destroyed, unless a company says otherwise."""
    damaged = env.ref("reverse_logistics_disposal.reason_damaged", False)
    for name in ("condition_d", "condition_e"):
        condition = env.ref(f"reverse_logistics.{name}", False)
        if damaged and condition and not condition.disposal_reason_id:
            condition.disposal_reason_id = damaged


def uninstall_hook(env):
    """Leave no disposition to choose that does nothing any more."""
    env["reverse.disposition"]._switch_addon("reverse_logistics_disposal", active=False)
