"""How good suggestions are, on data that was not learned from.

The data sets are no part of this repository: the folder that is named has to hold
``return_reasons_dev.csv`` (row, text, label), ``banking77_train.csv`` (text, category)
and the invoices of ``retail`` and ``reviewing``. What is absent is said and left out.
"""

import csv
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from tooling import cache

from . import propensity, retail, reviewing

REASONS, BANKING = "return_reasons_dev.csv", "banking77_train.csv"
EXAMPLES = cache.CHECKOUT / "reverse_logistics_ai" / "data" / "examples.csv"
#: What the texts call a reason that the addon calls otherwise.
NAMES = {"TOO_SMALL": "SIZE_SMALL", "TOO_LARGE": "SIZE_LARGE"}
LEAST_ROWS = 5
#: What is aimed at: (macro-F1, share of texts answered at 90 % precision).
REASON_GOALS = (0.60, 0.25)
BANKING_GOALS = {"all": 0.92, "ten": 0.83}
#: Area under the curve of which lines of invoices are credited.
CREDITED_GOAL = 0.80
#: What Odoo makes of larger photos before it keeps them, and so of all that are read.
KEPT_SIDE, KEPT_QUALITY = 1920, 80
#: Milliseconds of one core for a text, in batch.
MOST_MS = 25.0


def measure(folder, quick=False):
    """Give rows ``{measure, tier, value, baseline, goal, passed}``."""
    sys.path.insert(0, str(cache.CHECKOUT / "reverse_logistics_ai"))
    from engine import encoders

    seeds = range(1 if quick else 3)
    found = _warnings(seeds) + _credits(range(20)) + _retail(Path(folder), seeds)
    found += _speeds()
    found += [
        _row(name, "-", values, goal, base, at_most)
        for name, values, goal, base, at_most in reviewing.measure(Path(folder), quick)
    ]
    for tier in encoders.TIERS:
        if missing := encoders.missing(tier):
            found.append({"tier": tier, "absent": f"pip install {' '.join(missing)}"})
            continue
        found += _reasons(Path(folder, REASONS), tier, seeds)
        found += _banking(Path(folder, BANKING), tier, seeds, quick)
    return found


def _warnings(seeds):
    """Simulate a year of weeks after a year of what is usual, of goods of which some
    double; counts vary more than by chance.
    """
    import numpy as np
    from engine import alarms

    goods, weeks, rising, spread = 300, 52, 15, 1.3

    def run(seed, doubled):
        """Give ``(false alarms, week of the first alarm of each that rises)``."""
        chance = np.random.default_rng(seed)
        delivered = chance.poisson(60, (goods, 2 * weeks))
        exposed = alarms.expose(delivered, alarms.USUAL_CURVE)
        rates = np.full(exposed.shape, 0.04)
        rates[:doubled, weeks:] *= 2
        shapes = exposed * rates / (spread - 1)
        returned = chance.poisson(chance.gamma(shapes, spread - 1))
        expected, found = alarms.expect(exposed, returned, weeks)
        recent, level = returned[:, weeks:], np.zeros(goods)
        alarmed, first = np.zeros(goods), np.full(goods, 2 * weeks)
        for week in range(weeks):
            until = slice(0, week + 1)
            steps = alarms.accumulate(
                recent[:, week : week + 1], expected[:, week : week + 1], found, level
            )
            level = steps[:, -1]
            chances = alarms.compare(recent[:, until], expected[:, until], found)
            told = (level >= alarms.LIMIT) & alarms.choose(chances)
            alarmed += told
            first[told & (first > weeks)] = week + 1
            level[told] = 0.0
        return alarmed, first[:doubled]

    # Other seeds than those by which limits were chosen.
    false = [float(run(1000 + seed, 0)[0].mean()) for seed in seeds]
    delays = [float(np.median(run(2000 + seed, rising)[1])) for seed in seeds]
    return [
        _row("false alarms a year", "-", false, 0.06, 0.0, at_most=True),
        _row("weeks until told", "-", delays, 5.0, 0.0, at_most=True),
    ]


def _credits(seeds):
    """Simulate a year of sales and credits of customers, with a season; in the last
    three months, some are credited three times as much as before.
    """
    import numpy as np
    from engine import peers

    customers, unusual, months, size = 200, 10, 12 + peers.WATCHED, 80.0

    def run(seed):
        """Give the share told of those and of all others: by peers, and by how many
        deviations a share of credits lies above the mean.
        """
        chance = np.random.default_rng(3000 + seed)
        sales = chance.lognormal(8.5, 1.0, (customers, 1))
        based = sales * chance.gamma(20, 1 / 20, (customers, months))
        season = 1 + 0.5 * np.sin(2 * np.pi * np.arange(months) / 12)
        rates = 0.06 * season * chance.gamma(8, 1 / 8, (customers, 1))
        rates[:unusual, -peers.WATCHED :] *= 3
        counts = chance.poisson(based * rates / size)
        credited = chance.gamma(2 * np.maximum(counts, 1e-9), size / 2)
        told = peers.compare(credited, based, counts.sum()).unusual
        watched = slice(-peers.WATCHED, None)
        shares = credited[:, watched].sum(axis=1) / based[:, watched].sum(axis=1)
        plain = shares >= shares.mean() + 3 * shares.std()
        return [
            part.mean()
            for each in (told, plain)
            for part in (each[:unusual], each[unusual:])
        ]

    found, wrong, plain, plain_wrong = np.array([run(seed) for seed in seeds]).T
    return [
        _row("unusual found", "-", found.tolist(), 0.4, float(plain.mean())),
        _row("told wrongly", "-", wrong.tolist(), 0.02, plain_wrong.mean(), True),
    ]


def _speeds():
    """Measure what takes time of one core besides texts: parts, and photos."""
    import numpy as np
    from engine import outcomes, pictures

    chance = np.random.default_rng(1)
    labels = ("RESTOCK", "REPAIR", "QUARANTINE", "SCRAP")
    sizes = {"condition": 5, "reason": 9, "category": 60, "product": 2000, "price": 5}
    cases = [
        outcomes.Case(
            {name: int(chance.integers(size)) for name, size in sizes.items()},
            labels[chance.integers(len(labels))],
            number + 1,
        )
        for number in range(20_000)
    ]
    found, _metrics = outcomes.Outcomes.learn(cases, ("condition",))
    photos = {
        side: reviewing.save(reviewing.draw(1, side, side * 3 // 4), quality)
        for side, quality in ((640, 90), (KEPT_SIDE, KEPT_QUALITY), (4000, 90))
    }

    def spend(work, count):
        started = time.process_time()
        work(count)
        return [1000 * (time.process_time() - started) / count]

    def answer(count):
        found.answer(cases[:count], [set(labels)] * count)

    return [
        _row("ms a part", "-", spend(answer, 300), MOST_MS, 0.0, at_most=True),
        *(
            _row(
                f"ms a photo, {side}",
                "-",
                spend(lambda n, raw=raw: [pictures.read(raw) for _ in range(n)], 9),
                MOST_MS,
                0.0,
                at_most=True,
            )
            for side, raw in photos.items()
        ),
    ]


def _retail(folder, seeds):
    """Measure forecasts, and what is credited, on the invoices of a shop."""
    sales = retail.read(folder)
    if sales is None:
        return [{"tier": "-", "absent": retail.PATTERN}]
    own, mean, inside = zip(*retail.forecast(sales, seeds), strict=True)
    base = statistics.mean(mean)
    found = [
        # Better than the mean, by however little, is what is aimed at.
        _row("forecast MASE", "-", own, base, base, at_most=True),
        _row("outside interval", "-", [1 - s for s in inside], 0.25, 0.2, at_most=True),
    ]
    for days, (trees, linear, rate) in propensity.measure(sales, seeds).items():
        name = f"credited {days} d, AUC"
        found.append(_row(name, "trees", trees, CREDITED_GOAL, rate))
        found.append(_row(name, "linear", [linear], CREDITED_GOAL, rate))
    return found


def _read(path, text, label):
    """Give ``(text, label)`` of a file, without labels of a few rows."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row[text], row[label]) for row in csv.DictReader(file)]
    count = Counter(label for _text, label in rows)
    return [row for row in rows if count[row[1]] >= LEAST_ROWS]


def _reasons(path, tier, seeds):
    if not path.exists():
        return [{"tier": tier, "absent": path.name}]
    from engine.classifier import Classifier

    rows = _read_rows(path)
    learned = [Classifier.learn(rows, tier, 0.9, seed) for seed in seeds]
    metrics = [each for _found, each in learned]
    base = metrics[0]["baseline_f1"]
    texts = [row.text for row in rows if not row.public]
    started = time.process_time()
    learned[0][0].answer(texts)
    spent = 1000 * (time.process_time() - started) / len(texts)
    pairs = (("macro_f1", REASON_GOALS[0], base), ("coverage", REASON_GOALS[1], 0.0))
    return [
        *(
            _row(f"reasons {key}", tier, [m[key] for m in metrics], goal, baseline)
            for key, goal, baseline in pairs
        ),
        _row("ms a text", tier, [spent], MOST_MS, 0.0, at_most=True),
    ]


def _read_rows(path):
    """Give what customers wrote, and the English examples that the addon lists, from
    which it learns as well and which are not asked.
    """
    from engine.classifier import Row

    with EXAMPLES.open(encoding="utf-8", newline="") as file:
        listed = [
            Row(row["phrase"], NAMES.get(row["reason"], row["reason"]), public=True)
            for row in csv.DictReader(file)
            if row["language"] == "en_US"
        ]
    return [Row(text, label) for text, label in _read(path, "text", "label")] + listed


def _banking(path, tier, seeds, quick):
    if not path.exists():
        return [{"tier": tier, "absent": path.name}]
    rows = _read(path, "text", "category")
    found = []
    for kind, known, asked in (("ten", 10, 8), ("all", None, None)):
        if kind == "all" and quick:
            continue
        scores = [_score(*_split(rows, known, asked, seed), tier) for seed in seeds]
        goal, base = BANKING_GOALS[kind], 1 / len({label for _text, label in rows})
        found.append(_row(f"banking77 {kind}", tier, scores, goal, base))
    return found


def _split(rows, known, asked, seed):
    """Give ``(rows to learn from, rows to ask)``, the same share of each label."""
    by_label = defaultdict(list)
    for row in rows:
        by_label[row[1]].append(row)
    learned, held = [], []
    for label in sorted(by_label):
        own = by_label[label]
        random.Random(f"{seed} {label}").shuffle(own)
        cut = known or len(own) * 4 // 5
        learned += own[:cut]
        held += own[cut : cut + asked] if asked else own[cut:]
    return learned, held


def _score(learned, held, tier):
    from engine import encoders, measures, words
    from engine.classifier import Classifier, Row

    def prepare(rows):
        texts = [words.clean(text) for text, _label in rows]
        return [words.count(text) for text in texts], encoders.encode(tier, texts)

    counted, vectors = prepare(learned)
    rows = [Row(text, label, public=True) for text, label in learned]
    vocabulary, linear = Classifier._fit(rows, counted, vectors, 0)
    counted, vectors = prepare(held)
    chances = linear.score(vocabulary.weigh(counted), vectors)
    answers = [linear.classes[number] for number in chances.argmax(axis=1)]
    return measures.macro_f1([label for _text, label in held], answers)


def _row(name, tier, values, goal, baseline, at_most=False):
    value = statistics.mean(values)
    return {
        "measure": name,
        "tier": tier,
        "value": round(value, 3),
        "spread": round(statistics.pstdev(values), 3),
        "seeds": len(values),
        "baseline": round(baseline, 3),
        "goal": goal,
        "passed": value <= goal if at_most else value >= goal,
    }


def as_text(found):
    """Give a line for each measure."""
    lines = []
    for row in found:
        if "absent" in row:
            lines.append(f"{row['tier']:9} left out: {row['absent']} is not here")
            continue
        lines.append(
            "{tier:9} {measure:20} {value:7.3f} ± {spread:.3f} ({seeds} seeds)  "
            "baseline {baseline:.3f}  goal {goal:.2f}  {said}".format(
                **row, said="kept" if row["passed"] else "MISSED"
            )
        )
    return "\n".join(lines)
