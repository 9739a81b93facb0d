"""Favorites and export templates of users name the version that decided, too."""

from odoo.tools import SQL

#: ``{model: {field of before: (in a domain or an export, as a group)}}``
RENAMED = {
    "reverse.rma": {
        "authorized_by_policy_id": "authorized_by_version_id.policy_id",
        "authorized_policy_version": "authorized_by_version_id.number",
    },
    **{
        model: {
            "policy_id": "policy_version_id.policy_id",
            "policy_version": "policy_version_id.number",
        }
        for model in ("reverse.rma.line", "reverse.inspection", "reverse.settlement")
    },
}


def migrate(cr, version):
    for model, names in RENAMED.items():
        for old, path in names.items():
            _rename_in_favorites(cr, model, old, path)
            _rename_in_exports(cr, model, old, path)


def _rename_in_favorites(cr, model, old, path):
    """A condition can follow a path; a group or an order is that of the version."""
    # as in ('policy_id', '=', 1), ["policy_version desc"] or {'group_by': 'policy_id'}
    found = rf"""(["']){old}(["' :])"""
    cr.execute(
        SQL(
            """
            UPDATE ir_filters
               SET domain = regexp_replace(domain, %(found)s, %(path)s, 'g'),
                   context = regexp_replace(context, %(found)s, %(version)s, 'g'),
                   sort = regexp_replace(sort, %(found)s, %(version)s, 'g')
             WHERE model_id = %(model)s
               AND concat(domain, context, sort) ~ %(found)s
            """,
            found=found,
            path=rf"\1{path}\2",
            version=rf"\1{path.split('.')[0]}\2",
            model=model,
        )
    )


def _rename_in_exports(cr, model, old, path):
    cr.execute(
        """
        UPDATE ir_exports_line line
           SET name = regexp_replace(line.name, %(found)s, %(path)s)
          FROM ir_exports template
         WHERE template.id = line.export_id
           AND template.resource = %(model)s
           AND line.name ~ %(found)s
        """,
        {
            "found": f"^{old}(?=/|$)",
            "path": path.replace(".", "/"),
            "model": model,
        },
    )
