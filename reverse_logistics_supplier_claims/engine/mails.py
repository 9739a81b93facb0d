"""What a mail says that arrives, and whether a person wrote it."""

import re
from dataclasses import dataclass

from lxml import html

#: Programs write these values of ``Precedence``, and these headers at all.
_BULK = frozenset({"auto_reply", "bulk", "junk"})
_PROGRAMS = ("X-Autoreply", "X-Autorespond")
#: Below such a line stands what was written earlier.
_HISTORY = re.compile(r"^(?:-{2,} ?original message ?-{2,}|_{20,})$", re.IGNORECASE)
#: What pages may not hold; a form feed parts the pages of plain mails.
_UNKEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BLOCKS = frozenset(
    ("blockquote", "br", "div", "h1", "h2", "h3", "li", "p", "pre", "tr")
)


@dataclass(frozen=True)
class Arrival:
    """How a mail came in.

    :param int user: who handed it over
    :param bool automatic: whether a program wrote it
    """

    user: int
    automatic: bool


def is_automatic(mail):
    """Tell whether a program wrote a mail, such as a note of absence.

    :param email.message.EmailMessage mail: with its headers
    """

    def header(name):
        return str(mail.get(name) or "").strip().lower()

    return (
        header("Auto-Submitted").split(";")[0].strip() not in ("", "no")
        or header("Precedence") in _BULK
        or any(map(header, _PROGRAMS))
        or header("Return-Path") == "<>"
        or mail.get_content_type() == "multipart/report"
    )


def read(body):
    """Give the text that is new in a mail, without what it quotes.

    :param str body: HTML in which Odoo has marked what is quoted
    """
    body = _UNKEPT.sub("\n", body or "")
    root = html.fromstring(f"<div>{body}</div>")
    quoted = root.xpath(".//*[@data-o-mail-quote]")
    for node in quoted:
        node.drop_tree()
    for node in root.iter():
        if node.tag in _BLOCKS:
            node.tail = f"\n{node.tail or ''}"
            if node.tag != "br":
                node.text = f"\n{node.text or ''}"
    lines = [line.strip() for line in root.text_content().splitlines()]
    for position, line in enumerate(lines):
        if _HISTORY.match(line):
            lines = lines[:position]
            quoted = True
            break
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if quoted and text.endswith(":"):
        # "On Monday she wrote:" stands before what is quoted.
        text = text.rpartition("\n\n")[0].strip()
    return text
