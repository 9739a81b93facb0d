"""What users do: functions of an environment, to be raced against each other."""

from odoo import Command


def on_return(rma_id, action):
    """Press a button of the return."""
    return lambda env: getattr(env["reverse.rma"].browse(rma_id), action)()


def on_parts(rma_id, action):
    """Press a button of the return's inspections."""
    return lambda env: getattr(
        env["reverse.rma"].browse(rma_id).inspection_ids, action
    )()


def on_settlement(rma_id, action):
    """Press a button of the return's settlement."""
    return lambda env: getattr(
        env["reverse.rma"].browse(rma_id).settlement_ids, action
    )()


def return_button(sale, *quantities):
    """Use Odoo's own Return button on the delivery."""

    def call(env):
        deliveries = env["stock.move"].browse(sale.deliveries)
        wizard = env["stock.return.picking"].create(
            {"picking_id": deliveries.picking_id.id}
        )
        for delivery, quantity in zip(deliveries, quantities, strict=True):
            lines = wizard.product_return_moves
            lines.filtered(lambda line: line.move_id == delivery).quantity = quantity  # noqa: B023
        return wizard.action_create_returns()["res_id"]

    return call
