"""Names of the bands of ``engine.ages``, for fields."""

AGES = [
    ("d007", "Up to 7 Days"),
    ("d030", "8 to 30 Days"),
    ("d060", "31 to 60 Days"),
    ("d090", "61 to 90 Days"),
    ("older", "Over 90 Days"),
]
