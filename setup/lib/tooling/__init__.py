"""The project's set-up tooling.

Programs under `setup/` that run inside the prepared environment (`setup/python`,
`setup/bench`, `setup/replay`, the tests) use two names:

    from tooling import databases

    databases.create("scratch", demo=True)      from the cached template, in seconds
    with databases.temporary() as name: ...     dropped at the end

Both install the core only, unless `suite=True` asks for all addons.

The environment itself is in the process's variables: `ODOO_RC` names Odoo's
configuration file and `PG*` the server; `import odoo` works.
"""
