"""What a file really is: its content tells, since anybody can rename a file."""

import io
import re
import zipfile

#: Kinds that may be evidence of a return.
EVIDENCE = frozenset({"image", "video", "pdf", "workbook", "document", "text"})

#: Largest unpacked size in bytes: a workbook beyond it was made to exhaust the memory.
MAX_UNPACKED = 50_000_000
#: Most tags in the sheets of a workbook that is read, and in all else that it has: each
#: takes its time, whatever stands in it, and a small file may unpack to millions.
MOST_CELL_TAGS, MOST_OTHER_TAGS = 150_000, 30_000

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"%PDF-", "pdf"),
    (b"\x1a\x45\xdf\xa3", "video"),
)
_IMAGE_BRANDS = {b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"}
_VIDEO_BRANDS = (b"mp4", b"iso", b"M4V", b"qt", b"3gp", b"avc1", b"MSNV")

# Opening plain text with such a name runs it, or shows it as a page.
_PROGRAMS = re.compile(
    r"\.(bat|cmd|com|exe|hta|html?|jar|js|jse|lnk|mjs|msi|php|pl|ps1|py|scr|sh|svgz?"
    r"|vbe|vbs|wsf|xht|xhtml|xml)$",
    re.IGNORECASE,
)
_CHUNK = 1 << 16
# Control characters, except those that lay out text.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MARKUP = re.compile(r"\s*(<[!?/a-z]|#!)", re.IGNORECASE)


def find_kind(content):
    """Tell what kind of content a file has.

    :param bytes content: of the file
    :return: one of ``EVIDENCE``, or None when it is none of them
    """
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image"
    if content[:2] == b"BM" and content[6:10] == b"\0\0\0\0":
        return "image"
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        if brand in _IMAGE_BRANDS:
            return "image"
        return "video" if brand.startswith(_VIDEO_BRANDS) else None
    if content[:2] == b"PK":
        return _find_packed(content)
    return "text" if decode(content) is not None else None


def is_evidence(content, name="", mimetype=""):
    """Tell whether a file may be evidence of a return.

    It has to be of a known kind, and of the kind that it claims to be. An empty file
    shows nothing.

    :param bytes content: of the file
    :param str name: of the file
    :param str mimetype: the type that the sender claims
    :rtype: bool
    """
    kind = content and find_kind(content)
    if kind not in EVIDENCE or _PROGRAMS.search((name or "").strip()):
        return False
    return kind == "image" or not (mimetype or "").startswith("image/")


def decode(content):
    """Give the text of a file, in one of the encodings of spreadsheets and editors.

    :param bytes content: of the file
    :return: the text, or None when it is no plain text
    """
    encodings = ("utf-8-sig", "cp1252")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ("utf-16",)
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) or _MARKUP.match(text) else text
    return None


def is_quickly_read(content):
    """Tell whether a workbook has no more in it than a list of goods may have.

    :param bytes content: of a file that is a workbook
    :raises zipfile.BadZipFile: for one that is broken, and other errors of archives
    """
    left = {True: MOST_CELL_TAGS, False: MOST_OTHER_TAGS}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.infolist():
            of_cells = part.filename.startswith(("xl/worksheets/", "xl/sharedStrings"))
            with archive.open(part) as file:
                while chunk := file.read(_CHUNK):
                    left[of_cells] -= chunk.count(b"<")
                    if left[of_cells] < 0:
                        return False
    return True


def _find_packed(content):
    """Tell what an archive is: an office document without programs, or None."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                return None
            return _find_document(archive, {part.filename for part in parts})
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return None


def _find_document(archive, names):
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    if "[Content_Types].xml" in names:
        if any(name.startswith("xl/workbook") for name in names):
            return "workbook"
        if any(
            name.startswith(("word/document", "ppt/presentation")) for name in names
        ):
            return "document"
    if "mimetype" in names:
        with archive.open("mimetype") as file:
            said = file.read(100)
        if said.startswith(b"application/vnd.oasis.opendocument."):
            return "document"
    return None
