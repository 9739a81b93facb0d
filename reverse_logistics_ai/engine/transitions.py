"""Steps of models and suggestions: ``{step: (states before, state after)}``."""

MODEL = {
    "activate": (("candidate",), "active"),
    "retire": (("candidate", "active"), "retired"),
}
SUGGESTION = {
    "accept": (("open",), "accepted"),
    "overrule": (("open",), "overruled"),
    "outdate": (("open", "abstained"), "outdated"),
}
