"""Databases with the project's addons installed, copied from cached templates.

There are two levels. A base template holds Odoo's own modules and is built once in
minutes; the full template is a copy of it with this project's addons installed, and is
built again whenever they change. A database is a copy of the full template.

Each level is there twice: for the core, the addons that need no other of ours, and for
the suite, which is all of them with the Odoo apps they join.
"""

import argparse
import ast
import contextlib
import os
import re
import secrets
import shutil
import sys

import psycopg2
from psycopg2 import errors, sql

from . import cache, environment, postgres, source
from .report import Problem, last_lines, run_step, say

PREFIX = "rl_template_"
TEMPORARY = "rl_temporary_"
# How many templates of each kind stay: a few, since checkouts share the cache.
KEPT = 3
# Odoo goes on without demo data that cannot be installed, and only warns.
PROBLEM = r" (?:ERROR|CRITICAL|WARNING(?=.* demo data failed)) "
# What in an addon does not reach the database.
LEFT_OUT = ("tests", "static/src", "static/tests", "readme", "i18n")
LEFT_OUT_SUFFIXES = (".md", ".rst", ".toml", ".pyc")


def create(name, demo=False, plain=False, suite=False):
    """Make the database `name` with the addons installed, replacing an old one.

    :param plain: with Odoo's own modules only
    :param suite: with all addons instead of the core only
    """
    if name.startswith(PREFIX) or name in ("postgres", "template0", "template1"):
        raise Problem(f"{name} is a template, choose another name")
    with template(demo, plain, suite) as original:
        if exists(name):
            say(f"replacing the database {name}")
            drop(name)
        _copy(original, name)
    return name


@contextlib.contextmanager
def temporary(demo=False, plain=False, suite=False):
    """Yield the name of a new database that is dropped at the end.

    :param plain: with Odoo's own modules only, as `setup/bench` compares with
    :param suite: with all addons instead of the core only
    """
    _drop_abandoned()
    name = f"{TEMPORARY}{os.getpid()}_{secrets.token_hex(3)}"
    with cache.locked(name):
        try:
            yield create(name, demo, plain, suite)
        finally:
            _drop_with_copies(name)
            _lock_file(name).unlink(missing_ok=True)


def _drop_abandoned():
    """Drop what killed runs left behind: their locks went with them."""
    for name in _starting_with(TEMPORARY):
        if _lock_file(name).exists():
            with cache.locked(name, wait=False) as abandoned:
                if abandoned:
                    _drop_with_copies(name)


def _drop_with_copies(name):
    """Drop a database and those that tests in parallel named after it."""
    for each in _starting_with(name):
        drop(each)


def drop(name):
    """Drop the database `name` and its attachments, ending its connections."""
    query = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
    execute(sql.SQL(query).format(sql.Identifier(name)))
    shutil.rmtree(_filestore(name), ignore_errors=True)


def exists(name):
    """Whether there is a database of that name."""
    return bool(execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def comment(name):
    """What `set_comment` noted about the database."""
    query = """
        SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s
    """
    return execute(query, [name])[0][0]


def set_comment(name, text):
    """Note a text about the database."""
    query = sql.SQL("COMMENT ON DATABASE {} IS {}")
    execute(query.format(sql.Identifier(name), sql.Literal(text)))


def content_key():
    """Changes whenever the addons of this checkout would install differently."""
    return cache.digest(*_content())


def execute(query, parameters=None):
    """Run one statement on the server; returns its rows, if it has any."""
    try:
        connection = psycopg2.connect(dbname="postgres")
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise Problem(f"PostgreSQL does not answer: {reason}") from error
    with contextlib.closing(connection):
        check_version(connection.server_version // 10000)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []


def check_version(version):
    """Refuse a PostgreSQL that Odoo 19 does not run on."""
    if version < postgres.OLDEST:
        oldest = postgres.OLDEST
        raise Problem(f"Odoo 19 needs PostgreSQL {oldest} or newer; here is {version}")


@contextlib.contextmanager
def template(demo, plain=False, suite=False):
    """Yield the name of the full template, built if need be, kept while in use.

    :param plain: the base template instead
    """
    found = addons(suite)
    with contextlib.ExitStack() as stack:
        base = _base(stack, demo, suite)
        if plain or not found:
            yield base
            return

        def build(name):
            _copy(base, name)
            _install(name, list(found), demo)

        level = "suite" if suite else "full"
        full = _name(level, demo, base, *_content(found))
        stack.enter_context(_kept(full, build))
        _drop_old(demo)
        yield full


def _base(stack, demo, suite):
    """Hold the template with the Odoo modules that the addons need; its name."""
    needed = _needed(suite)
    below, modules = None, needed or ["base"]
    if suite:
        modules = sorted({*needed} - {*_needed(False)})
        below = _base(stack, demo, False)
        if not modules:
            return below

    def build(name):
        if below:
            _copy(below, name)
        _install(name, modules, demo)

    level = "apps" if suite else "base"
    name = _name(level, demo, source.find().version, *needed)
    stack.enter_context(_kept(name, build))
    return name


def _needed(suite):
    """The modules of Odoo that the addons name as what they depend on."""
    depends = addons(suite).values()
    return sorted({name for names in depends for name in names} - {*addons()})


def addons(suite=True):
    """This project's installable addons: {name: names it depends on}.

    :param suite: also those that depend on another of them
    """
    manifests = {path.name: _manifest(path) for path in environment.addons()}
    found = {
        name: manifest.get("depends", [])
        for name, manifest in manifests.items()
        if manifest.get("installable", True)
    }
    if suite:
        return found
    return {name: names for name, names in found.items() if not {*names} & {*found}}


def _manifest(addon):
    try:
        return ast.literal_eval((addon / "__manifest__.py").read_text())
    except (SyntaxError, ValueError) as error:
        raise Problem(
            f"{addon.name}/__manifest__.py is not readable: {error}"
        ) from error


def _content(names=None):
    """The files that decide what a database with these addons, or all, looks like."""
    for addon in environment.addons():
        if names is not None and addon.name not in names:
            continue
        for path in sorted(addon.rglob("*")):
            inside = path.relative_to(addon).as_posix()
            if path.is_file() and not _left_out(inside):
                yield f"{addon.name}/{inside}"
                yield path


def _left_out(path):
    folders = (f"{name}/" for name in LEFT_OUT)
    return path.startswith(tuple(folders)) or path.endswith(LEFT_OUT_SUFFIXES)


def _name(level, demo, *content):
    kind = "demo" if demo else "plain"
    return f"{PREFIX}{level}_{kind}_{cache.digest(*content)}"


@contextlib.contextmanager
def _kept(name, build):
    """Hold the template `name`, built first when it is missing."""
    with contextlib.ExitStack() as stack:
        if not exists(name):
            with cache.locked(f"{name}.build"):
                if not exists(name):
                    _build(name, build)
        if not stack.enter_context(cache.locked(name, shared=True)) or not exists(name):
            raise Problem(f"the template {name} went away: start again")
        _lock_file(name).touch()
        yield


def _build(name, build):
    part = f"{name}_part"
    drop(part)
    try:
        build(part)
    except BaseException:
        drop(part)
        raise
    shutil.rmtree(_filestore(name), ignore_errors=True)
    if _filestore(part).exists():
        _filestore(part).rename(_filestore(name))
    names = {"part": sql.Identifier(part), "name": sql.Identifier(name)}
    # Its name is what makes it a template, so it gets it last.
    for query in (
        "ALTER DATABASE {part} IS_TEMPLATE true ALLOW_CONNECTIONS false",
        "ALTER DATABASE {part} RENAME TO {name}",
    ):
        execute(sql.SQL(query).format(**names))


def _install(name, modules, demo):
    command = [sys.executable, "-m", "odoo", "-d", name, "-i", ",".join(modules)]
    command += ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
    if demo:
        command.append("--with-demo")
    log = cache.log_file(f"install-{name}")
    what = ", ".join(modules[:4]) + (" …" if len(modules) > 4 else "")
    title = f"Installing {what}" + (" with demo data" if demo else "")
    output = run_step(title, command, log, explain=odoo_error)
    if re.search(PROBLEM, output):
        raise Problem(f"{title} failed: {odoo_error(output)} (log: {log})")


def odoo_error(output):
    """The last errors in Odoo's log, without the frames of their tracebacks."""
    found = re.findall(PROBLEM + r"\S+ (.*(?:\n(?!\d{4}-).*)*)", output)
    return "\n  ".join(line for text in found[-2:] for line in _reason(text)) or (
        last_lines(output)
    )


def _reason(text):
    """What a logged error says: the message, or what follows its traceback."""
    reason = re.split(r'\n  File ".*\n(?: .*\n)*', text)[-1]
    return [line[:200].rstrip() for line in reason.splitlines() if line.strip()][:12]


def _copy(source, name):
    names = {"name": sql.Identifier(name), "source": sql.Identifier(source)}
    query = sql.SQL("CREATE DATABASE {name} TEMPLATE {source}").format(**names)
    try:
        execute(query)
    except errors.InsufficientPrivilege as error:
        raise Problem("the database user may not create databases") from error
    shutil.rmtree(_filestore(name), ignore_errors=True)
    if _filestore(source).exists():
        # Odoo never changes a stored file, so the copies may share them.
        shutil.copytree(_filestore(source), _filestore(name), copy_function=os.link)


def _filestore(name):
    return environment.data_folder() / "filestore" / name


def _drop_old(demo):
    """Drop the templates that nobody used lately, but none that is in use."""
    for level in ("base", "full", "apps", "suite"):
        start = f"{PREFIX}{level}_{'demo' if demo else 'plain'}_"
        names = [name for name in _starting_with(start) if name[-5:] != "_part"]
        for name in sorted(names, key=_last_use, reverse=True)[KEPT:]:
            with cache.locked(name, wait=False) as unused:
                if unused:
                    alter = "ALTER DATABASE {} IS_TEMPLATE false"
                    execute(sql.SQL(alter).format(sql.Identifier(name)))
                    drop(name)


def _starting_with(prefix):
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    return [name for (name,) in execute(query, [prefix])]


def _lock_file(name):
    return cache.root() / "locks" / name


def _last_use(name):
    return _lock_file(name).stat().st_mtime if _lock_file(name).exists() else 0


def main(arguments):
    """`setup/database NAME [--demo]`"""
    parser = argparse.ArgumentParser("setup/database", description=create.__doc__)
    parser.add_argument("name")
    parser.add_argument("--demo", action="store_true", help="with demo data")
    options = parser.parse_args(arguments)
    create(options.name, options.demo, suite=True)
    say(f"database {options.name} is ready")


if __name__ == "__main__":
    from .__main__ import guarded

    sys.exit(guarded(lambda: main(sys.argv[1:])))
