"""Recipients are written to in their own language, not in that of whoever bought."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    template = env.ref(
        "reverse_logistics.mail_template_recipient", raise_if_not_found=False
    )
    if template and template.lang == "{{ object.partner_id.lang }}":
        template.lang = "{{ object.recipient_lang or object.partner_id.lang }}"
