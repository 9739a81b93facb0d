"""What users read: values of a selection field, and names in their languages."""


def get_labels(records, name):
    """Give the labels of a selection field in the user's language.

    :param records: of the model that has the field; may be empty
    :param str name: of the field
    :return: ``{value: label}``
    """
    return dict(records._fields[name]._description_selection(records.env))


def in_all_languages(record, name):
    """Give a translated field of a record as every user reads it.

    Read ``name`` of many records with ``prefetch_langs`` in the context before.

    :return: ``{language: text}``
    """
    languages = record.env["res.lang"].get_installed()
    return {code: record.with_context(lang=code)[name] for code, _label in languages}


def in_language(texts, language):
    """Give that of some texts in a language, else the first one.

    :param dict texts: as of :func:`in_all_languages`
    :param language: code of a language, None for English
    """
    return texts.get(language or "en_US") or next(iter(texts.values()), "")
