"""What is read with a return does not open its customer's page: mails of before."""


def migrate(cr, version):
    cr.execute(
        r"""
        UPDATE mail_message
           SET body = regexp_replace(
                   body, '\m(access_token|hash)=[\w.~%-]+', '\1=', 'g'
               )
         WHERE model = 'reverse.rma'
           AND body ~ '\m(access_token|hash)=[\w.~%-]'
        """
    )
