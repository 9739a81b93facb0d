"""Photos and documents of inspected goods stay what they were."""

import base64

from odoo import Command, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..control_common import ControlCase

EVIDENCE = "is evidence of a completed inspection"
COMPLETE = "is inspected: its evidence is complete"


class EvidenceCase(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=6)
        cls.event = cls.env["reverse.event"]

    @classmethod
    def _file(cls, record=None, name="photo.txt", content=b"a dent", role="inspector"):
        """Upload a file as the web client does."""
        values = {"name": name, "raw": content}
        if record:
            values |= {"res_model": record._name, "res_id": record.id}
        return cls._as(role, cls.env["ir.attachment"]).create(values)

    @classmethod
    def _part_with_photo(cls, **values):
        """Goods with a picture of the customer and a photo of the inspector."""
        rma = cls._requested(cls.delivery, 2)
        cls._file(rma.line_ids, "customer.txt", b"it came like this", "service")
        part = cls._receive(rma)
        cls._file(part)
        return part

    @classmethod
    def _completed(cls):
        part = cls._part_with_photo()
        cls._inspect(part, "C")
        return part

    def _tamper(self, query, *parameters):
        self.env.cr.flush()
        self.env.cr.execute(query, parameters)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestEvidence(EvidenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.completed = cls._completed()

    # ------------------------------------------------------------------
    # While the goods are inspected
    # ------------------------------------------------------------------
    def test_inspectors_add_and_remove_while_draft(self):
        part = self._as("inspector", self._part_with_photo())
        first = part.photo_ids
        self.assertEqual(first.mapped("name"), ["photo.txt"])
        loose = self._file(name="second.txt", content=b"other side")
        part.photo_ids = [Command.link(loose.id)]
        self.assertEqual((loose.res_model, loose.res_id), (part._name, part.id))
        part.write({"photo_ids": [Command.unlink(first.id)]})
        self.assertFalse(first.exists())
        self.assertEqual(part.photo_ids, loose)

    def test_files_of_other_documents_are_not_taken_over(self):
        part = self._as("inspector", self._part_with_photo())
        foreign = self.env["ir.attachment"].create(
            {
                "name": "invoice.txt",
                "raw": b"x",
                "res_model": "res.partner",
                "res_id": self.customer.id,
            }
        )
        with self.assertRaisesRegex(UserError, "belongs to another document"):
            part.photo_ids = [Command.link(foreign.id)]
        self.assertEqual(foreign.res_id, self.customer.id)

    def test_content_decides_what_is_evidence(self):
        rma = self._requested(self.delivery, 2)
        part = self._receive(rma)
        refused = {
            "setup.exe": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\xff\xff",
            "photo.png": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\xff\xff",
            "page.html": b"<!DOCTYPE html><script>alert(1)</script>",
            "photo.jpg": b"<!DOCTYPE html><script>alert(1)</script>",
            "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "run.js": b"alert(1)",
        }
        for name, content in refused.items():
            sentence = f"“{name}” cannot be attached: choose a picture, a video, a PDF"
            for record in (part, rma.line_ids):
                with self.assertRaisesRegex(UserError, sentence):
                    self._file(record, name, content, "administrator")
            loose = self._file(name=name, content=content)
            with self.assertRaisesRegex(UserError, sentence):
                self._as("inspector", part).photo_ids = [Command.link(loose.id)]
        with self.assertRaisesRegex(UserError, "cannot be attached"):
            self._file(part).raw = refused["setup.exe"]
        self.assertEqual(self._file(part).name, "photo.txt")

    def test_kept_goods_take_their_photos_along(self):
        rma = self._requested(self.delivery, 2)
        photo = self._file()
        part = self._as("inspector", self.env["reverse.inspection"]).create(
            {
                "line_id": rma.line_ids.id,
                "quantity": 2,
                "disposition_id": self.dispositions["KEEP"].id,
                "photo_ids": [Command.set(photo.ids)],
            }
        )
        self.assertEqual(photo.res_id, part.id)
        self.assertEqual(part.photo_ids, photo)

    def test_customer_evidence_comes_in_until_the_inspection(self):
        rma = self._requested(self.delivery, 2)
        line = self._as("service", rma.line_ids)
        line.photo_ids = [
            Command.create({"name": "late.txt", "raw": b"late"}),
        ]
        self.assertEqual(line.photo_ids.name, "late.txt")
        self._receive(rma)
        line.photo_ids = [Command.delete(line.photo_ids.id)]
        self.assertFalse(line.photo_ids)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            line.note = "more"

    # ------------------------------------------------------------------
    # What a return was authorized with
    # ------------------------------------------------------------------
    def _authorized_with_file(self):
        rma = self._draft(self.delivery, 2)
        file = self._file(rma.line_ids, "dent.txt", b"a dent", "service")
        self._set_policy(authorize=False)
        self._call(rma, "action_request")
        self._call(self._as("approver", rma), "action_authorize")
        self.assertEqual(rma.state, "authorized")
        return rma, file

    def test_what_decided_is_not_swapped_before_the_inspection(self):
        rma, file = self._authorized_with_file()
        event = self._events(rma).filtered(lambda e: e.name == "ReturnAuthorized")
        self.assertEqual(
            event.data["line_files"], {str(rma.line_ids.id): [[file.id, file.checksum]]}
        )
        service, shown = self.users["service"], f"{rma.name} was decided with “dent"
        for values in (
            {"raw": b"forged"},
            {"name": "other.txt"},
            {"res_id": rma.line_ids.id + 1},
            {"reverse_proof": "hazard"},
        ):
            with self.assertRaisesRegex(UserError, shown):
                self._rpc(service, "ir.attachment", "write", file.ids, values)
        with self.assertRaisesRegex(UserError, "is noted when that happens"):
            self._rpc(
                service, "ir.attachment", "write", file.ids, {"reverse_decided": False}
            )
        with self.assertRaisesRegex(UserError, shown):
            self._rpc(service, "ir.attachment", "unlink", file.ids)
        with self.assertRaisesRegex(UserError, shown):
            self._as("service", rma.line_ids).photo_ids = [Command.clear()]
        # a better one is added, and taken out again
        more = self._file(rma.line_ids, "more.txt", b"a crack", "service")
        self.assertFalse(self.event._find_evidence_breaks(rma))
        self._as("service", rma.line_ids).photo_ids = [Command.unlink(more.id)]
        self.assertEqual(rma.line_ids.photo_ids, file)
        with self.assertRaisesRegex(UserError, "is noted when that happens"):
            self.env["ir.attachment"].with_user(service).with_context(
                default_reverse_decided=True
            ).create({"name": "x.txt", "raw": b"x"})

    def test_what_was_refused_is_not_swapped_either(self):
        """The picture on which a refusal rests is the customer's proof as well."""
        self._set_policy(authorize=False)
        for name, role, step in (
            ("ReturnRejected", "approver", ("action_reject", "Worn.")),
            ("ReturnCancelled", "service", ("action_cancel",)),
        ):
            rma = self._draft(self.delivery, 1)
            file = self._file(rma.line_ids, "dent.txt", b"a dent", "service")
            self._call(rma, "action_request")
            self._call(self._as(role, rma), *step)
            event = self._events(rma).filtered(lambda e, name=name: e.name == name)
            self.assertEqual(
                event.data["line_files"],
                {str(rma.line_ids.id): [[file.id, file.checksum]]},
            )
            for method, args in (("write", [{"raw": b"forged"}]), ("unlink", [])):
                with self.assertRaisesRegex(UserError, "was decided with “dent"):
                    self._rpc(
                        self.users["service"], "ir.attachment", method, file.ids, *args
                    )
            self.assertFalse(self.event._find_evidence_breaks(rma))

    def test_files_of_what_customers_wrote_stay(self):
        rma = self._draft(self.delivery, 1)
        file = self._file(rma, "shown.txt", b"it leaks", "service")
        own = self._file(rma, "own.txt", b"a note", "service")
        said = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        message = rma.sudo().message_post(
            author_id=rma.partner_id.id,
            attachment_ids=file.ids,
            **{"body": "See", **said},
        )
        service = self.users["service"]
        for method, args in (("write", [{"raw": b"forged"}]), ("unlink", [])):
            with self.assertRaisesRegex(UserError, "sent “shown.txt” with what"):
                self._rpc(service, "ir.attachment", method, file.ids, *args)
        with self.assertRaisesRegex(UserError, "stays, as who wrote it"):
            self._rpc(
                service,
                "mail.message",
                "write",
                message.ids,
                {"attachment_ids": [Command.set(own.ids)]},
            )
        self._rpc(service, "ir.attachment", "unlink", own.ids)
        self.assertEqual((message.attachment_ids, own.exists()), (file, own.browse()))

    def test_a_swap_below_odoo_is_found_before_the_inspection(self):
        rma, file = self._authorized_with_file()
        self._tamper(
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = 'forged'"
            " WHERE id = %s",
            file.id,
        )
        self.assertEqual(
            self.event._find_evidence_breaks(rma), {rma: [("changed", file.id)]}
        )

    # ------------------------------------------------------------------
    # Afterwards
    # ------------------------------------------------------------------
    def test_the_event_names_the_files(self):
        part = self.completed
        event = self._events(part.rma_id).filtered(
            lambda e: e.name == "InspectionCompleted"
        )
        photo = part.photo_ids
        self.assertEqual(event.data["parts"][0]["files"], [[photo.id, photo.checksum]])
        evidence = part.line_id.photo_ids
        self.assertEqual(
            event.data["line_files"],
            {str(part.line_id.id): [[evidence.id, evidence.checksum]]},
        )
        self.assertNotIn("photo.txt", str(event.data))

    def test_nothing_is_written_on_evidence(self):
        part = self.completed
        other = self._receive(self._requested(self.delivery, 1))
        for file in part.photo_ids | part.line_id.photo_ids:
            for values in (
                {"name": "renamed.txt"},
                {"raw": b"forged"},
                {"datas": base64.b64encode(b"forged")},
                {"db_datas": b"forged"},
                {"mimetype": "image/png"},
                {"type": "url", "url": "https://example.com"},
                {"res_model": "res.partner"},
                {"res_id": other.id + 1000},
                {"res_field": "datas"},
                {"description": "forged"},
                {"public": True},
            ):
                for user in (
                    self.users["administrator"],
                    self.env.ref("base.user_admin"),
                ):
                    with self.assertRaisesRegex(UserError, EVIDENCE):
                        self._rpc(user, "ir.attachment", "write", file.ids, values)
                with self.assertRaisesRegex(UserError, EVIDENCE):
                    file.sudo().write(values)
        self.assertEqual(part.photo_ids.raw, b"a dent")
        self.assertFalse(self.event._find_evidence_breaks(part.rma_id))

    def test_stored_names_and_checksums_are_not_written(self):
        part = self.completed
        photo = part.photo_ids
        before = (photo.store_fname, photo.checksum)
        with self.assertRaisesRegex(UserError, EVIDENCE):
            photo.sudo().write({"store_fname": "aa/forged"})
        with self.assertRaisesRegex(UserError, EVIDENCE):
            photo.sudo().write({"checksum": "0" * 40})
        self.assertEqual((photo.store_fname, photo.checksum), before)

    def test_moving_the_file_store_is_no_change(self):
        part = self.completed
        photo = part.photo_ids.sudo()
        photo.write({"raw": photo.raw, "mimetype": photo.mimetype})
        photo.generate_access_token()
        self.assertTrue(photo.access_token)
        self.assertFalse(self.event._find_evidence_breaks(part.rma_id))

    def test_evidence_is_not_deleted(self):
        part = self.completed
        files = part.photo_ids | part.line_id.photo_ids
        for file in files:
            for role in ("inspector", "administrator"):
                # what a client says about an uninstallation is not believed
                for context in ({}, {"_force_unlink": True}, {"reverse_workflow": 1}):
                    with self.assertRaisesRegex(
                        (UserError, AccessError), f"{EVIDENCE}|not allowed to access"
                    ):
                        self._rpc(
                            self.users[role],
                            "ir.attachment",
                            "unlink",
                            file.ids,
                            context=context,
                        )
            with self.assertRaisesRegex(UserError, EVIDENCE):
                file.sudo().unlink()
        self.assertEqual(files.exists(), files)

    def test_commands_do_not_reach_evidence(self):
        part = self.completed
        photo = part.photo_ids
        inspection = self._as("administrator", part)
        for command in (
            Command.unlink(photo.id),
            Command.delete(photo.id),
            Command.clear(),
            Command.set([]),
            Command.update(photo.id, {"name": "x"}),
            Command.create({"name": "new", "raw": b"new"}),
        ):
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                inspection.write({"photo_ids": [command]})
            with self.assertRaisesRegex(UserError, f"{EVIDENCE}|{COMPLETE}"):
                self._as("administrator", part.line_id).write(
                    {"photo_ids": self._for(command, part.line_id.photo_ids)}
                )
        self.assertEqual(part.photo_ids, photo)
        self.assertEqual(len(part.line_id.photo_ids), 1)

    def _for(self, command, file):
        code, record_id, value = command
        return [(code, file.id if record_id else 0, value)]

    def test_nothing_is_added_afterwards(self):
        part = self.completed
        for record in (part, part.line_id):
            with self.assertRaisesRegex(UserError, COMPLETE):
                self._file(record, role="administrator")
            with self.assertRaisesRegex(UserError, COMPLETE):
                self._rpc(
                    self.users["administrator"],
                    "ir.attachment",
                    "create",
                    [{"name": "x", "raw": "eA=="}],
                    context={
                        "default_res_model": record._name,
                        "default_res_id": record.id,
                    },
                )
            loose = self._file(role="administrator")
            with self.assertRaisesRegex(UserError, COMPLETE):
                loose.write({"res_model": record._name, "res_id": record.id})
            with self.assertRaisesRegex(UserError, COMPLETE):
                self._as("administrator", record.photo_ids).copy()
        copy = self._as("administrator", part.photo_ids).copy(
            {"res_model": part.rma_id._name, "res_id": part.rma_id.id}
        )
        self.assertEqual(copy.res_id, part.rma_id.id)
        self.assertEqual(len(part.photo_ids), 1)

    def test_inspections_do_not_go_with_their_files(self):
        part = self.completed
        photo = part.photo_ids
        for records in (part, part.line_id, part.rma_id):
            with self.assertRaisesRegex(
                (UserError, AccessError), "can no longer|delete"
            ):
                self._as("administrator", records).unlink()
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                self._as("administrator", records).sudo().unlink()
        self.assertTrue(photo.exists())
        self.assertTrue(part.exists())

    def test_clients_do_not_pretend_an_uninstallation(self):
        rma = self._requested(self.delivery, 1)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            self._rpc(
                self.users["service"],
                "reverse.rma",
                "unlink",
                rma.ids,
                context={"_force_unlink": True},
            )
        self.assertTrue(rma.exists())

    def test_nor_one_of_the_rules_that_decide(self):
        version = self._get_version()
        self.product.categ_id = self.env["product.category"].create({"name": "Toys"})
        category = self.product.categ_id
        draft = version.copy()
        draft.rule_ids.category_ids = category
        deputies = self._as("approver", self.env["reverse.delegation"]).create(
            {
                "delegate_id": self.users["service"].id,
                "date_to": "2099-01-01",
            }
        )
        self.env.flush_all()
        for user, record, refusal in (
            ("administrator", version.rule_ids, "is Active and can no longer be"),
            ("administrator", version.policy_id, "archive it instead"),
            ("administrator", category, "is a condition of the rule"),
            ("service", deputies, "can name this deputy|not allowed"),
        ):
            user = self.users[user]
            user.group_ids += self.env.ref("product.group_product_manager")
            with (
                self.subTest(record=record),
                self.assertRaisesRegex((UserError, AccessError), refusal),
            ):
                self._rpc(
                    user,
                    record._name,
                    "unlink",
                    record.ids,
                    context={"_force_unlink": True},
                )

    def test_superseded_inspections_keep_theirs(self):
        part = self.completed
        self._as("inspector", part).action_reinspect()
        self.assertEqual(part.state, "superseded")
        with self.assertRaisesRegex(UserError, EVIDENCE):
            self._as("inspector", part.photo_ids).unlink()
        again = part.rma_id.inspection_ids - part
        self._file(again, "again.txt", b"second look")
        self._inspect(again, "A")
        self.env.cr.flush()
        self.assertEqual(self.event._find_evidence_breaks(part.rma_id), {})
        self.assertEqual(again.photo_ids.name, "again.txt")

    # ------------------------------------------------------------------
    # Tampering below Odoo
    # ------------------------------------------------------------------
    def test_tampering_is_found(self):
        part = self.completed
        rma = part.rma_id
        photo = part.photo_ids
        self.env.cr.flush()
        self.assertEqual(self.event._find_evidence_breaks(rma), {})
        self._tamper(
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = 'forged'"
            " WHERE id = %s",
            photo.id,
        )
        self.assertEqual(
            self.event._find_evidence_breaks(rma), {rma: [("changed", photo.id)]}
        )
        self._tamper("DELETE FROM ir_attachment WHERE id = %s", photo.id)
        self.assertEqual(
            self.event._find_evidence_breaks(rma), {rma: [("missing", photo.id)]}
        )
        action = self._as("auditor", rma).action_verify_events()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn(rma.name, action["params"]["message"])

    def test_files_slipped_in_are_found(self):
        part = self.completed
        loose = self._file(name="alibi.txt", content=b"alibi")
        self._tamper(
            "UPDATE ir_attachment SET res_model = 'reverse.inspection', res_id = %s"
            " WHERE id = %s",
            part.id,
            loose.id,
        )
        self.assertEqual(
            self.event._find_evidence_breaks(part.rma_id),
            {part.rma_id: [("added", loose.id)]},
        )
        self.assertEqual(self.event._find_breaks(part.rma_id), {})


@tagged("post_install", "-at_install")
class TestUpload(EvidenceCase, HttpCase):
    """Files uploaded in the browser."""

    def _upload(self, record, name, content):
        self.authenticate(self.users["inspector"].login, self.users["inspector"].login)
        answer = self.url_open(
            "/web/binary/upload_attachment",
            data={
                "model": record._name,
                "id": record.id,
                "csrf_token": http.Request.csrf_token(self),
            },
            files={"ufile": (name, content)},
        )
        return answer.json()[0]

    def test_who_uploads_reads_why_a_file_is_refused(self):
        part = self._receive(self._requested(self.delivery, 2))
        answer = self._upload(part, "setup.exe", b"MZ\x90\x00\x03\x00")
        self.assertRegex(answer["error"], "“setup.exe” cannot be attached: choose")
        answer = self._upload(part, "dent.txt", b"a dent")
        self.assertEqual(answer["filename"], "dent.txt")
        self.assertEqual(part.photo_ids.ids, [answer["id"]])
        self._inspect(part, "C")
        answer = self._upload(part, "late.txt", b"another dent")
        self.assertRegex(answer["error"], COMPLETE)
