"""Installing on a database whose companies have warehouses already."""


def post_init_hook(env):
    """Give each company with returns the place where its goods are regraded."""
    companies = env["res.company"].search([("reverse_root_location_id", "!=", False)])
    for company in companies:
        company._ensure_reverse_regrade()
    env["reverse.disposition"]._switch_addon("reverse_logistics_resale", active=True)


def uninstall_hook(env):
    """Leave no disposition to choose that does nothing any more."""
    env["reverse.disposition"]._switch_addon("reverse_logistics_resale", active=False)
