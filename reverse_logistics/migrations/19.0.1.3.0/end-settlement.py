"""Tax and total of settlements: of released ones, what their credit notes said."""

from odoo import SUPERUSER_ID, api

from odoo.addons.reverse_logistics.engine import settlement as engine

RELEASED = ("released", "reversed")


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    _keep_released(cr)
    released = env["reverse.settlement"].search([("state", "in", RELEASED)])
    _share_out(cr, released)
    env.invalidate_all(flush=False)
    # Addons say what they credit: after all of them.
    waiting = env["reverse.settlement"].search([("state", "not in", RELEASED)])
    lines = waiting.line_ids
    for name in ("amount_net", "amount_tax", "amount_total"):
        env.add_to_compute(lines._fields[name], lines)
    for name in ("amount_untaxed", "amount_tax", "amount_total"):
        env.add_to_compute(waiting._fields[name], waiting)
    env.flush_all()


def _keep_released(cr):
    """Without a posted credit note, what was settled before tax is all there is."""
    cr.execute(
        """
        UPDATE reverse_settlement settlement
           SET amount_untaxed = COALESCE(note.untaxed, settlement.amount_untaxed, 0),
               amount_tax = COALESCE(note.tax, 0),
               amount_total = COALESCE(note.total, settlement.amount_untaxed, 0)
          FROM reverse_settlement released
     LEFT JOIN (SELECT reverse_settlement_id,
                       SUM(amount_untaxed) AS untaxed,
                       SUM(amount_tax) AS tax,
                       SUM(amount_total) AS total
                  FROM account_move
                 WHERE state = 'posted'
                   AND move_type = 'out_refund'
                   AND reverse_settlement_id IS NOT NULL
              GROUP BY reverse_settlement_id) note
            ON note.reverse_settlement_id = released.id
         WHERE released.id = settlement.id
           AND settlement.state IN %s
        """,
        [RELEASED],
    )


def _share_out(cr, settlements):
    """Give the lines of settlements their shares of what these credited."""
    values = []
    for settlement in settlements:
        lines = settlement.line_ids
        credited = lines.filtered(lambda line: line._is_credited())
        step = settlement.currency_id.rounding
        weights = [max(line.amount, 0.0) for line in credited]
        shares = {line.id: (0.0, 0.0) for line in lines}
        if any(weights):
            untaxed = engine.spread(settlement.amount_untaxed, weights, step)
            tax = engine.spread(settlement.amount_tax, weights, step)
            shares |= dict(
                zip(credited.ids, zip(untaxed, tax, strict=True), strict=True)
            )
        values += [(id_, net, tax, net + tax) for id_, (net, tax) in shares.items()]
    if values:
        cr.execute_values(
            """
            UPDATE reverse_settlement_line line
               SET amount_net = share.net,
                   amount_tax = share.tax,
                   amount_total = share.total
              FROM (VALUES %s) AS share (id, net, tax, total)
             WHERE line.id = share.id
            """,
            values,
        )
