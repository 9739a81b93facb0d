"""Deliveries without an order remember who got what: as it is now, of those before."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE stock_move moved
           SET reverse_agreed = jsonb_build_object(
                   'owner', owner.id,
                   'country', COALESCE(place.country_id, owner.country_id),
                   'state', CASE WHEN said THEN place.state_id ELSE owner.state_id END,
                   'zip', NULLIF(CASE WHEN said THEN place.zip ELSE owner.zip END, ''),
                   'place', encode(sha256(convert_to(
                       COALESCE(place.street, '') || '|'
                       || COALESCE(place.street2, '') || '|'
                       || COALESCE(place.zip, '') || '|'
                       || COALESCE(place.city, '') || '|'
                       || COALESCE(place.state_id::text, '') || '|'
                       || COALESCE(place.country_id::text, ''), 'UTF8')), 'hex'),
                   'business', COALESCE(owner.reverse_audience = 'business', FALSE),
                   'tags', COALESCE((
                       SELECT jsonb_agg(tag.category_id ORDER BY tag.category_id)
                         FROM res_partner_res_partner_category_rel tag
                        WHERE tag.partner_id = owner.id
                   ), '[]'::jsonb),
                   'goods', jsonb_build_object(
                       'product', product.id,
                       'warranty_months', COALESCE(template.reverse_warranty_months, 0),
                       'categories', category.parent_path
                   )
               )
          FROM stock_picking picking, res_partner place, res_partner owner,
               stock_location goal, product_product product,
               product_template template
               LEFT JOIN product_category category ON category.id = template.categ_id,
               LATERAL (
                   SELECT place.country_id IS NOT NULL
                       OR COALESCE(place.zip, '') != '' AS said
               ) address
         WHERE picking.id = moved.picking_id
           AND place.id = picking.partner_id
           AND owner.id = COALESCE(place.commercial_partner_id, place.id)
           AND goal.id = moved.location_dest_id
           AND goal.usage = 'customer'
           AND product.id = moved.product_id
           AND template.id = product.product_tmpl_id
           AND moved.state = 'done'
           AND moved.sale_line_id IS NULL
           AND moved.reverse_agreed IS NULL
        """
    )
