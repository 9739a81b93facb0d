"""An archive of files with a list of their hashes, so that anybody can check it."""

import hashlib
import io
import re
import zipfile

#: As ``sha256sum --check`` reads it.
MANIFEST = "manifest.sha256"
#: Archives keep a moment for each file; the same files give the same archive.
_MOMENT = (1980, 1, 1, 0, 0, 0)
#: What no file system takes, or what leads out of the folder that it is unpacked into.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_LONGEST = 100


def pack(files):
    """Make the archive.

    :param list files: ``[(name, bytes)]``
    :rtype: bytes
    """
    entries = list(zip(_name(name for name, _content in files), files, strict=True))
    listed = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, (_given, content) in entries
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, (_given, content) in entries:
            _add(archive, name, content)
        _add(archive, MANIFEST, listed.encode())
    return written.getvalue()


def _add(archive, name, content):
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _name(names):
    """Give names that differ, whatever people have called their files."""
    taken = {MANIFEST}
    for name in names:
        clean = _UNSAFE.sub("_", name or "").strip(". ")
        stem, dot, ending = clean.rpartition(".")
        if not dot or len(ending) > 10:
            stem, ending = clean, ""
        stem = stem[:_LONGEST] or "file"
        ending = ending and f".{ending}"
        chosen, number = f"{stem}{ending}", 1
        while chosen.lower() in taken:
            number += 1
            chosen = f"{stem} ({number}){ending}"
        taken.add(chosen.lower())
        yield chosen
