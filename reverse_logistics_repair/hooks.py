"""Removing the addon from a database in use, and installing it again."""


def post_init_hook(env):
    """Take up the dispositions that an earlier installation left archived."""
    env["reverse.disposition"]._switch_addon("reverse_logistics_repair", active=True)


def uninstall_hook(env):
    """Leave no disposition to choose that does nothing any more."""
    env["reverse.disposition"]._switch_addon("reverse_logistics_repair", active=False)
