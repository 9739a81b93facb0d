"""Remembering in the database what has been replayed.

Every record made for something in the file gets an external identifier of the module
name `replay`, written in the transaction that made the record. A run that was killed
finds there what is done, and a second run finds that nothing is left to do.

Keys of the file may hold anything, external identifiers no spaces: whatever is not a
plain letter, digit, `_`, `.`, `-` or `~` is written as the `%XX` of its bytes, so that
two keys never meet and each can be read back.
"""

from urllib.parse import quote, unquote

MODULE = "replay"


def identifier(kind, key):
    """The name of the external identifier for a key of the file."""
    return f"{kind}_{quote(key, safe='')}"


def key(kind, name):
    """The key of the file that `identifier` gave that name, None for another kind."""
    start = f"{kind}_"
    return unquote(name.removeprefix(start)) if name.startswith(start) else None


def remember(env, kind, records):
    """Give records their identifiers.

    :param records: ``{key in the file: record}``
    """
    env["ir.model.data"].sudo().create(
        [
            {
                "module": MODULE,
                "name": identifier(kind, key),
                "model": record._name,
                "res_id": record.id,
                "noupdate": True,
            }
            for key, record in records.items()
        ]
    )


def known(env, kind):
    """``{key in the file: id}`` of the records of that kind."""
    data = env["ir.model.data"].sudo()
    # A plain LIKE takes the underscore for any character: `key` checks the start again.
    found = data.search_fetch(
        [("module", "=", MODULE), ("name", "=like", f"{kind}_%")], ["name", "res_id"]
    )
    return {
        key(kind, record.name): record.res_id
        for record in found
        if key(kind, record.name) is not None
    }
