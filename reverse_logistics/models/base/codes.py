"""Keys and codes that nobody guesses, for pages that are opened without logging in.

A *key* is passed on by programs, in a link or a form. A *code* is read from paper or a
photo, and typed.
"""

import hashlib
import re
import secrets

# Without letters and digits that are taken for another.
_SIGNS = "ACDEFGHJKMNPQRTUVWXY34679"
_KEY = re.compile(r"[\w-]{40,60}")


def new_key():
    """Make a key."""
    return secrets.token_urlsafe(32)


def is_key(text):
    """Tell whether a text that a client sent can be a key."""
    return bool(_KEY.fullmatch(text or ""))


def new_code(length):
    """Make a code of so many signs."""
    return "".join(secrets.choice(_SIGNS) for _sign in range(length))


def fingerprint(secret):
    """Give what is kept of a key or looked up of a code: nobody finds it from that."""
    return hashlib.sha256(secret.encode()).hexdigest()
