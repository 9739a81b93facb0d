from odoo.http import content_disposition, request, route

from odoo.addons.reverse_logistics.controllers.portal import ReversePortal, link_to
from odoo.addons.reverse_logistics.controllers.visitor import to_id

from ..models.reverse_rma import CUSTOMS_PAPER

#: A label is paper: nothing in it runs, or asks another server for anything.
LABEL_POLICY = (
    "default-src 'none'; img-src data:; font-src 'self'; "
    "style-src 'self' 'unsafe-inline'"
)


class ReverseLabelPortal(ReversePortal):
    """Labels of returns in the portal, and parcels that a carrier calls for."""

    @route(
        "/my/returns/<int:rma_id>/label",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_return_label(self, rma_id, access_token=None, file=None, **_kwargs):
        rma = self._find_return(rma_id, access_token)
        if not rma:
            return self._leave()
        labels = rma._get_customer_labels()
        label = labels.filtered(lambda each: each.id == to_id(file)) or labels[:1]
        if not label:
            return request.redirect(link_to(rma, access_token))
        return request.make_response(
            label.raw,
            [
                ("Content-Type", label.mimetype),
                ("Content-Disposition", content_disposition(label.name, "inline")),
                ("Content-Security-Policy", LABEL_POLICY),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    @route(
        "/my/returns/<int:rma_id>/label/ask",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_label_ask(self, rma_id, access_token=None, **_post):
        return self._take_return_step(
            rma_id, access_token, lambda rma: rma._ask_label_by_customer()
        )

    @route(
        "/my/returns/<int:rma_id>/pickup",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_pickup(self, rma_id, access_token=None, day=None, **_post):
        return self._take_return_step(
            rma_id, access_token, lambda rma: rma._book_pickup_by_customer(day)
        )

    @route(
        "/my/returns/<int:rma_id>/customs",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_return_customs(self, rma_id, access_token=None, **_kwargs):
        rma = self._find_return(rma_id, access_token)
        if not rma:
            return self._leave()
        if not rma._has_customs_paper():
            return request.redirect(link_to(rma, access_token))
        return self._print(rma, CUSTOMS_PAPER)
