"""Returns remember whose rules hold for them: as it is now, of those of before."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE reverse_rma rma
           SET customer_facts = jsonb_build_object(
                   'owner', owner.id,
                   'tags', COALESCE((
                       SELECT jsonb_agg(tag.category_id ORDER BY tag.category_id)
                         FROM res_partner_res_partner_category_rel tag
                        WHERE tag.partner_id = owner.id
                   ), '[]'::jsonb)
               )
          FROM res_partner owner
         WHERE owner.id = rma.commercial_partner_id
           AND rma.state IN ('requested', 'authorized', 'done')
           AND rma.customer_facts IS NULL
        """
    )
