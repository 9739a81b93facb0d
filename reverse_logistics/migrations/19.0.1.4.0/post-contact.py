"""What was approved to be moved by hand says for whom: the contact of its transfer."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE reverse_quantity_change AS change
           SET partner_id = picking.partner_id
          FROM stock_move AS move
          JOIN stock_picking AS picking ON picking.id = move.picking_id
         WHERE move.reverse_quantity_change_id = change.id
           AND change.kind = 'move'
           AND change.partner_id IS NULL
        """
    )
