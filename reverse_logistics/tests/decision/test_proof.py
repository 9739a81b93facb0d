"""What a rule wants to see before goods come back."""

import base64

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import ReturnsCommon

# One pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJ"
    "RU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestProof(ReturnsCommon):
    def _attach(self, line, name="note.txt", raw=b"text", **values):
        files = self._as("service", self.env["ir.attachment"])
        return files.create(
            {
                "name": name,
                "raw": raw,
                "res_model": line._name,
                "res_id": line.id,
                **values,
            }
        )

    def _photo(self, line, **values):
        return self._attach(line, "photo.png", PIXEL, **values)

    def _asked(self, **proofs):
        """A draft of something sold, under a rule that asks for proof."""
        self._set_policy(**{f"proof_{code}": True for code in proofs})
        return self._draft(self._sold()[1])

    def assertRefused(self, rma, missing):
        with self.assertRaisesRegex(
            UserError, f"We need this before it can be returned: {missing}. Please add"
        ):
            rma.action_request()
        self.assertEqual(rma.state, "draft")

    # ------------------------------------------------------------------
    # Photos
    # ------------------------------------------------------------------
    def test_a_photo_is_asked_for_and_an_image_is_one(self):
        rma = self._asked(photo=1)
        self.assertRefused(rma, "photo")
        self._attach(rma.line_ids)
        self.assertRefused(rma, "photo")
        self._photo(rma.line_ids)
        rma.action_request()
        self.assertEqual(rma.line_ids.decision, "authorize")
        self.assertEqual(rma.state, "authorized")
        with self.assertRaisesRegex(UserError, "was decided with “"):
            self._as("service", rma.line_ids.photo_ids).raw = PIXEL + b"x"

    def test_an_image_of_something_else_is_no_photo(self):
        rma = self._asked(photo=1, hazard=1)
        self._photo(rma.line_ids, reverse_proof="hazard")
        self.assertRefused(rma, "photo")
        self.assertFalse(rma.line_ids.photo_ids)
        self.assertEqual(rma.line_ids.hazard_document_ids.name, "photo.png")
        self._photo(rma.line_ids)
        rma.action_request()
        self.assertEqual(rma.state, "authorized")

    def test_one_photo_shows_all_of_a_product(self):
        """A line that is split over deliveries was shown once."""
        self._set_policy(proof_photo=True)
        self._sold(quantity=1)
        self._sold(quantity=1)
        rma = self._draft(self.product, 2)
        self._photo(rma.line_ids)
        rma.action_request()
        self.assertEqual(len(rma.line_ids), 2)
        self.assertEqual(set(rma.line_ids.mapped("decision")), {"authorize"})

    def test_a_photo_of_another_product_shows_nothing(self):
        rma = self._asked(photo=1)
        other = self._sold(self._create_product("Cable"))[1]
        self._as("service", rma).line_ids = [Command.create({"move_id": other.id})]
        self._photo(rma.line_ids[0])
        self.assertRefused(rma, "photo")
        self._photo(rma.line_ids[1])
        rma.action_request()
        self.assertEqual(rma.state, "authorized")

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------
    def test_a_declaration_has_to_say_that_it_is_one(self):
        rma = self._asked(hazard=1)
        self.assertRefused(rma, "hazard declaration")
        self._attach(rma.line_ids)
        self.assertRefused(rma, "hazard declaration")
        self._attach(rma.line_ids, reverse_proof="hazard")
        rma.action_request()
        self.assertEqual(rma.state, "authorized")

    def test_a_known_sale_proves_itself(self):
        rma = self._asked(purchase=1)
        rma.action_request()
        self.assertEqual(rma.line_ids.decision, "authorize")

    def test_goods_without_a_sale_need_a_document(self):
        self._set_policy(proof_purchase=True)
        rma = self._draft(self._create_product("Unknown"))
        self.assertRefused(rma, "purchase document")
        self._attach(rma.line_ids, reverse_proof="purchase")
        rma.action_request()
        self.assertEqual(rma.line_ids.decision_code, "no_source")
        self.assertEqual(self._open_exceptions(rma), ["no_source"])

    def test_what_holds_nothing_proves_nothing(self):
        self._set_policy(proof_purchase=True)
        rma = self._draft(self._create_product("Unknown"))
        with self.assertRaisesRegex(UserError, "“note.txt” is empty and shows nothing"):
            self._attach(rma.line_ids, raw=b"", reverse_proof="purchase")
        link = {"raw": False, "type": "url", "url": "https://example.com/bill.pdf"}
        self._attach(rma.line_ids, reverse_proof="purchase", **link)
        self.assertRefused(rma, "purchase document")

    def test_a_sale_that_somebody_entered_needs_a_document(self):
        self._set_policy(proof_purchase=True)
        sale = self.env["reverse.historic.sale"].create(
            {
                "partner_id": self.customer.id,
                "product_id": self.product.id,
                "quantity": 1,
                "date": self.env.company._get_reverse_today(),
                "invoice_name": "OLD/1",
            }
        )
        rma = self._draft(self.product, historic_sale_id=sale.id)
        sale.confirmed = False
        self.assertRefused(rma, "purchase document")
        self._attach(rma.line_ids, reverse_proof="purchase")
        rma.action_request()
        self.assertEqual(rma.line_ids.decision, "review")
        self.assertIn("entered by hand", rma.line_ids.explanation)

    # ------------------------------------------------------------------
    # Numbers
    # ------------------------------------------------------------------
    def _deliver_serials(self, *names):
        lots = self._create_lots(self.serial_product, *names)
        order = self._order(self.serial_product, len(lots))
        return lots, self._deliver(order, lots=dict.fromkeys(lots, 1))

    def test_a_serial_number_has_to_be_named(self):
        self._set_policy(proof_serial=True)
        lots, delivery = self._deliver_serials("S-1", "S-2")
        rma = self._draft(delivery)
        self.assertRefused(rma, "lot/serial number")
        self._as("service", rma).line_ids.lot_id = lots[0]
        rma.action_request()
        self.assertEqual(rma.line_ids.decision, "authorize")

    def test_a_number_that_did_not_leave_proves_nothing(self):
        self._set_policy(proof_serial=True)
        _lots, delivery = self._deliver_serials("S-1")
        foreign = self._create_lots(self.serial_product, "S-9")
        rma = self._draft(delivery, lot_id=foreign.id)
        with self.assertRaisesRegex(UserError, "delivered 0 .*S-9"):
            rma.action_request()
        rma.action_find_deliveries()
        self.assertEqual(rma.line_ids.decision, "refuse")
        self.assertIn("lot/serial number", rma.proof_gaps)

    def test_what_has_no_number_needs_none(self):
        rma = self._asked(serial=1)
        rma.action_request()
        self.assertEqual(rma.state, "authorized")

    # ------------------------------------------------------------------
    # Persons
    # ------------------------------------------------------------------
    def test_nobody_authorizes_without_proof(self):
        self._set_policy(proof_photo=True, authorize=False)
        rma = self._draft(self._sold()[1])
        photo = self._photo(rma.line_ids)
        rma.action_request()
        self.assertEqual(rma.state, "requested")
        photo.unlink()
        approver = self._as("approver", rma)
        with self.assertRaisesRegex(UserError, "authorized without this: photo"):
            approver.action_authorize()
        self._photo(rma.line_ids)
        approver.action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_goods_that_came_unannounced_are_the_approvers(self):
        self._set_policy(proof_photo=True)
        _line, delivery = self._sold()
        self.company.reverse_unauthorized = "adopt"
        picking = self._return_button(delivery.picking_id, 1)
        picking.move_ids.picked = True
        self._as("receiver", picking).button_validate()
        rma = picking.move_ids.reverse_rma_line_id.rma_id
        self.assertEqual(rma.line_ids.decision, "refuse")
        self.assertEqual(rma.state, "requested")
        self._as("approver", rma.exception_ids).action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_a_parcel_that_came_back_needs_no_proof(self):
        self._set_policy(proof_photo=True)
        rma = self._draft(self._sold()[1])
        rma._guarded_write({"parcel_back": True})
        rma.action_request()
        self.assertEqual(rma.line_ids.decision_code, "carrier")

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------
    def test_the_draft_says_what_is_missing_until_it_is_there(self):
        rma = self._asked(photo=1)
        rma.action_find_deliveries()
        self.assertEqual(
            rma.proof_gaps,
            "Kettle: We need this before it can be returned: photo. Please add it.",
        )
        file = self._as("service", self.env["ir.attachment"]).create(
            {"name": "photo.png", "raw": PIXEL}
        )
        self._as("service", rma.line_ids).photo_ids = [Command.link(file.id)]
        self.assertEqual((file.res_id, file.reverse_proof), (rma.line_ids.id, False))
        self.assertFalse(rma.proof_gaps)

    def test_files_are_added_where_the_draft_asks_for_them(self):
        rma = self._asked(photo=1, hazard=1)
        self.assertFalse(rma.proof_requests, "nobody has asked policy yet")
        with Form(rma) as form:
            form.client_ref = "Box 7"
        line = rma.line_ids
        self.assertEqual(
            rma.proof_requests,
            [
                {
                    "line": line.id,
                    "name": line.product_id.display_name,
                    "proofs": [
                        {"code": "hazard", "label": "Hazard Declaration"},
                        {"code": "photo", "label": "Photo"},
                    ],
                }
            ],
        )
        picture = {"name": "box.png", "data": base64.b64encode(PIXEL).decode()}
        text = {"name": "box.txt", "data": base64.b64encode(b"text").decode()}
        with self.assertRaisesRegex(UserError, "box.txt is not a picture"):
            line.add_proofs("photo", [text])
        with self.assertRaisesRegex(UserError, "is not shown by a file"):
            line.add_proofs("serial", [picture])
        line.add_proofs("photo", [picture])
        self.assertEqual(line.photo_ids.mapped("name"), ["box.png"])
        codes = [proof["code"] for proof in rma.proof_requests[0]["proofs"]]
        self.assertEqual(codes, ["hazard"], "the box stays and asks for the rest")
        line.add_proofs("hazard", [text])
        self.assertEqual(line.hazard_document_ids.reverse_proof, "hazard")
        self.assertFalse(rma.proof_requests or rma.proof_gaps)
        self.assertEqual(line.decision, "authorize")
        rma.action_request()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            line.add_proofs("photo", [picture])

    def test_files_are_kept_apart_by_what_they_prove(self):
        line = self._asked().line_ids
        photo = self._photo(line)
        files = self._as("service", self.env["ir.attachment"])
        paper = files.create({"name": "invoice.pdf", "raw": b"%PDF"})
        line.purchase_document_ids = [Command.link(paper.id)]
        self.assertEqual(paper.reverse_proof, "purchase")
        line.invalidate_recordset()
        self.assertEqual((line.photo_ids, line.purchase_document_ids), (photo, paper))
        line.photo_ids = [Command.clear()]
        self.assertFalse(photo.exists())
        self.assertTrue(paper.exists())

    def _wizard(self, delivery):
        form = Form(
            self._as("service", self.env["reverse.return.wizard"]).with_context(
                default_order_id=delivery.sale_line_id.order_id.id
            )
        )
        with form.line_ids.edit(0) as line:
            line.quantity = 1
        return form.save()

    def test_the_dialog_leaves_a_draft_to_be_completed(self):
        self._set_policy(proof_photo=True)
        wizard = self._wizard(self._sold()[1])
        self.assertEqual(wizard.proofs_asked, "photo")
        wizard.action_create()
        rma = wizard.rma_id
        self.assertEqual(rma.state, "draft")
        self.assertIn("photo", rma.proof_gaps)
        self._photo(rma.line_ids)
        rma.action_request()
        self.assertEqual(rma.state, "authorized")

    def test_the_dialog_takes_files(self):
        self._set_policy(proof_photo=True, proof_hazard=True)
        wizard = self._wizard(self._sold()[1])
        files = self._as("service", self.env["ir.attachment"])
        photo = files.create({"name": "photo.png", "raw": PIXEL})
        paper = files.create({"name": "declaration.pdf", "raw": b"%PDF"})
        wizard.line_ids.photo_ids = photo
        wizard.line_ids.hazard_document_ids = paper
        wizard.action_create()
        self.assertEqual(wizard.rma_id.state, "authorized")
        line = wizard.rma_id.line_ids
        self.assertEqual((line.photo_ids, line.hazard_document_ids), (photo, paper))

    def test_saving_a_draft_says_what_policy_thinks_of_it(self):
        delivery = self._sold()[1]
        self._wizard(delivery).action_save()
        rma = self.env["reverse.rma"].search([], limit=1)
        self.assertEqual(
            (rma.state, rma.line_ids.decision, rma.line_ids.decision_code),
            ("draft", "authorize", "in_window"),
        )
        self.assertTrue(rma.line_ids.explanation)
        delivery.date = fields.Datetime.subtract(fields.Datetime.now(), days=99)
        with Form(self._as("service", rma)) as form:
            form.client_ref = "Box 7"
        self.assertEqual(rma.line_ids.decision, "exception", "after each change")
        self.env.cr.flush()
        self.assertFalse(rma.event_ids or rma.exception_ids, "nothing is frozen")

    def test_the_dialog_requests_what_needs_no_proof(self):
        wizard = self._wizard(self._sold()[1])
        self.assertFalse(wizard.proofs_asked)
        wizard.action_create()
        self.assertEqual(wizard.rma_id.state, "authorized")
