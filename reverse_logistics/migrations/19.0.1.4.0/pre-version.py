"""What stands in the way of naming the version that decided by one field."""


def migrate(cr, version):
    # It said which policy decided on top of another view, which says it itself now.
    # Odoo checks both together long before it forgets what is no longer shipped.
    cr.execute(
        """
        DELETE FROM ir_ui_view
         WHERE id IN (SELECT res_id
                        FROM ir_model_data
                       WHERE module = 'reverse_logistics'
                         AND model = 'ir.ui.view'
                         AND name = 'reverse_inspection_view_form_level')
        """
    )
