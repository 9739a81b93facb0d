"""Parts that are inspected know whose the goods were when they came in."""


def migrate(cr, version):
    cr.execute("""
        UPDATE reverse_inspection part
           SET owner_id = receipt.owner_id
          FROM (SELECT move_id, lot_id, min(owner_id) AS owner_id
                  FROM stock_move_line
                 WHERE move_id IN (SELECT receipt_move_id FROM reverse_inspection)
              GROUP BY move_id, lot_id
                HAVING count(DISTINCT coalesce(owner_id, 0)) = 1) receipt
         WHERE receipt.owner_id IS NOT NULL
           AND receipt.move_id = part.receipt_move_id
           AND receipt.lot_id IS NOT DISTINCT FROM part.lot_id
    """)
