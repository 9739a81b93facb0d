from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestAside(ClaimCase):
    """Three of five plugs are set aside, and their supplier does not get them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        cls.plug = cls._create_product("Plug", categ_id=cls.perpetual.id)
        cls.bought = cls._purchase(cls.plug, 5, price=3.0)
        cls.stock = cls.warehouse.lot_stock_id
        cls.users["claims_user"].group_ids += cls.env.ref("stock.group_stock_user")
        cls.cora = new_test_user(cls.env, login="cora", groups="base.group_portal")
        cls.cora.partner_id.parent_id = cls.supplier

    def assertHere(self, stock, aside):
        quants = self.env["stock.quant"]
        here = [
            quants._get_available_quantity(self.plug, place, strict=True)
            for place in (self.stock, self.vendor_place)
        ]
        self.assertEqual(here, [stock, aside])
        self.assertEqual(
            self._compared(self.plug),
            {"vendor_return": (aside, aside)} if aside else {},
        )

    def _aside(self, quantity=3):
        """Claim so many as the supplier's fault; give the claim."""
        quants = self.env["stock.quant"].search(
            [("product_id", "=", self.plug.id), ("location_id", "=", self.stock.id)]
        )
        action = self._call(self._as("claims_user", quants), "action_claim_supplier")
        entry = self._as("claims_user", self.env[action["res_model"]])
        entry = entry.browse(action["res_id"])
        entry.line_ids.quantity = quantity
        action = self._call(entry, "action_confirm")
        claims = self.env["reverse.supplier.claim"]
        return self._as("claims_user", claims.browse(action["res_id"]))

    def test_cancelled(self):
        """They lie where they lay, and are claimed anew; so of a deleted line."""
        claim = self._aside()
        self.assertHere(2, 3)
        with self.assertRaisesRegex(
            UserError, "once it has refused them or is on hold"
        ):
            claim.action_keep_goods()
        self._call(claim, "action_cancel")
        self.assertHere(5, 0)
        self.assertFalse(claim.line_ids.stock_location_id)
        self.assertEqual(claim.line_ids.kept_location_id, self.stock)
        again = self._aside(5)
        self.assertHere(0, 5)
        self._call(again.line_ids, "unlink")
        self.assertHere(5, 0)
        self.assertFalse(again.line_ids)
        announced = self._aside(4)
        self._call(announced, "action_submit")
        self._answered(announced, "acknowledge", reference="R1")
        self._call(announced, "action_send_goods")
        self._call(announced, "action_cancel")
        self.assertHere(5, 0)

    def test_cancelled_when_they_are_gone(self):
        """What somebody has taken away holds up nothing, and is not invented."""
        claim = self._aside()
        quants = self.env["stock.quant"]
        quants._update_available_quantity(self.plug, self.vendor_place, -1)
        self._call(claim, "action_cancel")
        here = quants._get_available_quantity(self.plug, self.stock, strict=True)
        self.assertEqual(here, 4)

    def test_refused_before_they_were_sent(self):
        claim = self._aside()
        self._call(claim, "action_submit")
        self.assertFalse(claim.is_keep_allowed)
        self._answered(claim, "refuse", reason="Misuse")
        self.assertTrue(claim.is_keep_allowed)
        with self.assertRaisesRegex(AccessError, "is for the role “Claims”"):
            self._as("inspector", claim).action_keep_goods()
        self._call(claim, "action_keep_goods")
        self.assertHere(5, 0)
        self.assertFalse(claim.is_keep_allowed)
        # refused, they are claimed already
        with self.assertRaisesRegex(UserError, "enough is left to claim"):
            self._aside()
        with self.assertRaisesRegex(
            UserError, "once it has refused them or is on hold"
        ):
            claim.action_keep_goods()
        self.env.cr.precommit.run()
        events = self.env["reverse.event"].search(
            [("name", "=", "SupplierClaimGoodsKept")]
        )
        self.assertEqual(
            events.data["quantities"], {str(claim.line_ids.id): claim.line_ids.quantity}
        )

    def test_what_is_to_be_destroyed_stays_set_aside(self):
        """It is paid for, and its destruction is noted with a certificate."""
        self.agreement.goods = "destroy"
        claim = self._aside()
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        self.assertFalse(claim.is_keep_allowed)
        with self.assertRaisesRegex(UserError, "once it has refused them"):
            self._call(claim, "action_keep_goods")
        self.assertHere(2, 3)

    def test_what_is_disputed_stays_set_aside(self):
        claim = self._aside()
        self._call(claim, "action_submit")
        self._answered(claim, "refuse", reason="Misuse")
        self.assertTrue(claim.is_keep_allowed)
        self._call(claim, "action_resubmit")
        self.assertTrue(claim.is_awaited)
        self.assertFalse(claim.is_keep_allowed)
        with self.assertRaisesRegex(UserError, "once it has refused them"):
            self._call(claim, "action_keep_goods")

    def test_only_the_step_of_the_claim(self):
        """Nobody else takes them out of returns, whatever a transfer says."""
        claim = self._aside()
        move = self.env["stock.move"].create(
            {
                "product_id": self.plug.id,
                "product_uom_qty": 3,
                "location_id": self.vendor_place.id,
                "location_dest_id": self.stock.id,
                "reverse_aside_line_id": claim.line_ids.id,
            }
        )
        move._action_confirm()
        move.write({"quantity": 3, "picked": True})
        with self.assertRaisesRegex(UserError, "inspect"):
            move._action_done()
        with self.assertRaisesRegex(UserError, "by the button of the claim"):
            self.env["stock.move"].with_user(self.users["receiver"]).create(
                {
                    "product_id": self.plug.id,
                    "product_uom_qty": 3,
                    "location_id": self.vendor_place.id,
                    "location_dest_id": self.stock.id,
                    "reverse_aside_line_id": claim.line_ids.id,
                }
            )

    def test_sent_back(self):
        """What the supplier had and refused lies in stock again, at its value.

        Somebody else says so than who noted what the supplier refused.
        """
        claim = self._aside()
        self._call(claim, "action_submit")
        self._answered(claim, "acknowledge", reference="R1")
        self._send(claim)
        self.assertHere(2, 0)
        self._answered(claim, "approve_part", [(3.0, "Two work")])
        self.assertEqual(claim.line_ids.parts_state, "refused")
        self.assertFalse(claim.is_back_allowed)
        with self.assertRaisesRegex(UserError, "you noted what the supplier decided"):
            claim.action_goods_back()
        with self.assertRaisesRegex(UserError, "you noted what the supplier decided"):
            claim._take_goods_back({claim.line_ids: 2.0})
        other = self._as("claims_approver", claim)
        self.assertTrue(other.is_back_allowed)
        entry = self._call(other, "action_goods_back")
        entry = self.env[entry["res_model"]].browse(entry["res_id"])
        self.assertEqual(entry.line_ids.quantity, 2)
        self.assertIs(
            self._call(entry.with_user(other.env.user), "action_confirm"), True
        )
        self.assertHere(4, 0)
        line = claim.line_ids
        self.assertEqual(
            (line.parts_state, line.back_move_ids.value), ("partly_back", 6.0)
        )
        self.assertEqual(self.bought.qty_received, 4)
        for user in (claim, other):
            with self.assertRaisesRegex(UserError, "no goods are with the supplier"):
                user.action_goods_back()

    def test_whoever_can_sign_in_as_the_supplier(self):
        """What its page says may be the word of whoever made or let in its user."""
        made = new_test_user(
            self.env(user=self.users["claims_user"].id, su=True),
            login="ann",
            groups="base.group_portal",
        )
        let_in = new_test_user(self.env, login="bob", groups="base.group_portal")
        (made | let_in).partner_id.parent_id = self.supplier
        let_in.partner_id.reverse_let_in_by_ids = self.users["claims_user"]
        for user, mine in ((made, False), (let_in, False), (self.cora, True)):
            with self.subTest(user=user.login):
                claim = self._aside(1)
                self._call(claim, "action_submit")
                self._answered(claim, "acknowledge", reference="R1")
                self._send(claim)
                goods = claim.line_ids
                theirs = claim.with_user(user).sudo()
                said = {goods.with_env(theirs.env): (0.0, "Works")}
                theirs._answer_by_supplier("refuse", said, "k" * 43, reason="Works")
                self.env.invalidate_all()
                self.assertEqual(goods.parts_state, "refused")
                self.assertEqual(claim.is_back_allowed, mine)
                if mine:
                    claim._take_goods_back({goods: 1.0})
                    continue
                with self.assertRaisesRegex(UserError, "changed by what its user sign"):
                    claim._take_goods_back({goods: 1.0})
                other = self._as("claims_approver", claim)
                self.assertTrue(other.is_back_allowed)

    def _held(self):
        holds = self._as("claims_approver", self.env["reverse.supplier.hold"])
        return holds.create(
            {
                "partner_id": self.supplier.id,
                "kind": "insolvent",
                "reason": "Court order",
            }
        )

    def test_on_hold(self):
        claim = self._aside()
        self._call(claim, "action_submit")
        hold = self._held()
        self.assertEqual((hold.own_count, hold.claim_count), (1, 1))
        action = self._as("claims_user", hold).action_view_own()
        self.assertEqual(claim.search(action["domain"]), claim)
        self._call(claim, "action_keep_goods")
        self.assertHere(5, 0)
        hold.invalidate_recordset()
        self.assertEqual((hold.own_count, hold.claim_count), (0, 1))

    def test_scrapped_with_the_hold(self):
        """With one approval, by somebody else than who claimed them."""
        claim = self._aside()
        self._call(claim, "action_submit")
        hold = self._as("claims_user", self._held())
        losses = self._as("claims_user", self.env["reverse.supplier.loss"])
        losses = losses.with_context(**hold.action_ask_loss()["context"])
        codes = {
            code: self.env["reverse.disposition"].search([("code", "=", code)], limit=1)
            for code in ("QUARANTINE", "SCRAP")
        }
        with self.assertRaisesRegex(UserError, "of our own stock, and can be scrapped"):
            losses.create({"reason": "No", "disposition_id": codes["QUARANTINE"].id})
        scrap = {"reason": "No quota", "disposition_id": codes["SCRAP"].id}
        loss = losses.create({**scrap, "claim_ids": [Command.clear()]})
        self.assertEqual(loss.own_line_ids, claim.line_ids)
        with self.assertRaisesRegex(AccessError, "is for the role “Claims approver”"):
            loss.action_approve()
        self._call(self._as("claims_approver", loss), "action_approve")
        self.assertHere(2, 0)
        self.assertEqual(claim.line_ids.parts_state, "destroyed")
        with self.assertRaisesRegex(UserError, "is not set aside for Cobalt Works"):
            losses.create({**scrap, "own_line_ids": [Command.set(claim.line_ids.ids)]})
