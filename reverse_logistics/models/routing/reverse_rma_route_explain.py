from odoo import models
from odoo.tools import format_date


class ReverseRma(models.Model):
    """Why a return goes where it goes, in sentences for those who work with it."""

    _inherit = "reverse.rma"

    def _explain_route(self, route, request, rules):
        """Say which facility was chosen, by what, and why others were not.

        :param engine.routing.Route route: what was chosen
        :param engine.routing.Request request: what was asked
        :param rules: of the lines, see ``_match_routes``
        """
        self.ensure_one()
        skipped = [self._explain_skipped(each) for each in route.skipped]
        if request.fixed is not None:
            return " ".join([self._explain_fixed(), *skipped])
        if route.facility is None:
            return " ".join(
                [
                    self.env._("No facility takes these goods: a person decides."),
                    *skipped,
                ]
            )
        sentences = [
            self._explain_chosen(route, rules),
            self._explain_freight(route, request),
            self._explain_mixed(request),
            *skipped,
        ]
        return " ".join(filter(None, sentences))

    def _name_facility_of(self, id_):
        # sudo: the name of a facility, for whoever reads why it was chosen
        return self.env["reverse.facility"].sudo().browse(id_).name

    def _explain_fixed(self):
        if self.facility_source == "arrival":
            return self.env._(
                "%(facility)s: the goods are there.", facility=self.facility_id.name
            )
        return self.env._(
            "%(facility)s: chosen by a person.", facility=self.facility_id.name
        )

    def _explain_chosen(self, route, rules):
        values = {"facility": self._name_facility_of(route.facility)}
        if route.stands_in_for:
            return self.env._(
                "%(facility)s: stands in for %(other)s.",
                other=self._name_facility_of(route.stands_in_for),
                **values,
            )
        found = [rules[line][0] for line in self._get_coming_lines()]
        ids = list(filter(None, dict.fromkeys(found)))
        if not ids:
            return self.env._(
                "%(facility)s: no route rule applies, and the goods were delivered "
                "from there.",
                **values,
            )
        # sudo: names of rules that applied
        names = self.env["reverse.route.rule"].sudo().browse(ids).mapped("name")
        return self.env._(
            "%(facility)s: %(rules)s.",
            rules=", ".join(f"“{name}”" for name in names),
            **values,
        )

    def _explain_freight(self, route, request):
        if route.amount is None or not request.wishes[route.wish].cheapest:
            return None
        return self.env._(
            "Freight there is about %(amount)s.",
            amount=self.company_id.currency_id.format(route.amount),
        )

    def _explain_mixed(self, request):
        if len({wish.facilities[:1] for wish in request.wishes}) < 2:
            return None
        return self.env._(
            "Its products have different ways; they stay together, and the most "
            "valuable one that can decides."
        )

    def _explain_skipped(self, skipped):
        """Say why a facility was not taken; a fixed one, what speaks against it."""
        values = {
            "facility": self._name_facility_of(skipped.facility),
            "day": skipped.day and format_date(self.env, skipped.day),
        }
        code = f"{skipped.code}_until" if skipped.day else skipped.code
        return self._get_skip_sentences(values)[code]

    def _get_skip_sentences(self, values):
        """Give why a facility can be skipped, by the codes of the engine."""
        return {
            "gone": self.env._("%(facility)s was skipped: it is archived.", **values),
            "off": self.env._(
                "%(facility)s was skipped: switched off until further notice.", **values
            ),
            "off_until": self.env._(
                "%(facility)s was skipped: switched off until %(day)s.", **values
            ),
            "closed": self.env._("%(facility)s was skipped: closed.", **values),
            "closed_until": self.env._(
                "%(facility)s was skipped: closed until %(day)s.", **values
            ),
            "full": self.env._(
                "%(facility)s was skipped: full for the coming weeks.", **values
            ),
            "full_until": self.env._(
                "%(facility)s was skipped: full until %(day)s.", **values
            ),
            "trait": self.env._(
                "%(facility)s was skipped: it does not take goods with such traits.",
                **values,
            ),
            "category": self.env._(
                "%(facility)s was skipped: it does not take this category.", **values
            ),
            "mixed": self.env._(
                "%(facility)s was skipped: not all of the goods may stay away.",
                **values,
            ),
        }
