"""Drop-shipped goods that go back past us, and what is agreed with their supplier."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.reverse_logistics_dropshipping.tests.common import DropshipCase

GROUPS = "reverse_logistics_supplier_claims.group_"


@tagged("post_install", "-at_install")
class TestDropshippedToSupplier(DropshipCase):
    """Cobalt Works shipped lamps, and authorizes before it takes some back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ("claims_user", "claims_approver"):
            cls.users[role] = new_test_user(
                cls.env, login=role, groups=f"{GROUPS}{role}"
            )
        cls.colleague = cls._create_user("service", login="dropship-colleague")
        cls.agreement = cls._agree(cls.supplier)
        cls.sold = cls._dropship(5)

    @classmethod
    def _agree(cls, partner, **values):
        return cls.env["reverse.supplier.agreement"].create(
            {
                "name": partner.name,
                "partner_id": partner.id,
                "authorization_required": True,
                **values,
            }
        )

    def _number(self, rma, number="CW-7"):
        rma = rma.with_user(self.colleague)
        self._call(rma, "write", {"supplier_number": number})

    def _asked(self, **values):
        return self._requested(self.sold, 2, return_to="supplier", **values)

    def _two_suppliers(self):
        """A return of lamps and of shades that Delta Glass has shipped."""
        delta = self.env["res.partner"].create({"name": "Delta Glass"})
        shade = self._create_dropped("Shade")
        shade.seller_ids.partner_id = delta
        shades = self._dropship(3, product=shade)
        second = {"sale_line_id": shades.id, "quantity": 1, "return_to": "supplier"}
        rma = self._draft(self.sold, 1, return_to="supplier")
        rma.line_ids = [Command.create(second)]
        return delta, rma

    def _waiting(self, rma):
        return rma.exception_ids.filtered(
            lambda one: one.type == "supplier_number" and one.state == "open"
        )

    def test_waits_for_the_number(self):
        """No transfer is made, and nothing promised, before the supplier says so."""
        rma = self._asked()
        waiting = self._waiting(rma)
        self.assertEqual((rma.state, len(waiting)), ("requested", 1))
        self.assertFalse(rma.picking_ids)
        self.assertTrue(self._as("service", rma).is_supplier_number_asked)
        with self.assertRaisesRegex(
            UserError, "goes straight to Cobalt Works, which has to authorize it"
        ):
            self._as("approver", rma).action_authorize()
        self._number(rma)
        self.assertEqual((rma.state, waiting.state), ("authorized", "resolved"))
        transfer = rma.picking_ids
        self.assertEqual(
            (transfer.partner_id, transfer.location_dest_id.usage),
            (self.supplier, "supplier"),
        )
        part = self._send(rma)
        self.assertEqual(part._get_supplier_number(self.supplier), "CW-7")
        self.assertPurchase(self.sold, 3)

    def test_taken_by_us_instead(self):
        rma = self._asked()
        waiting = self._as("service", self._waiting(rma))
        self._call(waiting, "action_take_instead")
        self.assertEqual(
            (rma.state, rma.line_ids.return_to, waiting.resolution),
            ("authorized", "facility", "take_instead"),
        )
        self.assertEqual(rma.picking_ids.picking_type_id.code, "incoming")
        self.assertFalse(rma.line_ids.supplier_move_ids)

    def test_no_number_where_none_is_agreed(self):
        self.agreement.authorization_required = False
        rma = self._asked()
        self.assertEqual((rma.state, rma.exception_ids.ids), ("authorized", []))
        self.assertEqual(rma.picking_ids.partner_id, self.supplier)

    def test_number_of_one_of_two_suppliers(self):
        """The other one wants none: its goods bear no number."""
        delta, rma = self._two_suppliers()
        self._call(self._as("service", rma), "action_request")
        self.assertEqual(rma.state, "requested")
        self._number(rma)
        self.assertEqual((rma.state, len(rma.picking_ids)), ("authorized", 2))
        part = self.env["reverse.inspection"].new({"line_id": rma.line_ids[0].id})
        self.assertEqual(part._get_supplier_number(self.supplier), "CW-7")
        self.assertFalse(part._get_supplier_number(delta))

    def test_two_suppliers_who_authorize(self):
        """One's number is not the other's: one return for each, or it comes to us."""
        delta, rma = self._two_suppliers()
        self._agree(delta)
        self._call(self._as("service", rma), "action_request")
        waiting = self._waiting(rma)
        self.assertEqual((rma.state, len(waiting)), ("requested", 1))
        several = "to Cobalt Works, Delta Glass, each of which .* for each supplier"
        with self.assertRaisesRegex(UserError, several):
            self._number(rma)
        self.assertFalse(rma.supplier_number)
        with self.assertRaisesRegex(UserError, several):
            self._as("approver", rma).action_authorize()
        self._call(self._as("service", waiting), "action_take_instead")
        self.assertEqual(rma.state, "authorized")
        self.assertEqual(set(rma.line_ids.mapped("return_to")), {"facility"})

    # ------------------------------------------------------------------
    # On hold
    # ------------------------------------------------------------------
    def _hold(self):
        return self._as("claims_approver", self.env["reverse.supplier.hold"]).create(
            {"partner_id": self.supplier.id, "reason": "Court order"}
        )

    def _assertComesHere(self, rma):
        self.assertEqual(
            (rma.state, rma.line_ids.return_to, rma.facility_id),
            ("authorized", "facility", self.facility),
        )
        self.assertEqual(rma.picking_ids.picking_type_id.code, "incoming")
        self.assertFalse(rma.exception_ids.filtered(lambda e: e.state == "open"))
        said = "".join(rma.message_ids.mapped("body"))
        self.assertRegex(said, "comes to us instead of its supplier. Cobalt Works is")

    def test_supplier_on_hold(self):
        """What would go to it is asked for, and comes to us."""
        self._hold()
        self._assertComesHere(self._asked())

    def test_put_on_hold_while_the_number_is_waited_for(self):
        rma = self._asked()
        self._hold()
        self._as("approver", rma).action_authorize()
        self.assertFalse(self._waiting(rma))
        self._assertComesHere(rma)

    def test_others_still_go_to_theirs(self):
        """Of two suppliers one is on hold: the other gets its goods."""
        delta, rma = self._two_suppliers()
        self._hold()
        self._call(self._as("service", rma), "action_request")
        self.assertEqual(rma.state, "authorized")
        self.assertEqual(rma.line_ids.mapped("return_to"), ["facility", "supplier"])
        self.assertEqual(
            set(rma.picking_ids.mapped("picking_type_id.code")),
            {"incoming", "dropship"},
        )
        out = rma.picking_ids.filtered(lambda p: p.picking_type_id.code == "dropship")
        self.assertEqual(out.partner_id, delta)

    def test_on_its_way_when_put_on_hold(self):
        """What was announced before stays on its transfer, which does not leave."""
        self.agreement.authorization_required = False
        rma = self._asked()
        self._hold()
        with self.assertRaisesRegex(UserError, "Cobalt Works is blocked"):
            self._validate(self._as("receiver", rma.picking_ids))
        self.assertEqual(rma.line_ids.return_to, "supplier")
