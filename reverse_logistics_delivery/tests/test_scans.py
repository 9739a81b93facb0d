"""What a carrier scans proves that goods are on their way, or were delivered."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.delivery.models.delivery_carrier import DeliveryCarrier

from ..engine.scans import Scan, judge
from .common import CarrierCase

INTERFACE = "reverse_logistics_delivery.group_carrier_interface"


@tagged("post_install", "-at_install")
class TestScans(CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.facility._get_address().zip = "D-80331"
        cls.system = new_test_user(
            cls.env, login="carrier-hub", groups=f"base.group_user,{INTERFACE}"
        )
        cls._set_policy(credit_release="shipped")
        cls.now = fields.Datetime.now()

    def _sent(self, number="1Z1"):
        """A return that its customer says was sent with a number; nothing is paid."""
        rma = self._authorized(self._sell(2))
        rma._ship_by_customer(number)
        self.assertFalse(rma.settlement_ids)
        return rma

    def _report(self, number="1Z1", user=None, **values):
        scan = {
            "tracking_ref": number,
            "kind": "accepted",
            "scanned_at": fields.Datetime.to_string(fields.Datetime.now()),
            "postal_code": "d 80331",
            **values,
        }
        user = user or self.system
        return self._rpc(user, "reverse.rma", "report_carrier_scans", [scan])

    def test_a_scan_releases_the_credit(self):
        rma = self._sent()
        before = rma.shipped_at
        self.assertEqual(self._report(), ["noted"])
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual((rma.shipped_at, rma.carrier_scan_source), (before, "system"))
        first = rma.carrier_scanned_at
        self.assertEqual(self._report(), ["known"])
        self.assertEqual(rma.carrier_scanned_at, first)
        self.assertEqual(len(rma.credit_note_ids), 1)
        [event] = self._events(rma).filtered(lambda e: e.name == "ParcelScanned")
        self.assertEqual(event.user_id, self.system)
        self.assertEqual(event.data["source"], "system")
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("service", rma).carrier_scanned_at = False

    def test_a_scan_says_that_it_was_sent(self):
        rma = self._authorized(self._sell(2))
        self._as("service", rma).carrier_tracking_ref = "1Z2"
        self.assertEqual(self._report("1Z2"), ["noted"])
        self.assertEqual(rma.shipped_at, rma.carrier_scanned_at)
        self.assertEqual(rma.stage, "in_transit")
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_a_number_alone_proves_nothing(self):
        """Customers can type the number of any parcel."""
        rma = self._sent()
        sold = self._sell(1)
        sold.move_ids.picking_id.carrier_tracking_ref = "OUT1"
        away = self._sent("OUT1")
        long_ago = fields.Datetime.to_string(self.now - timedelta(2))
        for values, expected in (
            ({"postal_code": "10115"}, "elsewhere"),
            ({"postal_code": ""}, "elsewhere"),
            ({"scanned_at": long_ago}, "moment"),
            ({"number": "out1"}, "unknown"),
            ({"number": "OUT1"}, "outbound"),
            ({"number": "1Z"}, "unknown"),
        ):
            self.assertEqual(self._report(**values), [expected], values)
        self.assertFalse((rma | away).settlement_ids)
        self.assertFalse(any((rma | away).mapped("carrier_scanned_at")))

    def test_one_parcel_of_many_to_us_proves_nothing(self):
        """Other parcels go to our address as well: what came before, or long since."""
        first, early = self._sent("1Z1"), self._sent("1Z3")
        early._guarded_write({"authorized_at": self.now + timedelta(minutes=5)})
        self.assertEqual(self._report("1Z3"), ["moment"])
        self.assertEqual(self._report("1Z1"), ["noted"])
        again = self._sent("1Z1")
        self.assertEqual(self._report("1Z1"), ["shared"])
        self._as("service", first).carrier_tracking_ref = "1Z4"
        self.assertEqual(self._report("1Z1"), ["shared"])
        self.assertFalse((early | again).settlement_ids)

    def _labelled(self):
        """A return with a label of ours."""
        own = self.env["delivery.carrier"].create(
            {
                "name": "Own",
                "product_id": self.shipping.id,
                "delivery_type": "reverse_own",
                "company_id": self.company.id,
            }
        )
        rma = self._authorized(self._sell(1), rma={"carrier_id": own.id})
        self._call(self._as("service", rma), "action_get_return_label")
        self.assertTrue(rma.carrier_tracking_ref)
        return rma

    def test_a_label_of_ours_needs_no_address(self):
        rma = self._labelled()
        self.assertEqual(
            self._report(rma.carrier_tracking_ref, postal_code=""), ["noted"]
        )
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_what_is_entered_is_no_number_of_a_label(self):
        """A label was made, and somebody names another parcel as the customer's."""
        for way in ("customer", "service", "warehouse"):
            rma = self._labelled()
            label, other = rma.carrier_tracking_ref, f"2Z{way}"
            if way == "customer":
                rma._ship_by_customer(other)
            elif way == "service":
                self._as("service", rma).carrier_tracking_ref = other
            else:
                receipt = self._as("receiver", rma.picking_ids)
                receipt.carrier_tracking_ref = other
            self.assertEqual(self._report(other, postal_code=""), ["elsewhere"], way)
            self.assertFalse(rma.settlement_ids)
            self.assertEqual(self._report(label, postal_code=""), ["noted"], way)
            self.assertAmounts(rma.credit_note_ids, 100)

    def test_one_parcel_is_not_that_of_several_customers(self):
        """Whoever enters returns reads which numbers others have."""
        rma = self._sent()
        order = self._new_order((self.product, 1, {}), partner_id=self.stranger.id)
        self._deliver(order)
        self._invoice(order)
        mine = self._authorized(order.order_line, rma={"partner_id": self.stranger.id})
        self._as("service", mine).carrier_tracking_ref = "1Z1"
        self.assertEqual(self._report(), ["shared"])
        self.assertFalse((rma | mine).settlement_ids)
        labelled = self._labelled()
        number = labelled.carrier_tracking_ref
        self._as("service", mine).carrier_tracking_ref = number
        self.assertEqual(self._report(number), ["noted"])
        self.assertTrue(labelled.carrier_scanned_at)
        self.assertFalse(mine.settlement_ids)

    def test_no_persons_word(self):
        rma = self._sent()
        person = self.system.copy({"login": "both"})
        person.group_ids += self.env.ref("reverse_logistics.group_service")
        for user in (*self.users.values(), person, self.env.ref("base.user_root")):
            with self.assertRaises(AccessError):
                self._report(user=user)
        self.assertFalse(rma.carrier_scanned_at)

    def test_what_is_no_list_of_scans(self):
        returns = self.env["reverse.rma"].with_user(self.system)
        for scans in ("x", None, [1], [{}], [{"tracking_ref": "1", "kind": "x"}]):
            with self.assertRaisesRegex(UserError, "is expected here|A scan has"):
                returns.report_carrier_scans(scans)
        with self.assertRaisesRegex(UserError, "A day and time are expected"):
            self._report(scanned_at="soon")
        with self.assertRaisesRegex(UserError, "at most 500 scans"):
            returns.report_carrier_scans([{}] * 501)

    def test_other_companies(self):
        rma = self._sent()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.system.write(
            {"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id}
        )
        self._sell(1).move_ids.picking_id.carrier_tracking_ref = "OUT1"
        self.assertEqual(self._report(), ["unknown"])
        self.assertEqual(self._report("OUT1", kind="delivered"), ["unknown"])
        self.assertFalse(rma.carrier_scanned_at)

    def test_carriers_are_asked(self):
        """In batches; one that fails keeps no other from being asked."""
        rma = self._sent("1Z7")
        broken = self._sent("1Z8")
        sold = self._sell(1)
        delivery = sold.move_ids.picking_id
        delivery.write({"carrier_id": self.carrier.id, "carrier_tracking_ref": "OUT7"})
        # a date that is entered later changes nothing
        self._as("receiver", delivery).date_done -= timedelta(1000)
        other = self.carrier.copy({"name": "Broken"})
        rma.carrier_id, broken.carrier_id = self.carrier, other
        asked = []

        def scan(carrier, pickings):
            asked.extend(pickings.mapped("carrier_tracking_ref"))
            if carrier == other:
                raise UserError(self.env._("no answer"))
            moment = fields.Datetime.now()
            return [
                Scan("1Z7", "accepted", moment, "D80331"),
                Scan("OUT7", "delivered", moment),
            ]

        with (
            patch.object(DeliveryCarrier, "fixed_get_reverse_scans", scan, create=True),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 1
            ),
            self.assertLogs(
                "odoo.addons.reverse_logistics_delivery.models.delivery_carrier"
            ),
        ):
            self.env["delivery.carrier"]._cron_ask_parcels()
            self.assertEqual(sorted(asked), ["1Z7", "1Z8", "OUT7"])
            self.env["delivery.carrier"]._cron_ask_parcels()
            self.assertEqual(asked[3:], ["1Z8"], "what is known is not asked again")
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(rma.carrier_scan_source, "carrier")
        self.assertFalse(broken.carrier_scanned_at)
        today = self.company._get_reverse_today()
        self.assertEqual(delivery.reverse_possessed_on, today)
        self.assertTrue(delivery.reverse_possessed_proved)

    def test_proof_of_delivery_is_no_word(self):
        """It counts where nothing that a user noted does, and stays as it is."""
        sold = self._sell(1)
        move = sold.move_ids
        delivery = move.picking_id
        delivery.carrier_tracking_ref = "OUT1"
        today = self.company._get_reverse_today()
        delivered = {"kind": "delivered", "postal_code": ""}
        late = fields.Datetime.to_string(fields.Datetime.now() + timedelta(3))
        self.assertEqual(self._report("OUT1", scanned_at=late, **delivered), ["moment"])
        self._as("receiver", delivery).reverse_possessed_on = today
        by_transit = move._get_reverse_possessed_on(by_word=False)[move]
        self.assertGreater(by_transit, today, "a word is no proof")
        self.assertEqual(self._report("OUT1", **delivered), ["noted"])
        self.assertEqual(move._get_reverse_possessed_on(by_word=False)[move], today)
        self.assertEqual(self._report("OUT1", **delivered), ["known"])
        receiver = self._as("receiver", delivery)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            receiver.reverse_possessed_on = today - timedelta(1)
        with self.assertRaisesRegex(UserError, "is not entered by hand"):
            receiver.reverse_possessed_proved = False
        delivery.write(
            {"reverse_possessed_proved": False, "carrier_tracking_ref": "OUT1, OUT2"}
        )
        self.assertEqual(self._report("OUT1", **delivered), ["several"])

    def test_a_number_that_was_noted_later_proves_no_later_day(self):
        """Else any parcel of today would begin the periods of an old delivery anew."""
        delivered = {"kind": "delivered", "postal_code": ""}
        now = fields.Datetime.now()
        freight = {"name": "Freight", "type": "service"}
        slow = self.env["delivery.carrier"].create(
            {
                "name": "Slow Boat",
                "product_id": self.env["product.product"].create(freight).id,
            }
        )
        for number, late, days, expected in (
            ("OUT1", True, 0, "moment"),
            ("OUT2", True, 28, "noted"),
            ("OUT3", False, 0, "noted"),
        ):
            order = self._new_order((self.product, 1, {}))
            delivery = order.picking_ids
            delivery.carrier_tracking_ref = not late and number
            move = self._deliver(order)
            move.date = now - timedelta(30)
            usual = move._get_reverse_possessed_on()[move]
            if late:
                own = self._as("receiver", delivery)
                # what the transfer says of its state is a copy
                own.state = "draft"
                own.carrier_tracking_ref = number
                own.state = "done"
                # a date that is entered later changes nothing
                own.date_done = now
                with self.assertRaisesRegex(UserError, "has left: its carrier stays"):
                    own.carrier_id = slow
            moment = fields.Datetime.to_string(now - timedelta(days))
            scanned = self._report(number, scanned_at=moment, **delivered)
            self.assertEqual(scanned, [expected], number)
            self.assertEqual(delivery.reverse_possessed_proved, expected == "noted")
            if late:
                self.assertLessEqual(move._get_reverse_possessed_on()[move], usual)
            with self.assertRaises(AccessError):
                self._as("receiver", delivery).reverse_number_noted_on = False

    def test_many_numbers_are_looked_for_at_once(self):
        """Patterns for each of 500 numbers took minutes in some thousand transfers."""
        self._sell(1).move_ids.picking_id.carrier_tracking_ref = "OUT1 , Out2"
        found = self.env["stock.picking"]._find_by_tracking(["oUT1", "out2", "UT1"])
        self.assertEqual([len(own) for own in found.values()], [1, 1, 0])
        returns = self.env["reverse.rma"]
        for kind in ("accepted", "delivered"):
            scans = [Scan(f"3Z{number}", kind, self.now) for number in range(100)]
            before = self.env.cr.sql_log_count
            self.assertEqual({*returns._note_scans(scans, "carrier")}, {"unknown"})
            self.assertLessEqual(self.env.cr.sql_log_count - before, 5)

    def test_judge(self):
        moment = self.now
        scan = Scan("1", "accepted", moment, "80 331")
        before, after = moment - timedelta(1), moment + timedelta(1)
        span = (before, before, after)
        self.assertEqual(judge(scan, *span, False, False, False, "80331"), "noted")
        self.assertEqual(judge(scan, *span, True, True, False, "80331"), "outbound")
        self.assertEqual(judge(scan, *span, False, False, True, "80331"), "shared")
        self.assertEqual(judge(scan, *span, True, False, True, ""), "noted")
        self.assertEqual(judge(scan, *span, False, False, False, ""), "elsewhere")
        no_code = scan._replace(postal_code="")
        self.assertEqual(judge(no_code, *span, False, False, False, ""), "elsewhere")
        unsaid = (before, after, after)
        self.assertEqual(judge(scan, *unsaid, False, False, False, "80331"), "moment")
        self.assertEqual(judge(scan, *unsaid, True, False, False, ""), "noted")
