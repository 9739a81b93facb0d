"""Who was known as a business stays one where more than a ticked box says so."""


def migrate(cr, version):
    # A company with a tax number buys as a business; of the others nobody knows, and
    # they count as consumers. Contacts are what their company is.
    cr.execute(
        """
        UPDATE res_partner partner
           SET reverse_audience = 'business'
          FROM res_partner company
         WHERE company.id = COALESCE(partner.commercial_partner_id, partner.id)
           AND company.is_company
           AND COALESCE(company.vat, '') NOT IN ('', '/')
           AND partner.reverse_audience IS NULL
        """
    )
