"""What is somebody else's is answered as what there is not, and as fast."""

import time
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ...models.portal import reverse_guest_request
from ..portal_common import PortalCase

#: Answers of each kind that are compared, the kinds taking turns.
SAMPLES = 40
#: How often an answer of one kind may be the slower one. Of two kinds that take equally
#: long it is one half, with a deviation of 0.065: the machine's noise is in both.
SHARES = 0.2, 0.8
MISSING = 999_999_999


@tagged("post_install", "-at_install")
class TestPortalAlike(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "ada@example.com"
        cls.line = cls._sell(3, 100)
        cls.order, cls.move = cls.line.order_id, cls.line.move_ids
        cls.env.ref("base.public_user").write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )

    def _compare(self, *calls):
        """Answers of two calls are the same, and neither is often the slower one."""
        times, answers = ([], []), ([], [])
        for turn in range(SAMPLES + 1):
            for kind in (0, 1) if turn % 2 else (1, 0):
                start = time.perf_counter()
                answer = calls[kind]()
                elapsed = time.perf_counter() - start
                if turn:  # the first ones fill caches
                    times[kind].append(elapsed)
                    answers[kind].append(answer)
        self.assertEqual(*({*found} for found in answers))
        slower = sum(one > other for one in times[0] for other in times[1])
        share = slower / SAMPLES**2
        self.assertGreater(share, SHARES[0])
        self.assertLess(share, SHARES[1])

    def test_orders_that_guests_name(self):
        self.authenticate(None, None)

        def ask(number):
            entered = {"number": number, "email": "ada@example.com"}
            return lambda: self._text(self._send("/returns/guest", entered))

        with patch.object(reverse_guest_request, "TRIES_PER_HOUR", 1000):
            self._compare(ask(self.order.name), ask("S99999999"))

    def test_documents_of_somebody_else(self):
        rma = self._requested(self.move)
        self.authenticate("bolt", "bolt")

        def come(url, number):
            def call():
                answer = self.url_open(url % number, allow_redirects=False)
                return answer.status_code, answer.headers.get("Location")

            return call

        for url, number in (
            ("/my/returns/%s", rma.id),
            ("/my/returns/%s?report_type=pdf", rma.id),
            ("/my/returns/new?order_id=%s", self.order.id),
            ("/my/returns/new?delivery_id=%s", self.move.picking_id.id),
        ):
            with self.subTest(url):
                self._compare(come(url, number), come(url, MISSING))
