"""The text of a file, read by a process of its own.

Files come from strangers, and libraries that read them can be made to run for ever or
to take all memory. So a process that may take little of either reads one file and ends;
whatever happens in it is an answer in words, and nothing worse.

Run as a program, it reads a file from its input and writes its text as JSON.
"""

import importlib.util
import io
import json
import os
import subprocess
import sys

#: Larger files are not read, nor more than the first pages of one.
LARGEST, MOST_PAGES = 10_000_000, 4
#: Seconds, of scans as well, and bytes that reading may take.
SECONDS, MEMORY = {"pdf": 20, "image": 60}, 1_500_000_000
#: Long side of a scan that is read; more only takes longer.
SIDE = 1600
#: What reads scans, if the server has it.
SCANS = ("rapidocr", "onnxruntime")


class Unreadable(Exception):
    """There is no text: ``code`` is ``empty``, ``huge``, ``other``, ``locked``,
    ``broken``, ``scan`` (which this server cannot read) or ``silent``.
    """

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def can_scan():
    """Tell whether this server reads scans."""
    return all(importlib.util.find_spec(name) for name in SCANS)


def read(content, kind):
    """Give the text of a file.

    :param bytes content: of the file
    :param str kind: ``pdf``, ``image`` or ``text``, by its content
    :raises Unreadable: where there is none
    """
    if not content:
        raise Unreadable("empty")
    if len(content) > LARGEST:
        raise Unreadable("huge")
    if kind == "image" and not can_scan():
        raise Unreadable("scan")
    if kind not in ("pdf", "image"):
        raise Unreadable("other")
    try:
        done = subprocess.run(  # noqa: S603 - this very file
            [sys.executable, __file__, kind],
            input=content,
            capture_output=True,
            timeout=SECONDS[kind],
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=False,
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError, OSError) as error:
        raise Unreadable("broken") from error
    if answer.get("problem"):
        raise Unreadable(answer["problem"])
    if not answer["text"].strip():
        # Pages without text are pictures of text.
        raise Unreadable("silent" if can_scan() else "scan")
    return answer["text"]


def _read_pdf(content):
    try:
        from pypdf import PdfReader
    except ImportError:
        from PyPDF2 import PdfReader

    file = PdfReader(io.BytesIO(content))
    if file.is_encrypted and not file.decrypt(""):
        return {"problem": "locked"}
    pages = [file.pages[number] for number in range(min(len(file.pages), MOST_PAGES))]
    return {"text": "\n".join(page.extract_text() or "" for page in pages)}


def _read_image(content):
    import numpy as np
    from PIL import Image, ImageOps
    from rapidocr import RapidOCR

    with Image.open(io.BytesIO(content)) as image:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
        picture = ImageOps.exif_transpose(image).convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    found = RapidOCR()(np.asarray(picture))
    return {"text": "\n".join(found.txts or ())}


def _limit(seconds):
    """Take no more than is allowed, where the system can see to that."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _main(kind):
    _limit(SECONDS[kind])
    content = sys.stdin.buffer.read(LARGEST + 1)
    try:
        answer = {"pdf": _read_pdf, "image": _read_image}[kind](content)
    except Exception:  # pylint: disable=broad-exception-caught
        # Whatever a library trips over, this file cannot be read.
        answer = {"problem": "broken"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main(sys.argv[1])
