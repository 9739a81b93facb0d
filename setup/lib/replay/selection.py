"""Which documents a database is filled with: no others go on top of them.

What a return takes back, and what is left for the next one, follows from everything
that was sold and given back before. Documents of two selections in one database would
differ from what either of them lets one expect.
"""

import hashlib
import json

from . import keys

PARAMETER = "replay.selection"


def digest(documents):
    """Changes whenever other documents are replayed, wherever they are read from."""
    found = hashlib.sha256()
    for document in documents:
        rows = [
            (row.code, row.quantity, row.price, row.country) for row in document.rows
        ]
        one = (document.number, document.customer, document.moment, rows)
        found.update(repr(one).encode())
    return found.hexdigest()


def describe(name, limit=None, given_back=False):
    """The selection as it is asked for on the command line."""
    chosen = [name]
    if limit is not None:
        chosen.append(f"--limit {limit}")
    if given_back:
        chosen.append("--given-back")
    return " ".join(chosen)


def claim(env, documents, described):
    """Note in the database what it is filled with.

    :param documents: as `documents.select` gives them
    :param described: as `describe` gives it
    :raise tooling.report.Problem: when it is, or may be, filled with something else
    """
    from tooling.report import Problem

    parameters = env["ir.config_parameter"].sudo()
    own = {"documents": digest(documents), "described": described}
    noted = json.loads(parameters.get_param(PARAMETER) or "{}")
    if noted:
        if noted["documents"] != own["documents"]:
            raise Problem(
                f"the database {env.cr.dbname} was filled with {noted['described']}, "
                f"which {described} cannot go on from: replace it with --fresh, or "
                "name another one with --database"
            )
        return
    if keys.known(env, "order") or keys.known(env, "return"):
        raise Problem(
            f"the database {env.cr.dbname} does not say what it was filled with: "
            "replace it with --fresh, or name another one with --database"
        )
    parameters.set_param(PARAMETER, json.dumps(own))
