"""What returns and settings made by 19.0.1.0.0 lack in 19.0.1.1.0."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    _claim_wrong_items(cr)
    _start_clocks(cr)
    _complete_exceptions(api.Environment(cr, SUPERUSER_ID, {}))


def _claim_wrong_items(cr):
    """Let the shipped reason be a shipping error; its record is no longer updated."""
    cr.execute(
        """
        UPDATE reverse_reason
           SET claim = 'wrong_item'
         WHERE claim IS NULL
           AND id = (SELECT res_id
                       FROM ir_model_data
                      WHERE module = 'reverse_logistics'
                        AND name = 'reason_wrong_item')
        """
    )


def _start_clocks(cr):
    """Count the time in a stage from the last milestone that is known."""
    cr.execute(
        """
        UPDATE reverse_rma
           SET stage_since = COALESCE(
                   GREATEST(requested_at, authorized_at, shipped_at, received_at,
                            closed_at),
                   create_date)
         WHERE stage_since IS NULL
        """
    )


def _complete_exceptions(env):
    """Put open exceptions on the lists of things to do, with what is at stake."""
    exceptions = env["reverse.exception"].search(
        [("state", "=", "open"), ("activity_id", "=", False)]
    )
    values = (exceptions.line_id | exceptions.rma_id.line_ids)._get_values_at_stake()
    for exception in exceptions:
        lines = exception.line_id or exception.rma_id.line_ids
        exception._guarded_write({"value": sum(values[line] for line in lines)})
    exceptions._schedule_activities()
