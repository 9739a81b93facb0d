"""Order lines remember warranty and category: as products say now, of those before."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE sale_order_line sold
           SET reverse_agreed = jsonb_build_object(
                   'product', product.id,
                   'warranty_months', COALESCE(template.reverse_warranty_months, 0),
                   'categories', category.parent_path,
                   'made_to_order', EXISTS (
                       SELECT FROM sale_order_line_stock_route_rel chosen
                         JOIN sale_order ordered ON ordered.id = sold.order_id
                         JOIN stock_warehouse store ON store.id = ordered.warehouse_id
                         JOIN stock_rule pull ON pull.id = store.mto_pull_id
                        WHERE chosen.sale_order_line_id = sold.id
                          AND chosen.stock_route_id = pull.route_id
                   )
               )
          FROM product_product product
          JOIN product_template template ON template.id = product.product_tmpl_id
          LEFT JOIN product_category category ON category.id = template.categ_id
         WHERE product.id = sold.product_id
           AND sold.state = 'sale'
        """
    )
