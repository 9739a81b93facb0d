"""Kits remember what their components are: as products say now, of those before."""


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
