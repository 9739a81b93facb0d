from odoo import models
from odoo.exceptions import UserError


class IrAttachment(models.Model):
    """Why and how goods were destroyed stays as it was then.

    That is the certificate of a disposal once the paper is certified, and the evidence
    of a scrap order's derogation once the goods are scrapped.
    """

    _inherit = "ir.attachment"

    def _reverse_locked(self, operation):
        locked = super()._reverse_locked(operation)
        return locked | self._find_of_certified() | self._find_of_scrapped()

    def _check_reverse_content(self):
        res = super()._check_reverse_content()
        for file in self._find_of_disposals():
            if file.type == "binary" and not file._is_reverse_value():
                file._check_reverse_file()
        return res

    def _check_reverse_added(self):
        res = super()._check_reverse_added()
        added = self._find_of_certified()
        if added and not self._reverse_passes():
            raise UserError(
                self.env._(
                    "“%(file)s” cannot be added: the disposal is certified. An "
                    "approver takes the certificate back first.",
                    file=added[0].name,
                )
            )
        return res

    def _refuse_reverse_change(self):
        if self._find_of_certified():
            raise UserError(
                self.env._(
                    "“%(file)s” belongs to a certified disposal and can neither be "
                    "changed nor deleted. An approver takes the certificate back "
                    "first.",
                    file=self.sudo().name,  # sudo: name in the message
                )
            )
        if self._find_of_scrapped():
            raise UserError(
                self.env._(
                    "“%(file)s” is evidence of why goods were destroyed, by a scrap "
                    "order that is done, and can neither be changed nor deleted. Add "
                    "another file if there is a better one.",
                    file=self.sudo().name,  # sudo: as above
                )
            )
        return super()._refuse_reverse_change()

    def _find_of_scrapped(self):
        """Give those of these files that belong to scrap orders with a derogation."""
        # sudo: where a file belongs to, whoever handles it
        files = self.sudo().filtered(
            lambda file: file.res_model == "stock.scrap" and file.res_id
        )
        # sudo: as above
        orders = self.env["stock.scrap"].sudo().browse(files.mapped("res_id")).exists()
        done = orders.filtered(
            lambda order: order.reverse_derogation_id and order._is_reverse_scrapped()
        )
        return files.filtered(lambda file: file.res_id in done.ids).with_env(self.env)

    def _find_of_disposals(self):
        # sudo: where a file belongs to, whoever handles it
        return self.sudo().filtered(
            lambda file: file.res_model == "reverse.disposal" and file.res_id
        )

    def _find_of_certified(self):
        files = self._find_of_disposals()
        # sudo: as above
        papers = self.env["reverse.disposal"].sudo()
        papers = papers.browse(files.mapped("res_id")).exists()
        certified = papers.filtered(lambda paper: paper.state == "certified")
        return files.filtered(lambda file: file.res_id in certified.ids).with_env(
            self.env
        )
