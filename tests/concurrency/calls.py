"""What users do: functions of an environment, to be raced against each other."""


def on_return(rma_id, action, *answers):
    """Press a button of the return, and answer what it asks."""
    return lambda env: getattr(env["reverse.rma"].browse(rma_id), action)(*answers)


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
        wanted = dict(zip(sale.deliveries, quantities, strict=True))
        picking = env["stock.move"].browse(sale.deliveries).picking_id
        wizard = env["stock.return.picking"].create({"picking_id": picking.id})
        for line in wizard.product_return_moves:
            line.quantity = wanted[line.move_id.id]
        return wizard.action_create_returns()["res_id"]

    return call


def transfer_screen(rma_id, quantity):
    """Validate the open receipt on its own screen, with less than is expected."""

    def call(env):
        picking = env["reverse.rma"].browse(rma_id).picking_ids
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()

    return call


def note_kept(rma_id, quantity):
    """Note that the customer keeps some of the goods."""

    def call(env):
        values = {
            "line_id": env["reverse.rma"].browse(rma_id).line_ids.id,
            "quantity": quantity,
            "disposition_id": env.ref("reverse_logistics.disposition_keep").id,
        }
        return env["reverse.inspection"].create(values).id

    return call


def keep(rma_id, quantity):
    """Note it and complete that part."""

    def call(env):
        part = note_kept(rma_id, quantity)(env)
        return env["reverse.inspection"].browse(part).action_complete()

    return call


def order_button(sale):
    """Invoice the order with its own button, credit what it would credit, and post."""
    return lambda env: (
        env["sale.order"].browse(sale.order)._create_invoices(final=True).action_post()
    )


def reversal_wizard(sale, quantity):
    """Credit the order's invoice with Odoo's own wizard, and post."""

    def call(env):
        wizard = (
            env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=[sale.invoice])
            .create(
                {"journal_id": env["account.move"].browse(sale.invoice).journal_id.id}
            )
        )
        refund = env["account.move"].browse(wizard.reverse_moves()["res_id"])
        refund.invoice_line_ids.quantity = quantity
        refund.action_post()
        return refund.id

    return call


def post(move_id):
    """Confirm a credit note that lies there as a draft."""
    return lambda env: env["account.move"].browse(move_id).action_post()
