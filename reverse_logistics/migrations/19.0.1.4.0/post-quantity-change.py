"""What was approved to be moved by hand names its lots: they become the records."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE reverse_quantity_change AS change
           SET parts = (
                   SELECT jsonb_agg(
                              COALESCE(jsonb_set(part, '{1}', to_jsonb(lot.id)), part)
                              ORDER BY place
                          )
                     FROM jsonb_array_elements(change.parts)
                          WITH ORDINALITY AS named (part, place)
                     LEFT JOIN stock_lot AS lot
                       ON lot.product_id = (part ->> 0)::int
                      AND lot.name = part ->> 1
                      AND jsonb_typeof(part -> 1) = 'string'
                      AND COALESCE(lot.company_id, change.company_id)
                          = change.company_id
               )
         WHERE state IN ('requested', 'permitted')
           AND jsonb_typeof(parts) = 'array'
        """
    )
