"""What users read for the values of a selection field."""


def get_labels(records, name):
    """Give the labels of a selection field in the user's language.

    :param records: of the model that has the field; may be empty
    :param str name: of the field
    :return: ``{value: label}``
    """
    return dict(records._fields[name]._description_selection(records.env))
