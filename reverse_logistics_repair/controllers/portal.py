from odoo.http import route

from odoo.addons.reverse_logistics.controllers.portal import ReversePortal


class RepairPortal(ReversePortal):
    """Customers say whether their goods are repaired at the price of the quotation."""

    @route(
        "/my/returns/<int:rma_id>/quotation/<int:order_id>/<any(accept,refuse):answer>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_quotation(
        self, rma_id, order_id, answer, access_token=None, **_post
    ):
        return self._take_return_step(
            rma_id,
            access_token,
            lambda rma: rma._answer_quotation(order_id, answer == "accept"),
        )
