"""wkhtmltopdf, with which Odoo prints: Debian's, unpacked with all that it needs.

Installing it takes root and a Debian that still has it. So it comes from Debian 12 with
its libraries down to libc and the loader that starts it, and shares nothing with the
system; its fonts come with it too, so that papers look alike wherever tests print them.
"""

import re
import shutil

from . import cache, debian
from .report import Problem, run_step, say

PROGRAM = "wkhtmltopdf"
SUITE = "bookworm"
# Drivers of graphics cards and programs that set systems up: large, never called.
UNUSED = {"libllvm15", "libz3-4", "libgl1-mesa-dri", "iso-codes", "dpkg", "debconf"}
UNPACK = 'root=$1; shift; for package; do dpkg-deb -x "$package" "$root"; done'
SCRIPT = """#!/bin/sh
root='{root}'
export QT_QPA_PLATFORM=offscreen QT_PLUGIN_PATH='{plugins}' FONTCONFIG_SYSROOT="$root"
export XDG_RUNTIME_DIR="${{XDG_RUNTIME_DIR:-${{TMPDIR:-/tmp}}}}"
exec '{loader}' --library-path '{libraries}' "$root/usr/bin/{program}" "$@"
"""


def folders():
    """What to add to PATH so that Odoo can print; nothing where it can, or never will.

    Only papers need it: whatever else somebody came for works without.
    """
    if shutil.which(PROGRAM):
        return []
    try:
        return [str(cache.built(f"{PROGRAM}/{SUITE}", _build) / "bin")]
    except Problem as problem:
        say(f"papers cannot be printed: {problem}")
        return []


def _build(folder):
    cache.require_space(600, f"unpacking {PROGRAM}")
    downloads, root = folder / "downloads", folder / "root"
    fetch(downloads)
    command = ["sh", "-ec", UNPACK, "sh", root, *sorted(downloads.glob("*.deb"))]
    run_step(f"Unpacking {PROGRAM}", command, cache.log_file(f"unpack-{PROGRAM}"))
    write_script(folder, root)
    shutil.rmtree(downloads)


def fetch(downloads):
    """Download the program and whatever a system on which nothing is would need."""
    state = downloads / "apt"
    mirror = debian.mirror(otherwise=f"install {PROGRAM} for papers in PDF")
    options = debian.apt_options(state, *mirror, suites=[SUITE])
    (state / "status").touch()
    options.append(f"-oDir::State::status={state / 'status'}")
    log = cache.log_file(f"fetch-{PROGRAM}")
    run_step("Reading Debian's package lists", ["apt-get", *options, "update"], log)
    wanted = ["apt-get", *options, "install", "--simulate", "--no-install-recommends"]
    plan = run_step(f"Finding what {PROGRAM} needs", [*wanted, PROGRAM], log)
    names = set(re.findall(r"^Inst (\S+)", plan, re.M)) - UNUSED
    command = ["apt-get", *options, "download", *sorted(names)]
    run_step(f"Downloading {PROGRAM} (65 MB)", command, log, cwd=downloads)


def write_script(folder, root):
    """Write the program that PATH finds: it starts the one below `root`."""
    (loader,) = root.glob("lib/*/ld-linux*.so.*")
    triplet = loader.parent.name
    libraries = f"{loader.parent}:{root / 'usr/lib' / triplet}"
    plugins = root / "usr/lib" / triplet / "qt5/plugins"
    (folder / "bin").mkdir()
    script = folder / "bin" / PROGRAM
    script.write_text(
        SCRIPT.format(
            root=root,
            plugins=plugins,
            loader=loader,
            libraries=libraries,
            program=PROGRAM,
        )
    )
    script.chmod(0o755)
