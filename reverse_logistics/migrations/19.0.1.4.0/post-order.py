"""Orders remember who bought: those of before, as their customers are now."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE sale_order sold
           SET reverse_agreed = jsonb_build_object(
                   'owner', owner.id,
                   'country', COALESCE(place.country_id, owner.country_id),
                   'business', COALESCE(owner.reverse_audience = 'business', FALSE)
               )
          FROM res_partner buyer, res_partner owner, res_partner place
         WHERE buyer.id = sold.partner_id
           AND owner.id = COALESCE(buyer.commercial_partner_id, buyer.id)
           AND place.id = COALESCE(sold.partner_shipping_id, buyer.id)
           AND sold.state = 'sale'
        """
    )
