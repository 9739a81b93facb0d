import json
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, split_every

from ...engine import chain
from ..base.reverse_labels import get_labels

_BUFFER = "reverse_logistics.events"
#: Events of decisions that only people take, so that their data need not say so.
DECISIONS = (
    "ReturnRejected",
    "ReturnCancelled",
    "InspectionCompleted",
    "CreditDenied",
    "CreditReversed",
    "ExceptionResolved",
    "ApprovalGiven",
    "ApprovalRefused",
)
BATCH = 500
#: What has a chain of its own: the fields that keep its head and how long it is, and
#: the field of its events. That of a company is about changes of its controls.
CHAINS = {
    "reverse.rma": ("event_head", "event_count", "rma_id"),
    "res.company": ("reverse_event_head", "reverse_event_count", "company_id"),
}
# Events that name files which were removed on purpose.
REMOVED = ("PersonalDataErased", "EvidencePurged")
FIXED = ("InspectionCompleted", "InspectionSuperseded")
# Events that name files with which something was decided; more may be added.
SHOWN = ("ReturnAuthorized", "ReturnRejected", "ReturnCancelled")


class ReverseEvent(models.Model):
    """Something that happened to a return, in a chain that nobody can change unseen.

    Only ``_log`` writes events, when the transaction ends, and nobody changes them.
    Each event has the hash of the one before, and the return has the last hash. Events
    record codes, quantities and references, never names or free text. What people read
    (``title``, ``data_text``, ``decided_by``) is made from that in their language.

    What was changed about controls, and who got which duty, is a chain for each
    company, which has its last hash: these events name no return.

    A new event needs its title in ``_titles``. Keys of its data that people should read
    are put into words by the ``_describe_*`` methods, one for each subject.
    """

    _name = "reverse.event"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Return Event"
    _order = "id desc"
    _rec_name = "name"
    _log_access = False
    _rma_sequence_unique = models.Constraint(
        "UNIQUE (rma_id, sequence)", "An event with this number exists for this return."
    )

    _company_sequence_unique = models.UniqueIndex(
        "(company_id, sequence) WHERE rma_id IS NULL",
        "An event with this number exists for this company.",
    )

    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="Empty for what was changed about the controls of the company.",
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
    title = fields.Char("What Happened", compute="_compute_title")
    decided_by = fields.Char(
        "Decided by",
        compute="_compute_decided_by",
        help="Of decisions: the policy where it decided by itself, else the person.",
    )
    data_raw = fields.Text("Recorded Data", compute="_compute_data_raw")

    # ------------------------------------------------------------------
    # Writing events, which cannot be changed afterwards
    # ------------------------------------------------------------------
    @api.model
    def _log(self, records, name, data=None):
        """Note that something happened to returns; written when the transaction ends.

        :param records: returns, records with a ``rma_id``, or companies
        :param str name: of the event, such as ``ReturnRequested``
        :param data: dict of codes, quantities, amounts and references, without names
            and free text; or a function that gives it for one record
        """
        precommit = self.env.cr.precommit
        buffer = precommit.data.get(_BUFFER)
        if buffer is None:
            buffer = precommit.data[_BUFFER] = []
            precommit.add(self.sudo()._write_buffer)  # sudo: nobody may create events
        now = fields.Datetime.to_string(fields.Datetime.now())
        for record in records:
            owner = record if record._name in CHAINS else record.rma_id
            content = data(record) if callable(data) else data
            key = (owner._name, owner.id)
            buffer.append((key, name, self.env.uid, now, content or {}))

    @contextmanager
    def _rewind_on_error(self):
        """Forget events noted inside the block when it fails."""
        length = len(self.env.cr.precommit.data.get(_BUFFER, ()))
        try:
            yield
        except BaseException:
            del self.env.cr.precommit.data.get(_BUFFER, [])[length:]
            raise

    def _write_buffer(self):
        """Chain and insert all events noted in this transaction."""
        buffer = self.env.cr.precommit.data.pop(_BUFFER, None)
        if not buffer:
            return
        owners = {}
        for model, id_ in {entry[0] for entry in buffer}:
            owners.setdefault(model, set()).add(id_)
        for model, ids in owners.items():
            self._write_chains(
                self.env[model].browse(ids).exists(),
                [entry for entry in buffer if entry[0][0] == model],
            )

    def _write_chains(self, owners, entries):
        """Add these entries to the chains of returns, or of companies."""
        head_field, count_field, field = CHAINS[owners._name]
        heads = {
            owner.id: (owner[head_field] or chain.ROOT, owner[count_field])
            for owner in owners
        }
        companies = {
            owner.id: (owner if field == "company_id" else owner.company_id).id
            for owner in owners
        }
        vals_list = []
        for (_model, owner_id), name, user_id, date, data in entries:
            if owner_id not in heads:
                continue
            previous, count = heads[owner_id]
            vals = {
                field: owner_id,
                "sequence": count + 1,
                "name": name,
                "user_id": user_id,
                "date": date,
                "data": data,
                "previous_hash": previous,
            }
            vals["hash"] = chain.link(previous, self._payload(vals))
            heads[owner_id] = (vals["hash"], vals["sequence"])
            vals_list.append({**vals, "company_id": companies[owner_id]})
        # The head is written first: a transaction that saw an older head fails here
        # and is repeated, while a duplicate number would be an error for the user.
        for owner in self._workflow_of(owners):
            head, count = heads[owner.id]
            owner.write({head_field: head, count_field: count})
        owners.flush_recordset([head_field, count_field])
        self._guarded_create(vals_list)

    def _workflow_of(self, owners):
        """Give records of another model with the right to write guarded fields."""
        return owners.with_env(self._workflow().env)

    @api.model
    def _payload(self, vals):
        """Give what the hash covers: everything except the hashes themselves."""
        owner = "rma_id" if vals.get("rma_id") else "company_id"
        names = (owner, "sequence", "name", "user_id", "date", "data")
        return {name: vals[name] for name in names}

    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("Events are written by the system only."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Events cannot be changed."))

    def unlink(self):  # pylint: disable=method-required-super
        # Raised for everybody, so that users without the right to delete read the same.
        # pylint: disable-next=no-raise-unlink
        raise UserError(self.env._("Events cannot be deleted."))

    def init(self):
        """Refuse changes in the database itself, unless a maintenance setting is on."""
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

    # ------------------------------------------------------------------
    # Verifying chains of events: of returns, of companies, or of the whole database
    # ------------------------------------------------------------------
    @api.model
    def _find_breaks(self, owners):
        """Verify the chains of these returns, or of what companies changed in controls.

        :return: ``{owner: number of the first event that does not hold}``
        """
        self.env.flush_all()
        head_field, count_field, field = CHAINS[owners._name]
        domain = [(field, "in", owners.ids)]
        if field != "rma_id":
            domain.append(("rma_id", "=", False))
        # sudo: all events are verified, whatever the user may read
        events = self.sudo().search_fetch(
            domain,
            [
                "rma_id",
                "company_id",
                "sequence",
                "name",
                "user_id",
                "date",
                "data",
                "previous_hash",
                "hash",
            ],
            order=f"{field}, sequence",
        )
        links = dict.fromkeys(owners.ids, ())
        for owner, group in events.grouped(field).items():
            links[owner.id] = [
                (event.previous_hash, event.hash, event._stored_payload())
                for event in group.sorted("sequence")
            ]
        breaks = {}
        for owner in owners.sudo():  # sudo: who may verify may read it
            position = chain.first_break(
                links[owner.id], owner[head_field], owner[count_field]
            )
            if position is not None:
                breaks[owner] = position + 1
        return breaks

    def _stored_payload(self):
        return self._payload(
            {
                "rma_id": self.rma_id.id,
                "company_id": self.company_id.id,
                "sequence": self.sequence,
                "name": self.name,
                "user_id": self.user_id.id,
                "date": fields.Datetime.to_string(self.date),
                "data": self.data or {},
            }
        )

    @api.model
    def _verify_companies(self):
        """Verify the chain of every return, and of every company.

        :return: ``{company: (number of chains, {owner: first broken event})}``
        """
        # sudo: the verification covers all companies
        rmas = self.env["reverse.rma"].sudo()
        found = {}
        for company, ids in rmas._read_group([], ["company_id"], ["id:array_agg"]):
            breaks = {}
            for batch in split_every(BATCH, sorted(ids)):
                breaks.update(self._find_breaks(rmas.browse(batch)))
                self.env.invalidate_all()
            found[company] = (len(ids), breaks)
        companies = self.env["res.company"].sudo()  # sudo: as above
        companies = companies.with_context(active_test=False).search([("id", ">", 0)])
        broken = self._find_breaks(companies)
        told = self.sudo()._read_group([("rma_id", "=", False)], ["company_id"])
        for company in {company for (company,) in told} | set(broken):
            count, breaks = found.get(company, (0, {}))
            if company in broken:
                breaks = {**breaks, company: broken[company]}
            found[company] = (count + 1, breaks)
        return found

    # ------------------------------------------------------------------
    # Verifying that evidence is still what the events say it was
    # ------------------------------------------------------------------
    @api.model
    def _find_evidence_breaks(self, rmas):
        """Compare files and answers of completed inspections with what events recorded.

        Every file is read, because both the database and the file store can be tampered
        with.

        :return: ``{rma: [(what, id)]}``, where *what* is ``changed``, ``missing`` or
            ``added`` for an attachment, and ``answers`` for an inspection whose
            questions or answers are not those of then
        """
        self.env.flush_all()
        # sudo: all files are verified, whatever the user may read
        events = self.sudo().search(
            [("rma_id", "in", rmas.ids), ("name", "in", (*SHOWN, *FIXED, *REMOVED))],
            order="rma_id, sequence",
        )
        breaks = {}
        for rma, group in events.grouped("rma_id").items():
            found = self._compare_files(*group._get_recorded_files())
            found += group._compare_answers()
            if found:
                breaks[rma.with_env(self.env)] = found
        return breaks

    @api.model
    def _verify_evidence(self):
        """Verify files and answers of every return: ``{rma: [(what, id)]}``."""
        # sudo: the verification covers all companies
        rmas = self.env["reverse.rma"].sudo()
        breaks = {}
        for batch in split_every(BATCH, rmas.search([("id", ">", 0)], order="id").ids):
            breaks.update(self._find_evidence_breaks(rmas.browse(batch)))
            self.env.invalidate_all()
        return breaks

    def _get_recorded_files(self):
        """Give what these events of one return say about files.

        :return: ``({(model, record id): {attachment id: checksum}}, removed ids, those
            of the keys whose files are complete)``
        """
        recorded = {}
        removed, complete = set(), set()
        for event in self:
            data = event.data or {}
            if event.name in SHOWN:
                for line, files in data.get("line_files", {}).items():
                    key = ("reverse.rma.line", int(line))
                    recorded.setdefault(key, {}).update(dict(files))
                continue
            if event.name in REMOVED:
                removed.update(data.get("attachments", ()))
                continue
            for part in data.get("parts", ()):
                key = ("reverse.inspection", part["inspection"])
                recorded.setdefault(key, {}).update(dict(part.get("files", ())))
                complete.add(key)
                key = ("reverse.rma.line", part["line"])
                files = data.get("line_files", {}).get(str(part["line"]), ())
                recorded.setdefault(key, {}).update(dict(files))
                complete.add(key)
        return recorded, removed, complete

    @api.model
    def _compare_files(self, recorded, removed, complete):
        attachments = self.env["ir.attachment"].sudo()  # sudo: as above
        found = []
        for key, files in recorded.items():
            name, record_id = key
            stored = attachments.search(
                [
                    ("res_model", "=", name),
                    ("res_id", "=", record_id),
                    ("res_field", "=", False),
                ]
            )
            more = stored.filtered(lambda f, files=files: f.id not in files)
            found += [("added", file.id) for file in more if key in complete]
            for file_id, digest in files.items():
                file = stored.filtered(lambda f, file_id=file_id: f.id == file_id)
                if not file and file_id not in removed:
                    found.append(("missing", file_id))
                elif file and not file._is_reverse_content(digest):
                    found.append(("changed", file_id))
        return sorted(found)

    def _compare_answers(self):
        """Give the inspections whose answers are not what these events recorded.

        :param self: events of one return
        :return: ``[("answers", inspection id)]``; none where words or photos of the
            return were removed on purpose, which a hash of all of them cannot tell
        """
        if set(REMOVED) & set(self.mapped("name")):
            return []
        recorded = {
            part["inspection"]: {name: part[name] for name in ("questions", "answers")}
            for event in self
            if event.name in FIXED
            for part in (event.data or {}).get("parts", ())
            if "answers" in part
        }
        # sudo: all answers are verified, whatever the user may read
        parts = self.env["reverse.inspection"].sudo().browse(sorted(recorded))
        there = parts.exists()
        return [
            ("answers", part.id)
            for part in parts
            if part not in there or part._get_answer_hashes() != recorded[part.id]
        ]

    # ------------------------------------------------------------------
    # Events in words, made from the codes and references that are recorded
    # ------------------------------------------------------------------
    def _titles(self):
        """Give the title of each event, by its name.

        Addons that log events of their own extend this.
        """
        return {
            "ReturnRequested": self.env._("Return requested"),
            "WithdrawalAcknowledged": self.env._("Withdrawal acknowledged"),
            "ReturnAuthorized": self.env._("Return authorized"),
            "ReturnRejected": self.env._("Return rejected"),
            "ReturnCancelled": self.env._("Return cancelled"),
            "ReturnClosed": self.env._("Return closed"),
            "ReturnProofAdded": self.env._("Proof added"),
            "ReturnSourceNamed": self.env._("Order line named"),
            "ReturnShipped": self.env._("Shipped by the customer"),
            "ReturnReceived": self.env._("Goods received"),
            "InspectionCompleted": self.env._("Inspection completed"),
            "InspectionSuperseded": self.env._("To be inspected again"),
            "InventoryDispositionUpdated": self.env._("Goods put away"),
            "CreditSubmitted": self.env._("Settlement submitted"),
            "CreditApproved": self.env._("Settlement approved"),
            "CreditSentBack": self.env._("Settlement sent back"),
            "CreditDenied": self.env._("Credit denied"),
            "CreditCancelled": self.env._("Settlement cancelled"),
            "CreditReversed": self.env._("Credit reversed"),
            "NothingDue": self.env._("Settled: nothing was due"),
            "InvoiceAdjusted": self.env._("Credit note posted"),
            "CreditOutside": self.env._("Credit note outside of returns"),
            "DriftFound": self.env._("Stored quantities corrected"),
            "ExceptionRaised": self.env._("Exception opened"),
            "ExceptionResolved": self.env._("Exception resolved"),
            "LegalHoldSet": self.env._("Legal hold set"),
            "LegalHoldReleased": self.env._("Legal hold released"),
            "CustomerMerged": self.env._("Customer merged with another one"),
            "PersonalDataErased": self.env._("Personal data erased"),
            "EvidencePurged": self.env._("Evidence removed after retention"),
            "AdvanceProposed": self.env._("Replacement in advance proposed"),
            "ReplacementReleased": self.env._("Replacement released"),
            "ReplacementAddressConfirmed": self.env._(
                "Another address of the replacement confirmed"
            ),
            "ReplacementSent": self.env._("Replacement sent"),
            "ClaimCorrected": self.env._("Shipping error corrected"),
            "ReturnOrderNamed": self.env._("New order named"),
            "ExceptionEscalated": self.env._("Exception escalated"),
            "DeadlineExtended": self.env._("Deadline extended"),
            "ReturnClosedShort": self.env._("No longer expected"),
            "ReturnExpired": self.env._("Return expired"),
            "ReturnExtended": self.env._("Validity extended"),
            "ReturnReopened": self.env._("Return reopened"),
            "ReturnWithdrawn": self.env._("Return withdrawn"),
            "LateGoodsTaken": self.env._("Late goods taken in"),
            "ParcelCameBack": self.env._("Parcel came back"),
            "ReceiptCorrected": self.env._("Receipt corrected"),
            "UnclaimedNoticed": self.env._("Customer asked to collect the goods"),
            "StorageCharged": self.env._("Storage fee invoiced"),
            "UnclaimedDisposed": self.env._("Unclaimed goods disposed of"),
            "GoodsTakenIn": self.env._("Taken in as the customer's property"),
            "TitleTaken": self.env._("Goods taken over from the customer"),
            "FeeCharged": self.env._("Fee set by policy"),
            "ApprovalRequested": self.env._("Approval asked for"),
            "ApprovalGiven": self.env._("Approved"),
            "ApprovalRefused": self.env._("Approval refused"),
            "ApprovalCancelled": self.env._("Approval no longer asked for"),
            "ApprovalEscalated": self.env._("Approval passed to another role"),
            "DeputyActed": self.env._("A deputy decided"),
            "ReturnRouted": self.env._("Facility chosen"),
            "ReturnCalled": self.env._("Goods called for"),
            "CommercialExceptionGranted": self.env._("Goodwill granted"),
            "CreditAdvanced": self.env._("Credit before the inspection"),
            "GoodsBilledAgain": self.env._("To be billed again"),
            "ControlCreated": self.env._("Control entered"),
            "ControlChanged": self.env._("Control changed"),
            "ControlDeleted": self.env._("Control deleted"),
            "ControlChangeAsked": self.env._("Change of a control asked for"),
            "ControlChangeRefused": self.env._("Change of a control refused"),
            "PolicyActivated": self.env._("Version of the policy activated"),
            "PolicyTakenOut": self.env._("Version of the policy taken out of force"),
            "OfferMade": self.env._("Offer made to the customer"),
            "OfferAnswered": self.env._("Offer answered"),
            "OfferExpired": self.env._("Offer not answered in time"),
            "OfferWithdrawn": self.env._("Offer withdrawn"),
            "DutyGiven": self.env._("Duty given"),
            "DutyTaken": self.env._("Duty taken away"),
            "SignInChanged": self.env._(
                "How somebody with duties signs in was changed"
            ),
        }

    @api.depends("name")
    def _compute_title(self):
        titles = self._titles()
        for event in self:
            event.title = titles.get(event.name, event.name)

    @api.depends("data")
    def _compute_data_text(self):
        # Events name the same few products and codes, so each is looked up only once.
        known = {"reverse.rma.line": self._get_described_lines()}
        for event in self.with_context(reverse_event_known=known):
            data = event.data or {}
            texts = [
                *event._describe_goods(data),
                *event._describe_money(data),
                *event._describe_exception(data),
                *event._describe_approval(data),
                *event._describe_withdrawal(data),
                *event._describe_offer(data),
                *event._describe_decider(data),
            ]
            event.data_text = " · ".join(filter(None, texts))

    def _describe_goods(self, data):
        for line in data.get("lines") or data.get("parts") or ():
            yield self._describe_quantity(line)
        if data.get("short_reason"):
            field = self.env["reverse.rma.line"]._fields["short_reason"]
            labels = dict(field._description_selection(self.env))
            yield labels.get(data["short_reason"], data["short_reason"])
        if data.get("until"):
            yield self.env._("until %(day)s", day=data["until"])
        if data.get("facility"):
            yield self._name_facility(data["facility"])
        if data.get("route_rule"):
            # sudo: only the name of the rule that decided is read
            rules = self.env["reverse.route.rule"].sudo().browse(data["route_rule"])
            name = self._recall(
                ("reverse.route.rule", data["route_rule"]),
                lambda: rules.exists().name,
            )
            yield self.env._("by rule “%(rule)s”", rule=name or data["route_rule"])
        if data.get("moment"):
            field = self.env["reverse.settlement"]._fields["early_moment"]
            labels = dict(field._description_selection(self.env))
            yield self.env._(
                "with: %(moment)s", moment=labels.get(data["moment"], data["moment"])
            )

    def _describe_quantity(self, line):
        lines = self._recall("reverse.rma.line", self._get_described_lines)
        product = lines.get(line.get("line"), self.env["reverse.rma.line"]).product_id
        texts = [f"{line.get('quantity', 0):.12g} × {product.display_name}"]
        for model, key in (
            ("reverse.condition", "condition"),
            ("reverse.disposition", "disposition"),
            ("reverse.reason", "reason"),
        ):
            if line.get(key):
                texts.append(self._name_of(model, line[key]))
        if line.get("graded"):
            grade = self._name_of("reverse.condition", line["graded"])
            texts.append(self.env._("by the answers %(grade)s", grade=grade))
        if line.get("released"):
            texts.append(self.env._("out of quarantine"))
        levels = {
            "assumed": self.env._("not inspected"),
            "sample": self.env._("random check"),
        }
        if line.get("level") in levels:
            texts.append(levels[line["level"]])
        return ", ".join(texts)

    def _describe_money(self, data):
        for note in data.get("credit_notes") or ():
            yield f"{note['number']}: {self._format(note['total'], note['currency'])}"
        if "amount" in data:
            yield self._format(data["amount"], data.get("currency"))
        for fee in data.get("fees") or ():
            yield self._format(fee["fee"], fee["currency"])

    def _describe_exception(self, data):
        exceptions = self.env["reverse.exception"]
        if data.get("type"):
            labels = get_labels(exceptions, "type")
            yield labels.get(data["type"], data["type"])
        if data.get("resolution"):
            yield exceptions.new({"resolution": data["resolution"]}).resolution_label
        if data.get("by_itself"):
            yield self.env._("closed by itself: its cause has gone")

    def _describe_approval(self, data):
        approvals = self.env["reverse.approval"]
        if data.get("gate"):
            yield approvals._get_gate_labels().get(data["gate"], data["gate"])
        if data.get("end"):
            labels = approvals._fields["end"]._description_selection(self.env)
            yield dict(labels).get(data["end"], data["end"])
        if data.get("for_user"):
            # sudo: only the name of a colleague in the event is read
            user = self.env["res.users"].sudo().browse(data["for_user"]).exists()
            yield self.env._("as deputy of %(user)s", user=user.name or "")

    def _describe_withdrawal(self, data):
        if data.get("stated_on"):
            yield self.env._(
                "stated on %(stated)s, to be paid back by %(due)s",
                stated=format_date(self.env, data["stated_on"]),
                due=format_date(self.env, data.get("refund_due_on")),
            )

    def _describe_offer(self, data):
        offers = self.env["reverse.offer"]
        for key, name in (
            ("offer_kind", "kind"),
            ("answer", "state"),
            ("through", "answered_through"),
        ):
            if data.get(key):
                yield get_labels(offers, name).get(data[key], data[key])

    def _describe_decider(self, data):
        if policy := self._name_policy(data):
            yield self.env._("decided by %(policy)s", policy=policy)
        elif data.get("decider"):
            yield self.env._("decided by a person")
        if data.get("combined_duties"):
            yield self.env._("combined duties used")

    @api.depends("data", "name", "user_id")
    def _compute_decided_by(self):
        for event in self:
            data = event.data or {}
            by_person = data.get("decider") or event.name in DECISIONS
            # sudo: only the name of whoever took the step is read
            policy = event._name_policy(data)
            event.decided_by = (policy and f"{policy[0].upper()}{policy[1:]}") or (
                by_person and not data.get("by_itself") and event.sudo().user_id.name
            )

    def _name_policy(self, data):
        """Give the name of the policy that decided, None where a person did."""
        kind, *reference = (data.get("decider") or "").split(":")
        if kind != "policy":
            return None
        if not reference:
            return self.env._("policy")
        policy_id, version = reference
        # sudo: only the name of the policy that decided is read
        policies = self.env["reverse.policy"].sudo().browse(int(policy_id))
        name = self._recall(
            ("reverse.policy", policy_id), lambda: policies.exists().name
        )
        return self.env._(
            "policy “%(policy)s”, version %(version)s",
            policy=name or policy_id,
            version=version,
        )

    def _name_of(self, model, code):
        # sudo: only names for the codes in the event are read
        configuration = self.env[model].sudo().with_context(active_test=False)
        names = self._recall(
            model,
            lambda: {
                record.code: record.display_name for record in configuration.search([])
            },
        )
        return names.get(code) or code

    def _name_facility(self, id_):
        # sudo: only names of facilities in events are read
        facilities = self.env["reverse.facility"].sudo()
        facilities = facilities.with_context(active_test=False)
        names = self._recall(
            "reverse.facility",
            lambda: {record.id: record.name for record in facilities.search([])},
        )
        return names.get(id_)

    def _format(self, amount, currency_name):
        currencies = self.env["res.currency"].with_context(active_test=False)
        currency = self._recall(
            ("res.currency", currency_name),
            lambda: currencies.search([("name", "=", currency_name)], limit=1),
        )
        return currency.format(amount) if currency else f"{amount:.2f}"

    def _get_described_lines(self):
        ids = {
            line.get("line")
            for event in self
            for key in ("lines", "parts")
            for line in (event.data or {}).get(key) or ()
        }
        lines = self.env["reverse.rma.line"].browse(ids - {None, False}).exists()
        # sudo: only names of products in the event are read
        return {line.id: line for line in lines.sudo()}

    def _recall(self, key, find):
        """Give what was found for a key before, while several events are described.

        :param find: function that looks it up
        """
        known = self.env.context.get("reverse_event_known", {})
        if key not in known:
            known[key] = find()
        return known[key]

    @api.depends("data")
    def _compute_data_raw(self):
        for event in self:
            event.data_raw = json.dumps(event.data or {}, indent=2, sort_keys=True)
