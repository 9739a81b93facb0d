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
    # By these links contacts sign up, or set their password.
    cr.execute(
        r"""
        UPDATE mail_message
           SET body = regexp_replace(
                   body,
                   '(\mauth_signup_token=|/web/(?:login|reset_password|signup)'
                   '\?[^"''\s<>]*?\mtoken=)[\w.~%-]+',
                   '\1', 'g'
               )
         WHERE body ~ '(auth_signup_token=|/web/(login|reset_password|signup)\?)'
        """
    )
