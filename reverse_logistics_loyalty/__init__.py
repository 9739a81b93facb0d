from . import models


def keep_discounted(env):
    """Keep what promotions fell on that were given before this addon was there."""
    env["sale.order.line"].search(
        [("reward_id", "!=", False)]
    )._keep_reverse_discounted()


def forget_returns(env):
    """Leave the balances of cards as they are, without the returns that moved them."""
    env["loyalty.history"].search([("order_model", "=", "reverse.rma")]).write(
        {"order_model": False, "order_id": False}
    )
