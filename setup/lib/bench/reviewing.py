"""How well second looks are aimed: who sends back too much, photos seen before.

The customers are those of ``online_retail_ii_2009-12_2010-08.csv.gz``, of whom some are
made to send back more; the photos are drawn.
"""

import csv
import gzip
import io
from collections import Counter, defaultdict

#: Who is made to send back more, how much more, and how many are looked at.
ABUSERS, SHARES, LOOKED_AT, LEAST_LINES = 40, (0.15, 0.4), 80, 10
#: Recall of abusers; recall of photos; pairs of other photos that are taken for one.
GOALS = (0.85, 1.0, 1e-3)
SALES = "online_retail_ii_2009-12_2010-08.csv.gz"


def read_sales(path):
    """Give ``(customer, product, value, whether it came back)`` of each line sold.

    A negative line belongs to the last sale of the same product to the same customer.
    """
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["InvoiceDate"])
    sales, open_ = [], defaultdict(list)
    for row in rows:
        key = row["CustomerID"], row["StockCode"]
        if not key[0]:
            continue
        if float(row["Quantity"]) > 0:
            open_[key].append(len(sales))
            sales.append([*key, float(row["Quantity"]) * float(row["Price"]), 0])
        elif open_[key]:
            sales[open_[key].pop()][3] = 1
    return sales


def find_abusers(sales, seed):
    """Give ``(recall by rates, recall of an isolation forest)`` of made-up abusers."""
    import numpy as np
    from engine import rates

    chance = np.random.default_rng(seed)
    count = Counter(sale[0] for sale in sales)
    many = [holder for holder in count if count[holder] >= LEAST_LINES]
    abusers = set(chance.choice(many, ABUSERS, replace=False).tolist())
    more = {holder: chance.uniform(*SHARES) for holder in sorted(abusers)}
    found, worth = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0.0, 0.0])
    for holder, good, value, back in sales:
        back = back or (holder in more and chance.random() < more[holder])
        found[holder, good][0] += 1
        found[holder, good][1] += bool(back)
        worth[holder][0] += value
        worth[holder][1] += value * bool(back)
    told, _rated = rates.tell([(*key, *counts) for key, counts in found.items()])
    isolated = _isolate({h: told[h] for h in many}, worth, seed)

    def recall(score):
        return len(abusers & set(sorted(many, key=score)[:LOOKED_AT])) / ABUSERS

    return recall(lambda h: -told[h].ratio), recall(isolated.get)


def _isolate(told, worth, seed):
    """Give the score of each customer by an isolation forest; the least is oddest."""
    import numpy as np
    from sklearn.ensemble import IsolationForest

    rows = np.array(
        [
            (
                rate.seen / rate.bought,
                np.log1p(rate.bought),
                np.log1p(rate.seen),
                worth[holder][1] / max(worth[holder][0], 1.0),
            )
            for holder, rate in told.items()
        ]
    )
    scores = IsolationForest(random_state=seed).fit(rows).score_samples(rows)
    return dict(zip(told, scores.tolist(), strict=True))


def draw(seed, width=640, height=480):
    """Draw a picture with light, shapes and grain."""
    import numpy as np
    from PIL import Image, ImageDraw

    chance = np.random.default_rng(seed)
    down, across = np.mgrid[0:height, 0:width] / height
    light = [
        chance.uniform(60, 190)
        + 60 * (chance.uniform(-1, 1) * across + chance.uniform(-1, 1) * down)
        + 20 * np.sin(chance.uniform(2, 12) * across + chance.uniform(2, 12) * down)
        for _colour in range(3)
    ]
    points = np.clip(np.stack(light, axis=-1), 0, 255).astype(np.uint8)
    picture = Image.fromarray(points)
    pen = ImageDraw.Draw(picture)
    for _shape in range(int(chance.integers(2, 14))):
        left, top = chance.uniform(0, width), chance.uniform(0, height)
        size = chance.uniform(20, width / 2), chance.uniform(20, height / 2)
        colour = tuple(chance.integers(0, 256, 3).tolist())
        draw_ = pen.ellipse if chance.random() < 0.5 else pen.rectangle
        draw_((left, top, left + size[0], top + size[1]), fill=colour)
    grain = chance.normal(0, chance.uniform(1, 10), (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype("uint8"))


def get_changes():
    """Give ``{name: function that changes a picture}`` of what has to be recognized."""
    from PIL import Image, ImageEnhance

    turn = Image.Transpose
    changes = {
        "smaller": lambda p: p.resize((p.width // 3, p.height // 3)),
        "larger": lambda p: p.resize((p.width * 2, p.height * 2)),
        "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.2),
        "darker": lambda p: ImageEnhance.Brightness(p).enhance(0.7),
    }
    for way in turn:
        changes[way.name.lower()] = lambda p, way=way: p.transpose(way)
    return changes


def save(picture, quality=90):
    """Give the bytes of a picture as JPEG."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def find_photos(seed, count):
    """Give ``(recall of each change, share of other pairs taken for one)``."""
    from engine import pictures

    drawn = [draw(1000 * seed + number) for number in range(count)]
    copies = [pictures.read(save(picture)).copy for picture in drawn]
    album = pictures.Album(copies)
    false = sum(len(set(album.find(copy)) - {n}) for n, copy in enumerate(copies))

    def recall(change, quality=90):
        hits = (
            number in album.find(pictures.read(save(change(picture), quality)).copy)
            for number, picture in enumerate(drawn)
        )
        return sum(hits) / count

    found = {name: recall(change) for name, change in get_changes().items()}
    found["recompressed"] = recall(lambda picture: picture, 25)
    return found, false / (count * (count - 1))


def draw_goods(seed, damaged, size=(400, 300)):
    """Draw a box on a table in changing light, with cracks if it is damaged."""
    import numpy as np
    from PIL import Image, ImageDraw

    chance = np.random.default_rng(seed)

    def colour(low, high):
        return tuple(chance.integers(low, high, 3).tolist())

    picture = Image.new("RGB", size, colour(150, 230))
    pen = ImageDraw.Draw(picture)
    left, top = chance.uniform(40, 120), chance.uniform(30, 80)
    wide, high = chance.uniform(180, 240), chance.uniform(130, 180)
    pen.rectangle((left, top, left + wide, top + high), fill=colour(70, 150))
    label = left + wide * 0.3, top + high * 0.3, left + wide * 0.7, top + high * 0.6
    pen.rectangle(label, fill=colour(180, 250))
    for _crack in range(int(chance.integers(1, 4)) if damaged else 0):
        start = (left + chance.uniform(0, wide), top + chance.uniform(0, high))
        steps = np.cumsum([start, *chance.uniform(-25, 25, (4, 2))], axis=0)
        pen.line([tuple(step) for step in steps], colour(0, 80), width=1)
    light = np.asarray(picture, dtype=float) * chance.uniform(0.8, 1.1)
    grain = chance.normal(0, chance.uniform(2, 5), (size[1], size[0], 1))
    return Image.fromarray(np.clip(light + grain, 0, 255).astype("uint8"))


def find_damage(seed, count):
    """Give ``(AUC on held-out goods, that of sharpness alone)``."""
    import numpy as np
    from engine import damage, pictures

    truth = np.arange(count) % 3 == 0
    read = [
        pictures.read(save(draw_goods(10_000 * seed + number, cracked)))
        for number, cracked in enumerate(truth)
    ]
    cases = [
        damage.Case(picture.features, bool(cracked), 1, number)
        for number, (picture, cracked) in enumerate(zip(read, truth, strict=True))
    ]
    sharp = damage.get_auc(truth, np.array([picture.sharp for picture in read]))
    return damage.Damage.learn(cases, seed=seed)[1]["auc"], sharp


def measure(folder, quick=False):
    """Give ``(measure, values by seed, goal, baseline, at most)`` of what is here."""
    path, found = folder / SALES, []
    if path.exists():
        sales = read_sales(path)
        pairs = [find_abusers(sales, seed) for seed in range(1 if quick else 20)]
        own, forest = zip(*pairs, strict=True)
        base = sum(forest) / len(forest)
        found.append(("abusers in the first 80", own, GOALS[0], base, False))
    photos = [find_photos(seed, 60 if quick else 150) for seed in range(1, 3)]
    recalls = [min(recall.values()) for recall, _false in photos]
    told = [find_damage(seed, 120) for seed in range(1, 2 if quick else 6)]
    base = sum(sharp for _auc, sharp in told) / len(told)
    found.append(("damage on drawn goods", [t[0] for t in told], 0.9, base, False))
    found.append(("photos seen before", recalls, GOALS[1], 0.0, False))
    found.append(("false pairs of photos", [p[1] for p in photos], GOALS[2], 0.0, True))
    return found
