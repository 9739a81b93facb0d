"""Read fields of very many records as plain values, column by column.

Reading `record.field` makes a record of what it names, asks for rights and looks for
pending computations, each time. Of ten thousand lines with all of their documents, that
takes longer than deciding about them. Here each field is asked for once, and what is
not in memory yet takes one query for each kind of record.

What calls this answers for the rights, usually as superuser. Fields that are
translated, and relations whose archived records must be left out, are no use here:
values are those of Odoo's cache.
"""

from collections import defaultdict

from odoo.tools.constants import PREFETCH_MAX


def columns(records, *paths):
    """Give fields of records, and of the records that they name, as plain values.

    :param records: stored ones, or such as are in memory only
    :param paths: names of fields; dots lead on through Many2one fields
    :return: an iterator of tuples, one for each record in their order: ids of what
        relations name, and None or False for what is empty
    """
    rests = _by_first(paths)
    found = {}
    for name, further in rests.items():
        found[name] = _read(records, name, list(rests))
        if further:
            related = records[name]
            rows = dict(zip(related._ids, columns(related, *further), strict=True))
            rows[None] = (None,) * len(further)
            for place, rest in enumerate(further):
                found[f"{name}.{rest}"] = [rows[id_][place] for id_ in found[name]]
    return zip(*(found[path] for path in paths), strict=True)


def column(records, path):
    """Give one field as :func:`columns` does, as a list of its values."""
    return [value for (value,) in columns(records, path)]


def fetch_ahead(records, paths):
    """Have fields of very many records in memory, with a query for each kind of record.

    Odoo reads ahead for so many records at a time; beyond that, each field would take a
    query for each of these portions. What fewer records are named is read as Odoo does.

    :param paths: as for :func:`columns`, also through fields for several records
    """
    if len(records) > PREFETCH_MAX and any(records._ids):
        _fetch(records, paths)


def _fetch(records, paths):
    rests = _by_first(paths)
    names = list(rests)
    if len(records) <= PREFETCH_MAX:
        names += [
            name
            for name, field in records._fields.items()
            if field.store and field.column_type and field.prefetch is True
        ]
    records.fetch(names)
    for name, further in rests.items():
        if further:
            _fetch(records[name], further)


def _by_first(paths):
    """Group paths by their first field: ``{field: [what follows it]}``."""
    rests = defaultdict(list)
    for path in paths:
        name, _dot, rest = path.partition(".")
        rests[name] += [rest] if rest else []
    return rests


def _read(records, name, names):
    """Give the values of a field; if they are not in memory, read others as well."""
    field = records._fields[name]
    if field.compute and field.store:
        field.recompute(records)
    known = field._get_cache(records.env)
    try:
        return [known[id_] for id_ in records._ids]
    except KeyError:
        # Odoo knows where the values of these records come from
        fetch_ahead(records, names)
        records.mapped(name)
        return [known[id_] for id_ in records._ids]


def differs(record, vals, names):
    """Tell whether values to be written say something else than a record does.

    :param dict vals: as for ``write``
    :param names: those of its fields that are compared; commands for several records
        always differ
    """
    return any(
        field.type in ("one2many", "many2many")
        or field.convert_to_cache(vals[name], record)
        != field.convert_to_cache(record[name], record)
        for name, field in ((name, record._fields[name]) for name in names)
    )
