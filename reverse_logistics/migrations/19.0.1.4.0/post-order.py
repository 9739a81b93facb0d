"""Orders remember who bought, and how much: those of before as they are now."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE sale_order sold
           SET reverse_agreed = jsonb_build_object(
                   'owner', owner.id,
                   'country', COALESCE(place.country_id, owner.country_id),
                   'state', CASE WHEN said THEN place.state_id ELSE seat.state_id END,
                   'zip', NULLIF(CASE WHEN said THEN place.zip ELSE seat.zip END, ''),
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
                   'quantities', COALESCE((
                       SELECT jsonb_object_agg(line.id::text, line.product_uom_qty)
                         FROM sale_order_line line
                        WHERE line.order_id = sold.id
                          AND line.display_type IS NULL
                   ), '{}'::jsonb)
               )
          FROM res_partner buyer, res_partner owner, res_partner place,
               res_partner seat,
               LATERAL (
                   SELECT place.country_id IS NOT NULL
                       OR COALESCE(place.zip, '') != '' AS said
               ) address
         WHERE buyer.id = sold.partner_id
           AND owner.id = COALESCE(buyer.commercial_partner_id, buyer.id)
           AND place.id = COALESCE(sold.partner_shipping_id, buyer.id)
           AND seat.id = COALESCE(place.commercial_partner_id, place.id)
           AND sold.state = 'sale'
        """
    )
