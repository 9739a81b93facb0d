"""Installing on a database with returns, so that the settings name every account."""


def post_init_hook(env):
    """Give companies with returns their places for recycled and donated goods."""
    companies = env["res.company"].search([("reverse_scrap_location_id", "!=", False)])
    for company in companies:
        company._ensure_reverse_scrap()
    env["reverse.disposition"]._switch_addon("reverse_logistics_disposal", active=True)


def uninstall_hook(env):
    """Leave no disposition to choose that does nothing any more."""
    env["reverse.disposition"]._switch_addon("reverse_logistics_disposal", active=False)
