from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import chain

_BUFFER = "reverse_logistics.events"


class ReverseEvent(models.Model):
    _name = "reverse.event"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Return Event"
    _order = "id desc"
    _rec_name = "name"
    _log_access = False

    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    sequence = fields.Integer("Number", required=True, readonly=True)
    name = fields.Char("Event", required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", "Triggered by", required=True, readonly=True, ondelete="restrict"
    )
    date = fields.Datetime(required=True, readonly=True, index=True)
    data = fields.Json(readonly=True)
    data_text = fields.Char("Details", compute="_compute_data_text")
    previous_hash = fields.Char(required=True, readonly=True)
    hash = fields.Char(required=True, readonly=True)

    _rma_sequence_unique = models.Constraint(
        "UNIQUE (rma_id, sequence)", "An event with this number exists for this return."
    )

    @api.depends("data")
    def _compute_data_text(self):
        for event in self:
            event.data_text = " · ".join(
                f"{key}: {value}" for key, value in sorted((event.data or {}).items())
            )

    # ------------------------------------------------------------------
    # Writing: one way in, none to change
    # ------------------------------------------------------------------
    @api.model
    def _log(self, records, name, data=None):
        """Note that something happened to returns; written when the transaction ends.

        :param records: returns, or records with a ``rma_id``
        :param str name: e.g. ``ReturnRequested``
        :param data: dict of codes, quantities, amounts and references, no names and no
            free text; or a function giving it for one record
        """
        precommit = self.env.cr.precommit
        buffer = precommit.data.get(_BUFFER)
        if buffer is None:
            buffer = precommit.data[_BUFFER] = []
            precommit.add(self.sudo()._write_buffer)  # sudo: nobody may create events
        now = fields.Datetime.to_string(fields.Datetime.now())
        for record in records:
            rma = record if record._name == "reverse.rma" else record.rma_id
            content = data(record) if callable(data) else data
            buffer.append((rma.id, name, self.env.uid, now, content or {}))

    @contextmanager
    def _rewind_on_error(self):
        """Forget the events noted inside the block when it fails."""
        length = len(self.env.cr.precommit.data.get(_BUFFER, ()))
        try:
            yield
        except BaseException:
            del self.env.cr.precommit.data.get(_BUFFER, [])[length:]
            raise

    def _write_buffer(self):
        """Chain and insert the events noted in this transaction, in one go."""
        buffer = self.env.cr.precommit.data.pop(_BUFFER, None)
        if not buffer:
            return
        rmas = self.env["reverse.rma"].browse({entry[0] for entry in buffer}).exists()
        heads = {
            rma.id: (rma.event_head or chain.ROOT, rma.event_count) for rma in rmas
        }
        vals_list = []
        for rma_id, name, user_id, date, data in buffer:
            if rma_id not in heads:
                continue
            previous, count = heads[rma_id]
            vals = {
                "rma_id": rma_id,
                "sequence": count + 1,
                "name": name,
                "user_id": user_id,
                "date": date,
                "data": data,
                "previous_hash": previous,
            }
            vals["hash"] = chain.link(previous, self._payload(vals))
            heads[rma_id] = (vals["hash"], vals["sequence"])
            vals_list.append(vals)
        companies = {rma.id: rma.company_id.id for rma in rmas}
        for vals in vals_list:
            vals["company_id"] = companies[vals["rma_id"]]
        # The head first: whoever saw an older one fails here and is retried, before the
        # number of his event turns out to be taken.
        for rma in rmas:
            head, count = heads[rma.id]
            rma._guarded_write({"event_head": head, "event_count": count})
        rmas.flush_recordset(["event_head", "event_count"])
        self._guarded_create(vals_list)

    @api.model
    def _payload(self, vals):
        """What the hash covers: everything but the hashes themselves."""
        names = ("rma_id", "sequence", "name", "user_id", "date", "data")
        return {name: vals[name] for name in names}

    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("Events are written by the system only."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Events cannot be changed."))

    # Whoever may delete nothing is to read the same sentence as everybody else.
    def unlink(self):  # pylint: disable=method-required-super
        # pylint: disable-next=no-raise-unlink
        raise UserError(self.env._("Events cannot be deleted."))

    # ------------------------------------------------------------------
    # Verification
    # ------------------------------------------------------------------
    @api.model
    def _find_breaks(self, rmas):
        """Verify the chains of these returns.

        :return: ``{rma: number of the first event that does not hold}``
        """
        self.env.flush_all()
        # sudo: verification covers every event of the given returns, whoever asks
        events = self.sudo().search_fetch(
            [("rma_id", "in", rmas.ids)],
            [
                "rma_id",
                "sequence",
                "name",
                "user_id",
                "date",
                "data",
                "previous_hash",
                "hash",
            ],
            order="rma_id, sequence",
        )
        links = dict.fromkeys(rmas.ids, ())
        for rma, group in events.grouped("rma_id").items():
            links[rma.id] = [
                (event.previous_hash, event.hash, event._stored_payload())
                for event in group
            ]
        breaks = {}
        for rma in rmas.sudo():  # sudo: the head may be read by whoever may verify
            position = chain.first_break(links[rma.id], rma.event_head, rma.event_count)
            if position is not None:
                breaks[rma] = position + 1
        return breaks

    def _stored_payload(self):
        return self._payload(
            {
                "rma_id": self.rma_id.id,
                "sequence": self.sequence,
                "name": self.name,
                "user_id": self.user_id.id,
                "date": fields.Datetime.to_string(self.date),
                "data": self.data or {},
            }
        )

    # ------------------------------------------------------------------
    # Database trigger
    # ------------------------------------------------------------------
    def init(self):
        """Refuse changes below Odoo too; only a maintenance setting lets them pass."""
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION reverse_event_append_only()
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF current_setting('reverse_logistics.maintenance', true) = 'on'
                    THEN
                        RETURN COALESCE(NEW, OLD);
                    END IF;
                    RAISE EXCEPTION 'reverse_event is append-only';
                END $$;
                DROP TRIGGER IF EXISTS reverse_event_append_only ON reverse_event;
                CREATE TRIGGER reverse_event_append_only
                    BEFORE UPDATE OR DELETE ON reverse_event
                    FOR EACH ROW EXECUTE FUNCTION reverse_event_append_only();
                DROP TRIGGER IF EXISTS reverse_event_no_truncate ON reverse_event;
                CREATE TRIGGER reverse_event_no_truncate
                    BEFORE TRUNCATE ON reverse_event
                    FOR EACH STATEMENT EXECUTE FUNCTION reverse_event_append_only();
                """
            )
        )
