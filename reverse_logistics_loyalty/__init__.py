from . import models


def keep_discounted(env):
    """Keep what promotions fell on that were given before this addon was there."""
    env["sale.order.line"].search(
        [("reward_id", "!=", False)]
    )._keep_reverse_discounted()
