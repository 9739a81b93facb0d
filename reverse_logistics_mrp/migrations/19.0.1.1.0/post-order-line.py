"""Kits remember what their components are and count by: as bills and products say now,
of those that were sold before.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    cr.execute(
        """
        UPDATE sale_order_line sold
           SET reverse_agreed = sold.reverse_agreed
               || jsonb_build_object('components', part.agreed)
          FROM (
                SELECT move.sale_line_id,
                       jsonb_object_agg(
                           product.id,
                           jsonb_build_object(
                               'product', product.id,
                               'warranty_months',
                               COALESCE(template.reverse_warranty_months, 0),
                               'categories', category.parent_path
                           )
                       ) AS agreed
                  FROM stock_move move
                  JOIN product_product product ON product.id = move.product_id
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
                  LEFT JOIN product_category category
                    ON category.id = template.categ_id
                 WHERE move.bom_line_id IS NOT NULL
                   AND move.sale_line_id IS NOT NULL
                   AND move.origin_returned_move_id IS NULL
                 GROUP BY move.sale_line_id
               ) part
         WHERE part.sale_line_id = sold.id
           AND sold.reverse_agreed IS NOT NULL
           AND NOT sold.reverse_agreed ? 'components'
        """
    )
    keep_parts(api.Environment(cr, SUPERUSER_ID, {}))


def keep_parts(env):
    """Keep what components count by where kits were delivered."""
    moves = env["stock.move"].search(
        [("reverse_kit_need", ">", 0), ("origin_returned_move_id", "=", False)]
    )
    for line in moves.sale_line_id:
        agreed = line.reverse_agreed
        if agreed and "kit_parts" not in agreed:
            found = line._describe_reverse_parts(line._get_reverse_kit())
            parts = {
                str(part.id): said
                for part, said in found.items()
                if part._name == "mrp.bom.line"
            }
            line.reverse_agreed = {**agreed, "kit_parts": parts}
