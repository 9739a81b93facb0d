from lxml import etree

from odoo import api, models

from ...engine.exceptions import ExceptionType, Resolution
from ..base.reverse_guarded_mixin import DUTIES

ADMINISTRATOR = DUTIES["administrator"]


class ReverseException(models.Model):
    """The types of exceptions: owner, time, and the resolutions each permits.

    A type is added, or gets more resolutions, in a file of its own::

        class ReverseException(models.Model):
            _inherit = "reverse.exception"

            type = fields.Selection(
                selection_add=[("soaked", "Arrived wet")],
                ondelete={"soaked": "cascade"},
            )

            @api.model
            def _get_types(self):
                types = super()._get_types()
                dry = Resolution(
                    "dry",
                    self.env._("Dry It"),
                    stock=self.env._("The goods wait in quarantine."),
                    money=self.env._("Nothing is credited yet."),
                )
                types["soaked"] = ExceptionType(
                    owner="reverse_logistics.group_inspector",
                    days=1,
                    what=self.env._("%(product)s arrived wet."),
                    todo=self.env._("Have it dried, or leave it out."),
                    resolutions=(dry,),
                    holds=lambda e: e.line_id._is_wet(),
                    gone="dried",
                )
                types["no_source"] = types["no_source"].extended(dry)
                return types

            def action_dry(self):
                self._check_resolution("dry")
                ...
                self._resolve("dry")
                return True

    Nothing else is needed: the form shows a button per permitted resolution, with both
    effects as the question before it, and ``_check_resolution`` refuses every other
    role and resolution. The method is ``action_<code>``, works on a recordset, starts
    with that check (``_start_resolution`` where other steps follow from it) and ends
    with ``_resolve``. One that needs an answer first gets ``dialog=True`` and a
    ``method`` that opens the dialog. Raise the exception with
    ``_raise_for(records, "soaked")``.

    ``holds`` says whether the cause is still there. It is asked whenever a stage of
    the return may have changed; when it is not, the exception closes by itself, with
    the code ``gone``, whose words are in ``_get_outcomes``.
    """

    _inherit = "reverse.exception"

    @api.model
    def _get_types(self):
        """Give the handling of every type, in the language of the user.

        :rtype: dict[str, ExceptionType]
        """
        return {
            "no_source": self._get_type_no_source(),
            "no_authorization": self._get_type_no_authorization(),
            "not_invoiced": self._get_type_not_invoiced(),
            "work_failure": self._get_type_work_failure(),
        }

    @api.model
    def _get_type_not_invoiced(self):
        return ExceptionType(
            owner="reverse_logistics.group_releaser",
            days=2,
            what=self.env._(
                "%(product)s cannot be credited: no posted invoice covers it."
            ),
            todo=self.env._(
                "Post the invoice of the order first, then propose the credit again."
            ),
            resolutions=(
                Resolution(
                    "retry",
                    self.env._("Propose the Credit Again"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._(
                        "The credit is proposed at the price of the posted invoice."
                    ),
                    done=self.env._("Done again"),
                    primary=True,
                ),
            ),
            holds=lambda e: not e.line_id or e.line_id._lacks_invoice(),
            gone="credited",
        )

    @api.model
    def _get_type_work_failure(self):
        return ExceptionType(
            owner=ADMINISTRATOR,
            days=1,
            what=self.env._("A step could not be done."),
            todo=self.env._(
                "Remove the cause, then retry: the step is done again exactly as "
                "it was decided."
            ),
            resolutions=(
                Resolution(
                    "retry",
                    self.env._("Retry"),
                    stock=self.env._("Goods move as was decided."),
                    money=self.env._("Credits are posted as was decided."),
                    done=self.env._("Done again"),
                    primary=True,
                ),
            ),
            holds=lambda e: e._is_step_left(),
            gone="done_otherwise",
        )

    def _is_step_left(self):
        """Whether the step that failed is still to be done."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        return bool(record) and record._has_work_left(self.method)

    @api.model
    def _get_type_no_source(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=2,
            what=self.env._(
                "No delivery of %(product)s was found that can be returned."
            ),
            todo=self.env._(
                "Open the return and name the order line that the goods were sold "
                "with, or leave them out of the return."
            ),
            resolutions=(
                Resolution(
                    "drop",
                    self.env._("Leave Out of the Return"),
                    stock=self.env._("Nothing of this line is received."),
                    money=self.env._("Nothing of it is credited."),
                    done=self.env._("Left out of the return"),
                ),
            ),
            holds=lambda e: (
                e._is_return_open() and (not e.line_id or e.line_id._lacks_source())
            ),
            gone="source_named",
        )

    @api.model
    def _get_type_no_authorization(self):
        return ExceptionType(
            owner="reverse_logistics.group_approver",
            days=1,
            what=self.env._("Goods came back that nobody had authorized."),
            todo=self.env._(
                "Authorize the return, or have the goods sent back to the customer "
                "without any credit."
            ),
            resolutions=(
                Resolution(
                    "authorize",
                    self.env._("Authorize"),
                    stock=self.env._(
                        "The goods are inspected and go where their condition says."
                    ),
                    money=self.env._("They are credited as the inspection says."),
                    done=self.env._("Authorized"),
                    primary=True,
                ),
                Resolution(
                    "send_back",
                    self.env._("Send Back"),
                    stock=self.env._(
                        "The goods go back to the customer after inspection."
                    ),
                    money=self.env._("Nothing is credited."),
                    done=self.env._("Sent back to the customer"),
                ),
            ),
            holds=lambda e: e.rma_id.state == "requested",
            gone="authorize",
        )

    @api.model
    def _get_outcomes(self):
        """Give the words for resolutions that follow from another decision."""
        return {
            "gone": self.env._("The cause has gone"),
            "source_named": self.env._("Order line named"),
            "credited": self.env._("Credited"),
            "done_otherwise": self.env._("No longer to be done"),
            "rejected": self.env._("Return rejected"),
            "cancelled": self.env._("Return cancelled"),
            "expired": self.env._("Return expired"),
        }

    def _get_explanation_values(self):
        """Give what the ``what`` of a type can name."""
        self.ensure_one()
        return {"product": self.line_id.product_id.display_name}

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------
    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and (header := arch.find(".//header")) is not None:
            for position, button in enumerate(self._get_buttons()):
                header.insert(position, button)
        return arch, view

    @api.model
    def _get_buttons(self):
        """Give a button per type and resolution, for the roles that may press it."""
        everybody = ",".join(DUTIES.values())
        for kind, handling in self._get_types().items():
            for resolution in handling.resolutions:
                # the role of a single exception may differ from its type's
                mine = "" if resolution.group else " or not is_mine"
                button = etree.Element(
                    "button",
                    name=resolution.button,
                    type="object",
                    string=resolution.label,
                    invisible=f"state != 'open' or type != '{kind}'{mine}",
                    groups=resolution.group or handling.owner or everybody,
                )
                if not resolution.dialog:
                    button.set("confirm", resolution.effect)
                    button.set("confirm-title", f"{resolution.label}?")
                    button.set("confirm-label", resolution.label)
                if resolution.primary:
                    button.set("class", "btn-primary")
                yield button
