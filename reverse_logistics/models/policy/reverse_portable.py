from collections import defaultdict

from odoo import api, models

#: By what records are known in every database: the first one that a record has.
KEYS = {
    "res.company": ("name",),
    "res.country": ("code",),
    "res.currency": ("name",),
    "res.partner": ("ref", "vat", "display_name"),
    "product.product": ("barcode", "default_code", "display_name"),
    "product.category": ("complete_name",),
}
#: Records that only look as if they were the same ones where both databases ship them.
OWN = frozenset({"res.company", "res.partner", "product.product"})


class ReversePortable(models.AbstractModel):
    """Names records so that another database finds them again.

    A reference is plain data: ``{"model", "by", "value", "text", "xmlid"}``. ``by`` is
    a field; ``text`` is what a person, and the search, know a record by; ``xmlid`` is
    there for records that came with an addon.
    """

    _name = "reverse.portable"
    _description = "References between Databases"

    # ------------------------------------------------------------------
    # Naming
    # ------------------------------------------------------------------
    @api.model
    def _get_references(self, records):
        """Name records of one model.

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
        """Give the field that a record is known by; other addons extend ``KEYS``."""
        keys = KEYS.get(record._name) or (
            ("code",) if "code" in record._fields else ("display_name",)
        )
        return next((name for name in keys[:-1] if record[name]), keys[-1])

    @api.model
    def _choose_xmlid(self, names):
        # what was exported or imported has a name that no other database knows
        return next((name for name in names if not name.startswith("__")), None)

    # ------------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------------
    @api.model
    def _find_references(self, references, company):
        """Find the records that are meant, in one query per model and key.

        :param references: of any models
        :param company: whose records are meant, and those that all share; empty for all
        :return: ``{index of the reference: records}``: one, none or too many
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
        # sudo: which records came with addons; what they are is read as the user
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
        # sudo: companies that the user may not be in
        record, company = record.sudo(), company.sudo()
        if record._name == "res.company":
            owner = record
        else:
            owner = "company_id" in record._fields and record.company_id
        if not company:
            return True
        return not owner or owner in company.parent_ids or company in owner.parent_ids
