"""Remembering in the database what has been replayed.

Every record made for something in the file gets an external identifier of the module
name `replay`, written in the transaction that made the record. A run that was killed
finds there what is done, and a second run finds that nothing is left to do.
"""

MODULE = "replay"


def remember(env, kind, records):
    """Give records their identifiers.

    :param records: ``{key in the file: record}``
    """
    env["ir.model.data"].sudo().create(
        [
            {
                "module": MODULE,
                "name": f"{kind}_{key}",
                "model": record._name,
                "res_id": record.id,
                "noupdate": True,
            }
            for key, record in records.items()
        ]
    )


def known(env, kind):
    """``{key in the file: id}`` of the records of that kind."""
    start = f"{kind}_"
    data = env["ir.model.data"].sudo()
    # A plain LIKE takes the underscore for any character: check the start again.
    found = data.search_fetch(
        [("module", "=", MODULE), ("name", "=like", f"{start}%")], ["name", "res_id"]
    )
    return {
        record.name.removeprefix(start): record.res_id
        for record in found
        if record.name.startswith(start)
    }
