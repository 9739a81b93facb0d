from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import escape_psql


class ReverseRma(models.Model):
    """One search over everything a return may be asked for by."""

    _inherit = "reverse.rma"

    anything = fields.Char(
        "Number, Customer, Document …", store=False, search="_search_anything"
    )

    @api.model
    def _search_anything(self, operator, value):
        if operator not in ("ilike", "=", "=ilike") or not isinstance(value, str):
            return NotImplemented
        text = escape_psql(value.strip())
        return self._get_anything_domain(text) if text else Domain.TRUE

    @api.model
    def _get_anything_domain(self, text):
        """What returns a text may mean; other addons add their documents.

        :param str text: what was typed or scanned, wildcards escaped
        :rtype: odoo.fields.Domain
        """
        own = ("name", "client_ref", "carrier_tracking_ref")
        people = ("partner_id", "commercial_partner_id", "end_partner_id")
        documents = (
            "client_ref",
            "lot_id.name",
            "product_id.default_code",
            "product_id.name",
            "sale_line_id.order_id.name",
            "sale_line_id.order_id.client_order_ref",
        )
        pickings = self.env["stock.picking"]._get_reverse_search_domain(text)
        lines = Domain.OR(Domain(path, "ilike", text) for path in documents)
        lines |= Domain("move_id.picking_id", "any", pickings)
        # sudo: the number of an invoice leads whoever may see the return to it
        lines |= Domain(
            "sale_line_id",
            "in",
            # sudo: numbers of orders lead to returns that rules still filter
            self.env["sale.order.line"]
            .sudo()
            ._search([("invoice_lines.move_id.name", "ilike", text)]),
        )
        return Domain.OR(
            [
                *(Domain(name, "ilike", text) for name in own),
                *(
                    Domain(
                        name,
                        "any",
                        self.env["reverse.search"]._get_partner_domain(text),
                    )
                    for name in people
                ),
                Domain("picking_ids", "any", pickings),
                Domain("line_ids", "any", lines),
            ]
        )
