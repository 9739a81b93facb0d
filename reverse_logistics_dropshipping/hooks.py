"""Removing the addon from a database in use, and installing it again."""

ADDON = "reverse_logistics_dropshipping"


def post_init_hook(env):
    """Take up the dispositions that an earlier installation left archived."""
    env["reverse.disposition"]._switch_addon(ADDON, active=True)


def uninstall_hook(env):
    """Leave no disposition to choose that does nothing any more."""
    env["reverse.disposition"]._switch_addon(ADDON, active=False)
