import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ...engine import chain
from ..base.reverse_retry import run_batch

_logger = logging.getLogger(__name__)
# The most chains that one seal covers; a night with more changes makes several seals.
CHAINS = 5000
# Events have the date on which they happened, but only appear when their transaction
# ends, so that the days of two seals have to overlap.
OVERLAP = timedelta(days=1)
#: Stands for the chain of what a company changed in its controls, which has no return.
CONTROLS = 0


class ReverseEventSeal(models.Model):
    """The state of all chains of a company on one night; seals form a chain themselves.

    The hashes hold the events of one return together. Only something outside of a
    return can tell that the return is gone with all its events. A scheduled action
    writes seals, and nobody changes them.
    """

    _name = "reverse.event.seal"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Seal over Return Events"
    _order = "id desc"
    _rec_name = "sequence"
    _log_access = False
    _company_sequence_unique = models.Constraint(
        "UNIQUE (company_id, sequence)",
        "A seal with this number exists for this company.",
    )

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    sequence = fields.Integer("Number", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    chains = fields.Json(readonly=True)
    chain_count = fields.Integer(
        "Changed Returns",
        readonly=True,
        help="Returns with new events since the seal before.",
    )
    return_count = fields.Integer(
        "Returns", readonly=True, help="All returns of the company that have events."
    )
    event_count = fields.Integer(
        "Events", readonly=True, help="All events of all returns of the company."
    )
    previous_hash = fields.Char(required=True, readonly=True)
    hash = fields.Char(
        required=True,
        readonly=True,
        help="Note it outside of this database: as long as a seal with this hash is "
        "found, nothing that happened before it was taken out.",
    )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("Seals are written by the system only."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Seals cannot be changed."))

    def unlink(self):  # pylint: disable=method-required-super
        # pylint: disable-next=no-raise-unlink
        raise UserError(self.env._("Seals cannot be deleted."))

    # ------------------------------------------------------------------
    # Sealing
    # ------------------------------------------------------------------
    @api.model
    def _cron_seal(self):
        """Seal the events of each company in a transaction of its own."""
        companies = self.env["reverse.event"]._read_group([], ["company_id"])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for (company,) in companies:
            if not run_batch(self.env, lambda c=company: self._seal(c), 1):
                return

    @api.model
    def _seal(self, company):
        """Seal what changed in the chains of this company since its last seal.

        :return: the new seals; none when nothing changed
        """
        self.env.cr.flush()
        last = self.search([("company_id", "=", company.id)], limit=1)
        chains = self._get_chains(company, last.date and last.date - OVERLAP)
        changed = chain.changed_chains(chains, self._get_sealed(company, list(chains)))
        return_count, event_count = self._get_totals(company)
        if return_count < last.return_count:
            _logger.warning(
                "Company %s has %s returns with events, its last seal counts %s: run "
                "reverse_verify",
                company.id,
                return_count,
                last.return_count,
            )
        if not changed:
            return self.browse()
        vals_list = []
        previous, sequence = last.hash or chain.ROOT, last.sequence
        for part in split_every(CHAINS, changed, list):
            sequence += 1
            vals = {
                "company_id": company.id,
                "sequence": sequence,
                "date": fields.Datetime.to_string(fields.Datetime.now()),
                "chains": part,
                "chain_count": sum(number != CONTROLS for number, *_rest in part),
                "return_count": return_count,
                "event_count": event_count,
            }
            digest = chain.link(previous, self._payload(vals))
            vals_list.append({**vals, "previous_hash": previous, "hash": digest})
            previous = digest
        seals = self._guarded_create(vals_list)
        # Logged as well, because the log is kept outside of the database.
        _logger.info(
            "Returns of company %s sealed: number %s, %s returns, %s events, hash %s",
            company.id,
            sequence,
            return_count,
            event_count,
            previous,
        )
        return seals

    @api.model
    def _payload(self, vals):
        names = ("company_id", "sequence", "date", "chains")
        totals = ("chain_count", "return_count", "event_count")
        return {name: vals[name] for name in names + totals}

    def _stored_payload(self):
        self.ensure_one()
        return self._payload(
            {
                "company_id": self.company_id.id,
                "sequence": self.sequence,
                "date": fields.Datetime.to_string(self.date),
                "chains": self.chains,
                "chain_count": self.chain_count,
                "return_count": self.return_count,
                "event_count": self.event_count,
            }
        )

    @api.model
    def _get_chains(self, company, since):
        """Give the ends of chains with events since a time: ``{id: (count, head)}``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (rma_id) rma_id, sequence, hash
                  FROM reverse_event
                 WHERE company_id = %(company)s
                   AND rma_id IN (SELECT rma_id FROM reverse_event
                                   WHERE company_id = %(company)s
                                     AND date >= %(since)s)
                 ORDER BY rma_id, sequence DESC
                """,
                company=company.id,
                since=since or fields.Datetime.to_datetime("1970-01-01"),
            )
        )
        chains = {rma_id: (count, head) for rma_id, count, head in rows}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sequence, hash FROM reverse_event
                 WHERE company_id = %s AND rma_id IS NULL
                 ORDER BY sequence DESC LIMIT 1
                """,
                company.id,
            )
        )
        for count, head in rows:
            chains[CONTROLS] = (count, head)
        return chains

    @api.model
    def _get_sealed(self, company, ids):
        """Give what seals of the overlapping days say about these chains."""
        last = self.search([("company_id", "=", company.id)], limit=1)
        if not last or not ids:
            return {}
        seals = self.search(
            [("company_id", "=", company.id), ("date", ">=", last.date - 2 * OVERLAP)],
            order="sequence",
        )
        return chain.sealed_state(seal.chains for seal in seals)

    @api.model
    def _get_totals(self, company):
        [(returns, events)] = self.env.execute_query(
            SQL(
                "SELECT count(DISTINCT rma_id), count(rma_id) FROM reverse_event"
                " WHERE company_id = %s",
                company.id,
            )
        )
        return returns, events

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    @api.model
    def _verify(self, company):
        """Verify the seals of a company, and by them that no return is missing.

        :return: ``(number of seals, newest hash, problems)``, problems as sentences
        """
        self.env.flush_all()
        # sudo: all seals are verified, whatever the user may read
        seals = self.sudo().search([("company_id", "=", company.id)], order="sequence")
        problems = []
        position = chain.first_break(
            (seal.previous_hash, seal.hash, seal._stored_payload()) for seal in seals
        )
        if position is not None:
            number = seals[position].sequence if position < len(seals) else position + 1
            problems.append(f"seal {number} was changed or is missing")
        sealed = chain.sealed_state(seal.chains or [] for seal in seals)
        for batch in split_every(CHAINS, sorted(sealed), list):
            part = {number: sealed[number] for number in batch}
            missing = chain.missing_chains(part, self._find_heads(company, part))
            problems += self._describe_missing(missing)
        last = seals[-1:]
        returns = len(sealed.keys() - {CONTROLS})
        if last and last.return_count != returns:
            problems.append(
                f"seal {last.sequence} counts {last.return_count} returns, but "
                f"{returns} are sealed"
            )
        return len(seals), last.hash or "", problems

    @api.model
    def _verify_companies(self):
        """Verify the seals of every company: ``{company: what _verify found}``."""
        # sudo: the verification covers all companies
        companies = self.sudo()._read_group([], ["company_id"], order="company_id")
        return {company: self._verify(company) for (company,) in companies}

    @api.model
    def _find_heads(self, company, sealed):
        """Give the hash of the event at which each of these chains was sealed."""
        ids = list(sealed)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT event.rma_id, event.hash
                  FROM unnest(%s, %s) AS sealed(rma_id, count)
                  JOIN reverse_event event ON event.rma_id = sealed.rma_id
                   AND event.sequence = sealed.count
                  JOIN reverse_rma rma ON rma.id = event.rma_id
                 UNION ALL
                SELECT %s, hash FROM reverse_event
                 WHERE company_id = %s AND rma_id IS NULL AND sequence = %s
                """,
                ids,
                [sealed[number][0] for number in ids],
                CONTROLS,
                company.id,
                sealed.get(CONTROLS, (0,))[0],
            )
        )
        return dict(rows)

    @api.model
    def _describe_missing(self, ids):
        # sudo: only names of returns are read
        rmas = self.env["reverse.rma"].sudo().browse(ids)
        there = rmas.exists()
        problems = []
        if CONTROLS in ids:
            problems.append(
                "changes of controls: events before their seal were changed or are "
                "missing"
            )
        return problems + [
            f"{rma.name}: events before its seal were changed or are missing"
            if rma in there
            else f"return with id {rma.id} is missing with all its events"
            for rma in rmas
        ]

    # ------------------------------------------------------------------
    # Database trigger
    # ------------------------------------------------------------------
    def init(self):
        """Refuse changes in the database itself, unless a maintenance setting is on."""
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION reverse_event_seal_append_only()
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF current_setting('reverse_logistics.maintenance', true) = 'on'
                    THEN
                        RETURN COALESCE(NEW, OLD);
                    END IF;
                    RAISE EXCEPTION 'reverse_event_seal is append-only';
                END $$;
                DROP TRIGGER IF EXISTS reverse_event_seal_append_only
                    ON reverse_event_seal;
                CREATE TRIGGER reverse_event_seal_append_only
                    BEFORE UPDATE OR DELETE ON reverse_event_seal
                    FOR EACH ROW EXECUTE FUNCTION reverse_event_seal_append_only();
                DROP TRIGGER IF EXISTS reverse_event_seal_no_truncate
                    ON reverse_event_seal;
                CREATE TRIGGER reverse_event_seal_no_truncate
                    BEFORE TRUNCATE ON reverse_event_seal
                    FOR EACH STATEMENT
                    EXECUTE FUNCTION reverse_event_seal_append_only();
                """
            )
        )
