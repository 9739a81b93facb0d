"""Customer service at its desk: the wizard as a person fills it in."""

from odoo.tests import Form

from .common import ReturnsCommon


class DeskCommon(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._create_user(
            "service", "receiver", "inspector", login="returns-counter"
        )

    def _wizard(self, user=None, text=None, **defaults):
        """Open the wizard as a user and search."""
        model = self.env["reverse.return.wizard"].with_user(
            user or self.users["service"]
        )
        form = Form(
            model.with_context(
                **{f"default_{name}": value for name, value in defaults.items()}
            )
        )
        if text:
            form.search_text = text
        return form

    def _found(self, form):
        """What the wizard shows as found."""
        return [
            (row["order_id"] or row["picking_id"] or row["partner_id"], row["found_by"])
            for row in form.candidate_ids._records
        ]

    def _choose(self, form, *positions):
        for position in positions:
            with form.candidate_ids.edit(position) as row:
                row.chosen = True

    def _enter(self, form, position, quantity, **values):
        with form.line_ids.edit(position) as line:
            line.quantity = quantity
            for name, value in values.items():
                setattr(line, name, value)

    def _rma(self, action):
        self.assertEqual(action["res_model"], "reverse.rma")
        return self.env["reverse.rma"].browse(action["res_id"])
