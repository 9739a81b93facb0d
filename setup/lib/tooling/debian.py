"""Odoo 19 from Debian's `odoo-19` package, unpacked into a private folder.

The package lives in Debian's unstable suite. Installing it on a stable Debian would
replace Python and libc, so it is fetched with apt state of its own and only unpacked:
the system's package lists, cache and database stay as they are.
"""

import re
import shutil
from pathlib import Path

from . import cache
from .report import Problem, run_step, say

PACKAGE = "odoo-19"
# Odoo's package links to the fonts and scripts of these; unstable's Font Awesome 6
# has no fontawesome-webfont.*, so that one comes from Debian 12, which has 4.7.
LINKED = (
    "libjs-jquery libjs-jquery-form libjs-underscore fonts-roboto-unhinted "
    "fonts-montserrat fonts-inconsolata fonts-ocr-b"
).split()
ICONS = "fonts-font-awesome"
ICONS_SUITE = "bookworm"
# The package leaves these out although mail's manifest lists them, and a bundle with a
# missing file breaks the web client. Only blurring one's camera picture needs them.
STRIPPED = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
OTHERWISE = "set ODOO_HOME to a checkout of Odoo 19.0"
TREE = "usr/lib/python3/dist-packages"


def tree():
    """The folder to put on PYTHONPATH; fetched and unpacked the first time."""
    return cache.built("odoo-debian", _build) / TREE


def _build(folder):
    cache.require_space(2500, "unpacking Odoo")
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Problem(
            "Odoo 19 is not here and this system has no apt to fetch it with: "
            "set ODOO_HOME to a checkout of Odoo 19.0"
        )
    downloads = folder / "downloads"
    fetch(downloads)
    _unpack(downloads, folder)
    add_missing_files(folder / TREE / "odoo" / "addons")
    shutil.rmtree(downloads)


def mirror(sources=Path("/etc/apt"), otherwise=OTHERWISE):
    """The address and keyring of a Debian mirror that the system itself uses.

    :param str otherwise: what the reader can do on a system that uses none
    """
    files = sorted(sources.glob("sources.list.d/*.sources"))
    for stanza in (s for f in files for s in f.read_text().split("\n\n")):
        field = dict(re.findall(r"^(\S+):\s*(.*)$", stanza, re.M))
        if _is_debian(field.get("URIs", "")) and "main" in field.get("Components", ""):
            return field["URIs"].split()[0], field.get("Signed-By", "")
    lists = [sources / "sources.list", *sorted(sources.glob("sources.list.d/*.list"))]
    for line in (s for f in lists if f.is_file() for s in f.read_text().splitlines()):
        match = re.match(r"deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+\S+\s+(?:.*\s)?main\b", line)
        if match and _is_debian(match[2]):
            signed = re.search(r"signed-by=(\S+)", match[1] or "")
            return match[2], signed[1] if signed else ""
    raise Problem(f"this system names no Debian mirror to fetch from: {otherwise}")


def _is_debian(address):
    return bool(re.search(r"^\S+/debian/?(\s|$)", address))


def apt_options(state, address, keyring, suites=("sid", ICONS_SUITE)):
    """Point apt at a state folder of our own, with the suites we need."""
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (state / name).mkdir(parents=True, exist_ok=True)
    option = f"[signed-by={keyring}] " if keyring.startswith("/") else ""
    sources = state / "sources.list"
    sources.write_text("".join(f"deb {option}{address} {s} main\n" for s in suites))
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": state / "parts",
        "Dir::State::lists": state / "lists",
        "Dir::Cache": state / "cache",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
        "APT::Update::Error-Mode": "any",
    }
    return [f"-o{key}={value}" for key, value in settings.items()]


def fetch(downloads):
    """Download the packages; apt itself checks their signatures."""
    state = downloads / "apt"
    options = apt_options(state, *mirror())
    log = cache.log_file("fetch-odoo")
    run_step("Reading Debian's package lists", ["apt-get", *options, "update"], log)
    say("Odoo 19 comes from Debian's package odoo-19 (123 MB)")
    wanted = [f"{name}/sid" for name in (PACKAGE, *LINKED)]
    wanted.append(f"{ICONS}/{ICONS_SUITE}")
    command = ["apt-get", *options, "download", *wanted]
    run_step("Downloading Odoo", command, log, cwd=downloads)


def _unpack(downloads, folder):
    log = cache.log_file("unpack-odoo")
    for package in sorted(downloads.glob("*.deb")):
        command = ["dpkg-deb", "-x", str(package), str(folder)]
        run_step(f"Unpacking {package.name.split('_')[0]}", command, log)
    version = next(downloads.glob(f"{PACKAGE}_*.deb")).name.split("_")[1]
    (folder / "version").write_text(version)


def add_missing_files(addons):
    """Put an empty script where the package has none but a bundle names one."""
    stub = addons / STRIPPED
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("/* left out of Debian's package */\n")
