from odoo import models
from odoo.tools.constants import PREFETCH_MAX


class ReverseRmaLine(models.Model):
    """Reads at once what deciding many lines looks at.

    Odoo reads ahead for so many records at a time; beyond that, each field that a
    decision looks at would take a query for each of these portions.
    """

    _inherit = "reverse.rma.line"

    def _read_ahead(self):
        """Have in memory what decisions look at, a query for each kind of record."""
        if len(self) > PREFETCH_MAX and all(self._ids):
            # sudo: what deciding reads for whoever asks; nothing of it is given out
            lines = self.sudo().with_context(active_test=False)
            _fetch(lines, [path.split(".") for path in self._get_paths_ahead()])

    def _get_paths_ahead(self):
        """Give paths of fields to what decisions look at."""
        return (
            "rma_id.line_ids",
            "rma_id.partner_id.category_id",
            "rma_id.commercial_partner_id.category_id",
            "product_id.additional_product_tag_ids.sequence",
            "product_id.product_tmpl_id.product_tag_ids.sequence",
            "product_id.product_tmpl_id.reverse_trait_ids.code",
            "move_id.picking_id.picking_type_id.code",
            "move_id.picking_id.partner_id",
            "move_ids",
            "sale_line_id.order_id.date_order",
            "sale_line_id.invoice_lines.move_id.reversed_entry_id",
            "sale_line_id.move_ids.location_dest_id.usage",
            "sale_line_id.reverse_trait_ids",
            "sale_line_id.route_ids",
            "inspection_ids.condition_id",
        )


def _fetch(records, paths):
    """Read records, and what the paths lead to.

    :param paths: lists of names of fields, the first ones of these records
    """
    names = [
        name
        for name, field in records._fields.items()
        if field.store and field.column_type and field.prefetch is True
    ]
    further = {}
    for name, *rest in paths:
        further.setdefault(name, []).append(rest)
    records.fetch([*names, *further])
    for name, rests in further.items():
        deeper = [rest for rest in rests if rest]
        if deeper:
            _fetch(records[name], deeper)
