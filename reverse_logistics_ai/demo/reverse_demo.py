import base64
import io

import numpy as np
from PIL import Image, ImageDraw
from reportlab.pdfgen import canvas

from odoo import Command, api, models

_OWN = "reverse_logistics_ai"
#: Machines that came back after a trade fair, half of them with cracks, and the photos
#: of each: enough of them to learn what damage looks like.
_RETURNED, _PHOTOS = 12, 4


class ReverseDemo(models.AbstractModel):
    """Coffee machines of which much is suggested: their reason, damage, disposition.

    One weighs too little, one is still to be looked at, one comes with its invoice. A
    colleague has approved what was learned, and people have answered some of it.
    """

    _inherit = "reverse.demo"

    def _product(self, name):
        own = self.env.ref(f"{_OWN}.demo_product_{name}", raise_if_not_found=False)
        return own or super()._product(name)

    @api.model
    def _load_suggestions(self):
        with self._at(60):
            self.env["stock.quant"]._update_available_quantity(
                self._product("espresso"), self._warehouse().lot_stock_id, 40
            )
        # Beside which capacity shows what is forecast.
        self._warehouse().reverse_facility_ids.inspection_minutes = 120.0
        picture = base64.b64encode(_draw(0, False))
        self._product("espresso").image_1920 = picture
        self._back_from_the_fair()
        self._weighs_too_little()
        self._on_the_table()
        leaking, late = self._told_in_words()
        self._with_its_invoice()
        for task in self._get_tasks():
            self._learn_task(task)
        for task in self._get_tasks():
            self._look_task(task)
        self._answer_suggestions(leaking | late)

    def _get_tasks(self):
        return self.env["reverse.ai.task"].search(
            [("company_id", "=", self._company.id)]
        )

    # ------------------------------------------------------------------
    # Stories
    # ------------------------------------------------------------------
    def _sell_machines(self, customer, quantity, day):
        order = self._sell(customer, {"espresso": quantity}, day)
        return order, lambda count, reason, **values: self._line(
            order, "espresso", count, reason, **values
        )

    def _back_from_the_fair(self):
        """Each is looked at by itself: sound ones are sold again, cracked ones not."""
        _order, line = self._sell_machines("pines", _RETURNED + 2, 52)
        note = "Left over from the fair"
        rma = self._ask("pines", [line(_RETURNED, "unwanted", note=note)], 45)
        if rma.state == "requested":
            self._authorize(rma, 45)
        self._receive(rma, 41)
        while whole := rma.inspection_ids.filtered(lambda part: part.quantity > 1):
            with self._at(41, 12):
                self._as("inspector", whole).quantity = 1
        for number, part in enumerate(rma.inspection_ids):
            cracked = number % 2
            self._photograph(part, cracked, 40, _PHOTOS * number)
            with self._at(40, 13):
                own = self._as("inspector", part)
                own.condition_id = self._ref(f"condition_{'e' if cracked else 'a'}")
                wanted = "scrap" if cracked else "restock"
                own.disposition_id = self._ref(f"disposition_{wanted}")
                own.action_complete()

    def _weighs_too_little(self):
        """A box that weighs too little: somebody should look at it twice. The other
        one is still on its way.
        """
        _order, line = self._sell_machines("grace", 2, 12)
        rma = self._ask("grace", [line(2, "unwanted")], 6, "shop")
        self._receive(rma, 2, {"espresso": 1})
        with self._at(1, 13):
            parts = self._as("inspector", rma.inspection_ids)
            parts.ai_weight = 1.1
            parts.condition_id = self._ref("condition_a")
            parts.action_complete()

    def _on_the_table(self):
        """Photographed, and not judged yet."""
        _order, line = self._sell_machines("amelia", 1, 14)
        note = "It has a crack and leaks"
        rma = self._ask("amelia", [line(1, "damaged", note=note)], 5, "shop")
        if rma.state == "requested":
            self._authorize(rma, 4)
        self._receive(rma, 1)
        self._photograph(rma.inspection_ids, True, 0, 900)

    def _told_in_words(self):
        """Two drafts without a reason, which customers explained."""
        _order, line = self._sell_machines("ben", 3, 9)
        drafts = [
            self._draft("ben", [line(1, False, note=note)], 0, "shop")
            for note in (
                "It stopped working after two days, it leaks",
                "It arrived much too late, I needed it last week",
            )
        ]
        return [draft.line_ids for draft in drafts]

    def _with_its_invoice(self):
        """A draft with a paper that names the order."""
        order, line = self._sell_machines("daniel", 1, 8)
        rma = self._draft("daniel", [line(1, "unwanted")], 0, "shop")
        self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": _write_paper(f"Order {order.name}", "Total 389.00"),
                "res_model": rma.line_ids._name,
                "res_id": rma.line_ids.id,
            }
        )

    def _line(self, order, name, quantity, reason, **values):
        if reason:
            return super()._line(order, name, quantity, reason, **values)
        found = super()._line(order, name, quantity, "unwanted", **values)
        return {**found, "reason_id": False}

    def _photograph(self, part, cracked, day, seed):
        with self._at(day, 12):
            files = self._as("inspector", self.env["ir.attachment"]).create(
                [
                    {
                        "name": f"machine-{number}.jpg",
                        "raw": _draw(seed + number, cracked),
                    }
                    for number in range(_PHOTOS)
                ]
            )
            self._as("inspector", part).photo_ids = [Command.set(files.ids)]

    # ------------------------------------------------------------------
    # What is suggested
    # ------------------------------------------------------------------
    def _learn_task(self, task):
        """Learn, and have a colleague approve it where that is needed."""
        if not task.learns:
            return
        worker = task._get_worker()
        worker._read(worker._get_backlog(task))
        task._learn()
        if task.candidate_id and not task.active_model_id:
            task.candidate_id._activate()

    def _look_task(self, task):
        for model, records in task._get_worker()._find_waiting(task):
            task._suggest(records, model)

    def _answer_suggestions(self, lines):
        """People accept one suggestion, and know better of another."""
        lines = self._as("service", lines)
        lines.filtered(lambda line: line.ai_state == "open")[:1].action_ai_accept()
        for line in lines.filtered(lambda line: line.ai_state == "open"):
            line.ai_suggestion_id._choose(
                self._ref("reason_unwanted").code,
                "The customer told us on the phone what it really is.",
            )


def _draw(seed, cracked):
    """Draw a machine in a kitchen of its own, with dark cracks or without."""
    chance = np.random.default_rng(seed)
    points = np.full((300, 400, 3), chance.uniform(120, 200, 3))
    for _thing in range(6):
        left, top = chance.integers(0, 380), chance.integers(0, 280)
        wide, high = chance.integers(30, 150, 2)
        points[top : top + high, left : left + wide] = chance.uniform(90, 230, 3)
    picture = Image.fromarray(points.astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    left, top = map(int, chance.integers(20, 170, 2) * (1, 0.5))
    wide, high = map(int, chance.integers(150, 220, 2))
    steel = int(chance.integers(130, 180))
    pen.rectangle([left, top, left + wide, top + high], fill=(steel, steel, steel + 8))
    hollow = [left + wide // 4, top + high // 2, left + wide - 30, top + high - 15]
    pen.rectangle(hollow, fill=(90, 90, 94))
    for _crack in range(7 if cracked else 0):
        point = np.array([left, top]) + chance.integers(0, (wide, high))
        way = [point + chance.integers(-30, 31, 2) * bend for bend in range(5)]
        pen.line([tuple(map(int, each)) for each in way], fill=(15, 12, 10), width=3)
    grain = np.asarray(picture) + chance.normal(0, 4, (300, 400, 1))
    picture = Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=88)
    return stream.getvalue()


def _write_paper(*lines):
    stream = io.BytesIO()
    paper = canvas.Canvas(stream)
    for number, line in enumerate(lines):
        paper.drawString(60, 780 - 20 * number, line)
    paper.save()
    return stream.getvalue()
