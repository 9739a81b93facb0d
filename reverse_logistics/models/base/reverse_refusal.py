import logging
from collections import Counter

import psycopg2

from odoo import api, fields, models
from odoo.modules import module
from odoo.tools import SQL

from .reverse_labels import get_labels

_logger = logging.getLogger(__name__)
_BUFFER = "reverse_logistics.refusals"
_TRIES = 3


def _count(registry, buffer):
    """Write counts with a database cursor of their own; only log when that fails."""
    if module.current_test:
        return  # users made by a test only exist in its own transaction
    for tries_left in reversed(range(_TRIES)):
        try:
            with registry.cursor() as cr:
                # In the same order for everybody, so that nobody waits for each other.
                for key, count in sorted(buffer.items()):
                    _add(cr, key, count)
            return
        except psycopg2.OperationalError as error:
            if not tries_left:
                _logger.warning("Refusals were not counted: %s", error)
        except psycopg2.Error as error:
            _logger.warning("Refusals were not counted: %s", error)
            return


def _add(cr, key, count):
    company_id, user_id, code, day = key
    cr.execute("SET LOCAL lock_timeout = '2s'")
    cr.execute(
        SQL(
            """
            INSERT INTO reverse_refusal (company_id, user_id, code, day, count)
            SELECT company.id, users.id, %(code)s, %(day)s, %(count)s
              FROM res_company company, res_users users
             WHERE company.id = %(company_id)s AND users.id = %(user_id)s
                ON CONFLICT (company_id, user_id, code, day)
                DO UPDATE SET count = reverse_refusal.count + EXCLUDED.count
            """,
            company_id=company_id,
            user_id=user_id,
            code=code,
            day=day,
            count=count,
        ),
        log_exceptions=False,
    )


class ReverseRefusal(models.Model):
    """How often guards refused something; nothing else remains of a refused step.

    Written by ``_note`` only. A refusal is counted after the refused transaction has
    ended, with a cursor of its own. Nothing is written before, so that counting neither
    waits for what that transaction has locked nor is rolled back with it.
    """

    _name = "reverse.refusal"
    _description = "Refused Steps"
    _order = "day desc, id desc"
    _log_access = False
    _key_unique = models.Constraint(
        "UNIQUE (company_id, user_id, code, day)",
        "Refusals are counted once per company, user, kind and day.",
    )

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    code = fields.Selection(
        [
            ("role", "Outside of the user's roles"),
            ("own_step", "Took an earlier step"),
            ("not_a_person", "System"),
            ("over_return", "More than was delivered"),
            ("over_credit", "More than was invoiced"),
            ("released", "Change of what was released"),
        ],
        "Refused",
        required=True,
        readonly=True,
    )
    day = fields.Date(required=True, readonly=True, index=True)
    count = fields.Integer("Times", required=True, readonly=True, aggregator="sum")

    @api.depends("code")
    def _compute_display_name(self):
        labels = get_labels(self, "code")
        for refusal in self:
            refusal.display_name = labels.get(refusal.code, refusal.code)

    @api.model
    def _note(self, code, company=None):
        """Count a refusal; call this before raising the error.

        :param str code: one of the values of ``code``
        :param company: where it happened, by default the user's current company
        """
        cr = self.env.cr
        buffer = cr.postcommit.data.get(_BUFFER)
        if buffer is None:
            buffer = cr.postcommit.data[_BUFFER] = Counter()
            registry = self.env.registry

            def count():
                _count(registry, buffer)

            # Normally the refused transaction is rolled back; it is committed when a
            # caller caught the error, as work that may fail does.
            cr.postcommit.add(count)
            cr.postrollback.add(count)
        day = fields.Date.to_string(fields.Date.context_today(self))
        buffer[(company or self.env.company).id, self.env.uid, code, day] += 1
