from collections import defaultdict

from odoo import api, models

#: The fields that identify records in every database; the first one with a value is
#: used.
KEYS = {
    "res.company": ("name",),
    "res.country": ("code",),
    "res.currency": ("name",),
    "res.partner": ("ref", "vat", "display_name"),
    "product.product": ("barcode", "default_code", "display_name"),
    "product.category": ("complete_name",),
}
#: Models of which a record can have the same external id in two databases without being
#: the same: each database's demo or main company, for example.
OWN = frozenset({"res.company", "res.partner", "product.product"})


class ReversePortable(models.AbstractModel):
    """Name records so that another database finds them again.

    A reference is plain data: ``{"model", "by", "value", "text", "xmlid"}``. ``by`` is
    the field whose ``value`` identifies the record, ``text`` is the name that people
    and the search know, and ``xmlid`` is set for records that came with an addon.
    """

    _name = "reverse.portable"
    _description = "References between Databases"

    # ------------------------------------------------------------------
    # Naming
    # ------------------------------------------------------------------
    @api.model
    def _get_references(self, records):
        """Give references to records of one model.

        :return: ``{record id: reference}``
        """
        shipped = {} if records._name in OWN else records._get_external_ids()
        references = {}
        for record in records:
            by = self._get_key(record)
            references[record.id] = {
                "model": record._name,
                "by": by,
                "value": record[by],
                "text": record[record._rec_name or "display_name"],
                "xmlid": self._choose_xmlid(shipped.get(record.id, ())),
            }
        return references

    @api.model
    def _get_key(self, record):
        """Give the field that identifies a record; other addons extend ``KEYS``."""
        keys = KEYS.get(record._name) or (
            ("code",) if "code" in record._fields else ("display_name",)
        )
        return next((name for name in keys[:-1] if record[name]), keys[-1])

    @api.model
    def _choose_xmlid(self, names):
        # Odoo's exports and imports invent external ids that exist nowhere else.
        return next((name for name in names if not name.startswith("__")), None)

    # ------------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------------
    @api.model
    def _find_references(self, references, company):
        """Find the records that are meant, with one query per model and field.

        :param references: list of references to any models
        :param company: limits the search to its records and shared ones; empty for all
        :return: ``{index of the reference: records}``, which can be none or several
        """
        groups = defaultdict(list)
        for index, reference in enumerate(references):
            groups[reference["model"], reference["by"]].append(index)
        found = {}
        for (model, by), indexes in groups.items():
            wanted = [references[index] for index in indexes]
            known = self._search_known(model, by, wanted)
            shipped = self._search_shipped(model, wanted)
            for index, reference in zip(indexes, wanted, strict=True):
                records = known.get(reference["value"], self.env[model])
                records |= shipped.get(reference["xmlid"], self.env[model])
                found[index] = records.filtered(
                    lambda record: self._is_of(record, company)
                )
        return found

    def _search_known(self, model, by, references):
        records = self.env[model].with_context(active_test=False)
        name = records._rec_name or "display_name"
        domain = (
            [(name, "in", [reference["text"] for reference in references])]
            if by == "display_name"
            else [(by, "in", [reference["value"] for reference in references])]
        )
        return records.search(domain).grouped(by)

    def _search_shipped(self, model, references):
        names = {ref["xmlid"] for ref in references if ref["xmlid"]} - {None}
        if model in OWN or not names:
            return {}
        # sudo: only which records came with addons; the records are read as the user
        data = self.env["ir.model.data"].sudo()
        rows = data.search_fetch(
            [
                ("model", "=", model),
                ("name", "in", [name.partition(".")[2] for name in names]),
            ],
            ["module", "name", "res_id"],
        )
        records = self.env[model].with_context(active_test=False)
        seen = records.search([("id", "in", rows.mapped("res_id"))])
        return {
            row.complete_name: seen.browse(row.res_id)
            for row in rows
            if row.complete_name in names and row.res_id in seen._ids
        }

    @api.model
    def _is_of(self, record, company):
        # sudo: the user need not belong to these companies
        record, company = record.sudo(), company.sudo()
        if record._name == "res.company":
            owner = record
        else:
            owner = "company_id" in record._fields and record.company_id
        if not company:
            return True
        return not owner or owner in company.parent_ids or company in owner.parent_ids
