"""What a notice of a recall has to say, and what it must not say.

Article 36 of Regulation (EU) 2023/988 asks for a clear description of the hazard, and
forbids words that make the risk look smaller.
"""

import re

#: How many ways of putting things right customers choose from (article 37).
LEAST_REMEDIES = 2


def find_soothing(text, words):
    """Give the words in a text that play the danger down, in the order of the text.

    Whole words are looked for, in any case; a word that ends with ``*`` stands for all
    that begin like it.

    :param str text: what customers are to read
    :param words: the words and phrases to look for
    :rtype: list[str]
    """
    found = {}
    for word in words:
        stem = word.strip().rstrip("*")
        if not stem:
            continue
        end = r"\w*" if word.strip().endswith("*") else ""
        pattern = rf"(?<!\w){re.escape(stem)}{end}(?!\w)"
        for match in re.finditer(pattern, text or "", re.IGNORECASE):
            found.setdefault(match.group().lower(), match.start())
    return sorted(found, key=found.get)


def find_missing(notice, remedies):
    """Give what a notice still lacks.

    :param dict notice: ``{name of a part: whether it is there}``
    :param int remedies: how many remedies customers choose from
    :return: names of parts, with ``remedies`` last
    :rtype: list[str]
    """
    missing = [name for name, there in notice.items() if not there]
    if remedies < LEAST_REMEDIES:
        missing.append("remedies")
    return missing
