"""The notice that nobody has changed says what it says in a new database: also to whom
had asked for a return before.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    template = env.ref(
        "reverse_logistics_recall.mail_template_recall", raise_if_not_found=False
    )
    # Whoever saves one leaves another date than that of its creation.
    if template and template.write_date == template.create_date:
        template.reset_template()
