"""Customers with agreements, purchases and returns under them."""

from freezegun import freeze_time

from odoo import Command, fields

from .common import ReturnsCommon


class AgreementCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreements = cls.env["reverse.agreement"]

    @classmethod
    def _agree(cls, **values):
        """A stock rotation of 500 a year, since the first of January 2020."""
        return cls.agreements.create(
            {
                "name": "Rotation",
                "partner_ids": cls.customer.ids,
                "date_from": "2020-01-01",
                "kind": "rotation",
                "quota_amount": 500.0,
                **values,
            }
        )

    @classmethod
    def _bill(cls, amount, day, partner=None, kind="out_invoice", post=True):
        """Invoice a net amount of our own currency."""
        move = cls.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _under(cls, agreement, line, value, day=None):
        """Note that a return line was decided under an agreement."""
        line._guarded_write(
            {
                "agreement_id": agreement.id,
                "agreement_value": value,
                "agreement_day": day or fields.Date.today(),
            }
        )
        line.flush_recordset()

    def _left_on(self, day, agreement):
        """What is left on a day."""
        agreement.invalidate_recordset()
        with freeze_time(f"{day} 12:00:00"):
            return agreement._get_left()[agreement]
