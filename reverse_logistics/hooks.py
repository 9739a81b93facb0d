"""Installing on a database with warehouses, and leaving one behind that works."""

from .models.routing.reverse_inspection import SAMPLE_SECRET


def post_init_hook(env):
    """Give every existing warehouse its facility and operation types, and make what
    random checks are drawn with.
    """
    warehouses = env["stock.warehouse"].with_context(active_test=False)
    for warehouse in warehouses.search([("reverse_receipt_type_id", "=", False)]):
        values = warehouse._create_or_update_sequences_and_picking_types()
        if values:
            warehouse.write(values)
    env["reverse.inspection"]._get_sample_secret()


def uninstall_hook(env):
    """Give the Return button back to Odoo; locations stay, goods may lie in them."""
    warehouses = env["stock.warehouse"].with_context(active_test=False).search([])
    for warehouse in warehouses:
        warehouse.out_type_id.return_picking_type_id = warehouse.in_type_id
    types = warehouses.reverse_receipt_type_id | warehouses.reverse_putaway_type_id
    types.active = False
    env["ir.config_parameter"].set_param(SAMPLE_SECRET, False)
    # The trigger goes with its table, the function does not.
    env.cr.execute("DROP FUNCTION IF EXISTS reverse_event_append_only() CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS reverse_event_seal_append_only() CASCADE")
