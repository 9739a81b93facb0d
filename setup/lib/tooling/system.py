"""Debian packages the tools need on the system itself, installed only when missing."""

import os
import shutil

from . import cache
from .report import Problem, run_step, say


def is_root():
    """Whether this process may install packages."""
    return os.geteuid() == 0


def require_packages(packages, purpose):
    """Install Debian packages as root; tell anybody else which ones to install."""
    names = " ".join(packages)
    if not is_root() or not shutil.which("apt-get"):
        raise Problem(f"{purpose} is missing; install it with: apt-get install {names}")
    say(f"installing Debian packages: {names}")
    install = [
        *("apt-get", "install", "--yes", "--no-install-recommends"),
        *("-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300", *packages),
    ]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = cache.log_file("apt")
    run_step("apt-get update", ["apt-get", "update", "-q"], log, env=environment)
    run_step(f"apt-get install {names}", install, log, env=environment)


def require_program(program, packages, purpose):
    """The path of a program, its Debian packages installed if need be."""
    if not shutil.which(program):
        require_packages(packages, purpose)
    return shutil.which(program)
