import logging
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ...engine import limits
from ..base.reverse_guarded_mixin import RETRIED
from ..base.reverse_retry import run_batch

_logger = logging.getLogger(__name__)
#: How many records one run of the scheduled action looks at.
AT_ONCE = 500


class ReverseVisitorMixin(models.AbstractModel):
    """Something that a visitor sent who need not log in, and that is answered by mail.

    Storing looks at no order. A scheduled action answers right after, so neither the
    page nor the time it takes tells a visitor whether an order exists.

    The pages must not become a way to flood somebody's mailbox: ``_mailed_per_hour``
    says how many mails go out within an hour about the same thing, such as an address.
    Only mails that went out count, since others fill no mailbox.
    """

    _name = "reverse.visitor.mixin"
    _inherit = "reverse.guarded.mixin"
    _description = "What a Visitor Sent"
    _mailed_per_hour = {}

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, guarded=True
    )
    # A fingerprint of the visitor's address, which is itself not kept.
    visitor = fields.Char(readonly=True, index=True, guarded=True)
    email = fields.Char(readonly=True, index="btree_not_null", guarded=True)
    lang = fields.Char("Language", readonly=True, guarded=True)
    handled_at = fields.Datetime(readonly=True, guarded=True)
    mailed_at = fields.Datetime(
        "Mailed on", readonly=True, copy=False, index="btree_not_null", guarded=True
    )

    @api.model
    def _read_email(self, entered):
        """Give the address that a visitor entered, normalized; nothing for none.

        :param dict entered: of any names and values
        """
        email = limits.clean_line(entered.get("email"))
        return len(email) <= limits.ENTRY and email_normalize(email)

    # ------------------------------------------------------------------
    # It is answered
    # ------------------------------------------------------------------
    @api.model
    def _cron_answer(self):
        """Answer what visitors sent, each record in its own transaction."""
        work = self._get_work()
        self.env["ir.cron"]._commit_progress(remaining=len(work))
        for each in work:
            if not run_batch(self.env, each, 1):
                return

    @api.model
    def _get_work(self):
        """Give what the scheduled action does, as methods to call in this order."""
        waiting = self.search(self._get_waiting_domain(), order="id", limit=AT_ONCE)
        return [each._answer for each in waiting]

    @api.model
    def _get_waiting_domain(self):
        return [("handled_at", "=", False)]

    def _answer(self):
        """Answer each once, whatever goes wrong: nobody else waits for it."""
        for each in self.exists().filtered(lambda each: not each.handled_at):
            each._handle()
            each._guarded_write({"handled_at": fields.Datetime.now()})

    def _handle(self):
        """Do what was asked for; what may fail goes through :meth:`_attempt`."""
        raise NotImplementedError

    def _attempt(self, method, summary):
        """Run a method; what goes wrong is told, and nothing is lost.

        Errors of the program as well: it has arrived, whatever comes after.

        :return: whether it went well
        """
        try:
            with self._all_or_nothing():
                getattr(self, method)()
                self.env.flush_all()
        except RETRIED:
            raise
        except UserError as error:
            self._ask_clerk(summary, error.args[0])
            return False
        except Exception:
            _logger.exception("%s of %s failed", method, self)
            self._ask_clerk(summary, self.env._("The log of the server says why."))
            return False
        return True

    def _ask_clerk(self, summary, note):
        """Tell somebody what failed."""
        _logger.warning("%s: %s: %s", self, summary, note)

    def _pick_mailable(self):
        """Give those that can be answered by mail now, the first ones first."""
        start = fields.Datetime.now() - timedelta(hours=1)
        mailed = Counter(
            {
                (name, key): count
                for name in self._mailed_per_hour
                for key, count in self._read_group(
                    [("mailed_at", ">", start)], [name], ["__count"]
                )
            }
        )
        waiting = [
            (each.id, {name: each[name] for name in self._mailed_per_hour})
            for each in self
        ]
        return self.browse(limits.pick(waiting, mailed, self._mailed_per_hour))
