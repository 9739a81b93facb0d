"""What stands in the way of policies with versions."""

from odoo.tools import SQL


def migrate(cr, version):
    _forget_view(cr)
    _keep_one_policy(cr)
    _loosen_settings(cr)


def _forget_view(cr):
    """The form that this view extended has other fields now."""
    cr.execute(
        """
        DELETE FROM ir_ui_view
         WHERE id IN (SELECT res_id
                        FROM ir_model_data
                       WHERE module = 'reverse_logistics'
                         AND name = 'reverse_policy_view_form_endings')
        """
    )


def _keep_one_policy(cr):
    """Of several policies of a company the first one decided, and does so still."""
    cr.execute(
        """
        UPDATE reverse_policy
           SET active = FALSE
         WHERE active
           AND id NOT IN (SELECT DISTINCT ON (COALESCE(company_id, 0)) id
                            FROM reverse_policy
                           WHERE active
                           ORDER BY COALESCE(company_id, 0), sequence, id)
        """
    )


def _loosen_settings(cr):
    """Settings of a policy move to its versions; its own columns go afterwards."""
    for column in ("window_days", "allocation", "validity_days"):
        cr.execute(
            SQL(
                "ALTER TABLE reverse_policy ALTER COLUMN %s DROP NOT NULL",
                SQL.identifier(column),
            )
        )
