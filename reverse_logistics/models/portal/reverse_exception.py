from odoo import api, models

from ...engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """What customers ask of a person."""

    _inherit = "reverse.exception"

    @api.model
    def _get_type_question(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=1,
            what=self.env._("The customer has written, and waits for an answer."),
            todo=self.env._(
                "Answer in the messages of the return: your answer goes to whoever "
                "asked, and this closes by itself."
            ),
            resolutions=(
                Resolution(
                    "no_answer",
                    self.env._("No Answer Needed"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._("Nothing changes."),
                    done=self.env._("No answer needed"),
                ),
            ),
            holds=lambda e: e._is_unanswered(),
            gone="answered",
        )

    @api.model
    def _get_type_hazard(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=0,
            what=self.env._(
                "%(product)s is leaking, burnt or swollen, says the customer."
            ),
            todo=self.env._(
                "Call the customer today: nothing is sent by parcel. Have it fetched "
                "by somebody who may carry it, or disposed of where it is."
            ),
            resolutions=(
                Resolution(
                    "hazard_arranged",
                    self.env._("Arranged with the Customer"),
                    stock=self.env._("The goods stay with the customer until then."),
                    money=self.env._("Nothing changes: decide about the return."),
                    done=self.env._("Arranged with the customer"),
                    primary=True,
                ),
            ),
            holds=lambda e: e._is_return_open() and not e.rma_id.received_at,
            gone="arrived",
        )

    def action_hazard_arranged(self):
        """Note that the customer knows what happens to dangerous goods."""
        self._check_resolution("hazard_arranged")
        self._resolve("hazard_arranged")
        return True

    def _is_unanswered(self):
        """Whether the last word on the return is the customer's."""
        self.ensure_one()
        # sudo: who wrote last, for whoever looks at the exception
        last = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self.rma_id._name),
                    ("res_id", "=", self.rma_id.id),
                    ("message_type", "in", ("comment", "email")),
                    ("subtype_id.internal", "=", False),
                ],
                order="id desc",
                limit=1,
            )
        )
        return last._is_from_customer()

    def action_no_answer(self):
        """Leave what the customer wrote without an answer."""
        self._check_resolution("no_answer")
        self._resolve("no_answer")
        return True
