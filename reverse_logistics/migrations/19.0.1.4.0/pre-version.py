"""Views that earlier versions had on top of others of this addon.

What they added stands in those others now. Odoo checks them together long before it
forgets what is no longer shipped, and would not find the fields that they name.
Those that are still shipped are made anew by this update.
"""


def migrate(cr, version):
    cr.execute(
        """
        WITH own AS (
            SELECT res_id AS id
              FROM ir_model_data
             WHERE module = 'reverse_logistics'
               AND model = 'ir.ui.view'
        )
        DELETE FROM ir_ui_view view
         WHERE view.id IN (SELECT id FROM own)
           AND view.inherit_id IN (SELECT id FROM own)
           AND NOT EXISTS (SELECT 1
                             FROM ir_ui_view further
                            WHERE further.inherit_id = view.id)
        """
    )
