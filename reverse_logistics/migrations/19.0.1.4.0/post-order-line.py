"""Order lines remember warranty and category: as products say now, of those before."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE sale_order_line sold
           SET reverse_agreed = jsonb_build_object(
                   'product', product.id,
                   'warranty_months', COALESCE(template.reverse_warranty_months, 0),
                   'categories', category.parent_path
               )
          FROM product_product product
          JOIN product_template template ON template.id = product.product_tmpl_id
          LEFT JOIN product_category category ON category.id = template.categ_id
         WHERE product.id = sold.product_id
           AND sold.state = 'sale'
        """
    )
