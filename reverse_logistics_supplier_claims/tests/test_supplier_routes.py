"""Who gets what at every address of the supplier's portal, for each kind of visitor."""

from odoo.tests import tagged

from .portal_common import SupplierPortalCase

#: What each route shows or does; a route without a line here fails.
ROUTES = {
    "/my/supplier-claims": "list",
    "/my/supplier-claims/page/<int:page>": "list",
    "/my/supplier-claims/<int:claim_id>": "page",
    "/my/supplier-claims/<int:claim_id>/files/<int:file_id>": "file",
    "/my/supplier-claims/<int:claim_id>/answer": "step",
    "/my/supplier-claims/<int:claim_id>/steps/<int:step_id>": "report",
}
SENT = ("step", "report")
#: Who sees the claim of Cora's company: a guest, a customer, another supplier, people
#: of our company and of another one, the supplier.
VISITORS = (
    (None, False),
    ("ada", False),
    ("rita", False),
    ("claims_user", False),
    ("far", False),
    ("cora", True),
    ("colleague", True),
)


@tagged("post_install", "-at_install")
class TestSupplierRoutes(SupplierPortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_portal_user("colleague", cls.supplier)

    def _fill(self, rule, claim, file=None):
        url = rule.replace("<int:claim_id>", str(claim.id)).replace("<int:page>", "1")
        return url.replace("<int:file_id>", str(file.id if file else 1))

    def test_every_route_has_a_line(self):
        routes = self._get_routes(
            "reverse_logistics_supplier_claims", ("/my/supplier-claims", "/supplier")
        )
        self.assertEqual(set(routes), set(ROUTES))
        for rule, routing in routes.items():
            self.assertTrue(routing.get("csrf", True), rule)
            self.assertEqual(routing["auth"], "user", rule)
            expected = ["POST"] if ROUTES[rule] in SENT else ["GET"]
            self.assertEqual(routing["methods"], expected, rule)

    def test_who_sees_what(self):
        claim = self._submitted()
        self._call(self._as("claims_user", claim), "action_ask_corrective")
        draft = self._claim(self._broken(self.sold)).with_env(self.env)
        withdrawn = self._claim(self._broken(self.sold))
        self._call(withdrawn, "action_cancel")
        paper = claim.answer_ids.attachment_ids[:1]
        photo = claim._get_supplier_photos()[claim.line_ids.inspection_id]
        for login, seen in VISITORS:
            self.authenticate(login, login)
            for rule, kind in ROUTES.items():
                with self.subTest(login=login, rule=rule):
                    self._check_route(rule, kind, claim, paper | photo, seen)
                    if seen and kind == "page":
                        for hidden in (draft, withdrawn):
                            self.url_open(self._fill(rule, hidden))
                            page = self._read(self._fill(rule, hidden))
                            self.assertNotIn(hidden.name, page.text_content())
        # what nobody has is answered like what somebody else has
        self.authenticate("rita", "rita")
        answers = {
            self.url_open(
                f"/my/supplier-claims/{number}", allow_redirects=False
            ).headers["Location"]
            for number in (claim.id, 999_999_999)
        }
        self.assertEqual(len(answers), 1)
        self.assertEqual(claim.state, "submitted")

    def _check_route(self, rule, kind, claim, files, seen):
        if kind == "file":
            for file in files:
                answer = self.url_open(self._fill(rule, claim, file))
                is_file = answer.content == file.raw
                self.assertEqual(is_file, seen)
                self.assertEqual(
                    answer.headers.get("X-Content-Type-Options"), "nosniff"
                ) if seen else None
        elif kind == "step" and not seen:
            self._answer(claim, "refuse", reason="No")
            self.assertNotIn("/my/supplier-claims/", self.place)
            self.assertEqual(claim.state, "submitted")
        elif kind == "report" and not seen:
            step = claim.corrective_ids.step_ids[:1]
            self._send(
                self._fill(rule, claim).replace("<int:step_id>", str(step.id)),
                {"answer": "Nothing"},
            )
            self.assertEqual(step.state, "open")
        elif kind in SENT:
            pass  # what suppliers do is tested beside the page
        else:
            page = self._read(self._fill(rule, claim))
            self.assertEqual(claim.name in page.text_content(), seen)

    def test_files_of_others(self):
        """An address with a file that is not of this claim gives nothing."""
        claim, other = self._submitted(), self._submitted()
        part = claim.line_ids.inspection_id
        proof, noted, foreign, stray = self.env["ir.attachment"].create(
            [
                {
                    "name": "invoice.pdf",
                    "raw": b"%PDF-1.4 Ada",
                    "reverse_proof": "purchase",
                },
                {"name": "note.pdf", "raw": b"%PDF-1.4 note"},
                {"name": "theirs.pdf", "raw": b"%PDF-1.4 theirs"},
                {"name": "stray.pdf", "raw": b"%PDF-1.4 stray"},
            ]
        )
        workflow = part._workflow().env
        proof.with_env(workflow).write({"res_model": part._name, "res_id": part.id})
        claim.message_post(**{"body": "internal"}, attachment_ids=noted.ids)
        foreign.with_env(workflow).write(
            {"res_model": other.answer_ids._name, "res_id": other.answer_ids[:1].id}
        )
        # what we note of a payment is ours, as is the text beside it
        ours = self.env["ir.attachment"].create({"name": "ours.pdf", "raw": b"%PDF"})
        claim.sudo()._note_answer("pay", "in", {}, files=ours)
        self.authenticate("cora", "cora")
        for file in (proof, noted, foreign, stray, ours):
            answer = self.url_open(f"/my/supplier-claims/{claim.id}/files/{file.id}")
            self.assertEqual(answer.status_code, 404, file.name)

    def test_no_form_without_its_token(self):
        claim = self._submitted()
        self.authenticate("cora", "cora")
        for rule, kind in ROUTES.items():
            if kind in SENT:
                answer = self.url_open(
                    self._fill(rule, claim).replace("<int:step_id>", "1"),
                    data={"csrf_token": "x", "kind": "approve", "key": "k" * 43},
                )
                self.assertEqual(answer.status_code, 400, rule)
        self.assertEqual(claim.state, "submitted")

    def test_nothing_by_another_way(self):
        """The web client's own calls give a supplier nothing."""
        claim = self._submitted()
        self.authenticate("cora", "cora")
        for model, method, args in (
            ("reverse.supplier.claim", "read", [claim.ids]),
            ("reverse.supplier.claim", "search_read", [[]]),
            ("reverse.supplier.claim", "action_close", [claim.ids]),
            ("reverse.supplier.claim.line", "search_read", [[]]),
            ("reverse.supplier.answer", "search_read", [[]]),
            ("reverse.supplier.agreement", "search_read", [[]]),
            ("reverse.supplier.code", "search_read", [[]]),
            ("ir.attachment", "read", [claim.answer_ids.attachment_ids.ids, ["raw"]]),
        ):
            answer = self.url_open(
                f"/web/dataset/call_kw/{model}/{method}",
                json={
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": {},
                    }
                },
            )
            self.assertIn("AccessError", answer.text, (model, method))
