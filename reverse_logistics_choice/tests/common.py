from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


class ChoiceCommon(ReturnsCommon):
    """Kettles that cost 40 and were sold for 100 come back, an hour costs 30."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.reverse_labour_rate = 30.0
        cls.line = cls._sell(quantity=40)

    @classmethod
    def _rule(cls, disposition, percent, **values):
        """What goods bring with a disposition, by its code."""
        return cls.env["reverse.recovery.rule"].create(
            {
                "name": f"{disposition} {percent} %",
                "disposition_id": cls.dispositions[disposition].id,
                "percent": percent,
                **values,
            }
        )

    def _found(self, quantity=2, condition="B"):
        """Kettles that came back, in this condition: a part that waits."""
        part = self._as("inspector", self._received(self.line, quantity).inspection_ids)
        part.condition_id = self.conditions[condition]
        return part

    def _choose(self, parts, disposition, reason=False):
        """Complete these with a disposition, as an inspector."""
        parts = self._as("inspector", parts)
        parts.write(
            {
                "disposition_id": self.dispositions[disposition].id,
                "override_reason": reason,
            }
        )
        self._say_why(parts)
        return self._call(parts, "action_complete")
