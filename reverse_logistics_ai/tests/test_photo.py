"""Photos: what they say of themselves, whether they were shown before, how sharp."""

import io
import tracemalloc
from unittest.mock import patch

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from odoo.exceptions import AccessError
from odoo.tests.common import BaseCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..engine import artefact, classifier, damage, measures, pictures
from ..models.reverse_inspection import READ_AT_ONCE


def draw(seed, size=(320, 240)):
    """A picture of light, blocks and grain."""
    chance = np.random.default_rng(seed)
    points = np.full((size[1], size[0], 3), chance.uniform(80, 170, 3))
    for _block in range(8):
        left, top = chance.integers(0, size[0]), chance.integers(0, size[1])
        wide, high = chance.integers(20, 160, 2)
        points[top : top + high, left : left + wide] = chance.uniform(30, 220, 3)
    points += chance.normal(0, 6, points.shape)
    return Image.fromarray(np.clip(points, 0, 255).astype(np.uint8))


def save(picture, quality=90, **values):
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, **values)
    return stream.getvalue()


def note(**tags):
    """What a camera writes into a file."""
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[int(tag[1:])] = value
    return exif


@tagged("post_install", "-at_install")
class TestPictures(BaseCase):
    def test_same_photo_is_known_however_it_was_changed(self):
        drawn = [draw(seed) for seed in range(30)]
        album = pictures.Album([pictures.read(save(each)).copy for each in drawn])
        turn = Image.Transpose
        changes = [
            lambda picture: save(picture, 25),
            lambda picture: save(picture.resize((160, 120))),
            lambda picture: save(ImageEnhance.Brightness(picture).enhance(1.2)),
            lambda picture: save(ImageEnhance.Brightness(picture).enhance(0.7)),
            *(lambda p, way=way: save(p.transpose(way)) for way in turn),
        ]
        for number, picture in enumerate(drawn):
            for change in changes:
                found = album.find(pictures.read(change(picture)).copy)
                self.assertEqual(found, [number])

    def test_other_photos_are_others(self):
        album = pictures.Album(
            [pictures.read(save(draw(seed))).copy for seed in range(40)]
        )
        for seed in range(100, 140):
            self.assertEqual(album.find(pictures.read(save(draw(seed))).copy), [])
        self.assertEqual(pictures.Album([]).find(bytes(1024)), [])

    def test_photos_are_found_with_older_libraries_as_well(self):
        drawn = [pictures.read(save(draw(seed))).copy for seed in range(3)]
        missing = AttributeError("bitwise_count")
        with patch.object(np, "bitwise_count", side_effect=missing, create=True):
            self.assertEqual(pictures.Album(drawn).find(drawn[2]), [2])

    def test_known_photos_are_in_memory_once(self):
        chance = np.random.default_rng(1)
        copies = [chance.bytes(pictures.SIDE**2) for _photo in range(4000)]
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        album = pictures.Album(copies)
        most = tracemalloc.get_traced_memory()[1]
        self.assertLess(most, 1.75 * album.points.nbytes)

    def test_what_shows_nothing_is_said_so(self):
        for content, code in (
            (b"", "empty"),
            (b"no picture at all", "no_picture"),
            (save(draw(1))[:200], "no_picture"),
            (b"\xff" * (pictures.LARGEST + 1), "huge"),
        ):
            with self.assertRaises(pictures.Unreadable) as caught:
                pictures.read(content)
            self.assertEqual(caught.exception.code, code)
        flat = Image.new("1", (9000, 9000))
        stream = io.BytesIO()
        flat.save(stream, "PNG")
        with self.assertRaises(pictures.Unreadable) as caught:
            pictures.read(stream.getvalue())
        self.assertEqual(caught.exception.code, "huge")

    def test_blurred_and_dark_photos(self):
        sharp = draw(3)
        self.assertEqual(pictures.read(save(sharp)).problem, "")
        blurred = sharp.filter(ImageFilter.GaussianBlur(5))
        self.assertEqual(pictures.read(save(blurred)).problem, "blurred")
        dark = ImageEnhance.Brightness(sharp).enhance(0.15)
        self.assertEqual(pictures.read(save(dark)).problem, "dark")
        self.assertEqual(pictures.read(save(Image.new("L", (1, 1)))).problem, "dark")

    def test_notes_are_read_without_the_place(self):
        exif = note(t271="Acme", t272="C\x001", t305="Adobe Photoshop", t34853={1: "N"})
        found = pictures.read(save(draw(4), exif=exif))
        self.assertEqual(
            found.notes,
            {"maker": "Acme", "camera": "C1", "program": "Adobe Photoshop"},
        )
        self.assertEqual(pictures.read(save(draw(4))).notes, {})

    def test_content_credentials_are_named_and_not_believed(self):
        signed = save(draw(5)) + b"\x00jumb\x00c2pa\x00"
        self.assertEqual(pictures.read(signed).notes, {"credentials": "c2pa"})


@tagged("post_install", "-at_install")
class TestPhotos(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id), ("code", "=", "review")]
        )
        cls.photos = cls.env["reverse.ai.photo"]

    def _add(self, line, content, name="goods.jpg"):
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": line._name,
                "res_id": line.id,
            }
        )

    def _shown(self, content, state="requested"):
        """A return that shows a photo."""
        rma = self._draft(self._sell(quantity=1).move_ids)
        self._add(rma.line_ids, content)
        self._call(rma, "action_request")
        rma._guarded_write({"state": state})
        return rma

    def _look(self, rma):
        self.task._suggest(rma, self.env["reverse.ai.model"])
        return rma.exception_ids.filtered(lambda e: e.type == "enhanced_review")

    def test_photo_of_another_return_asks_for_a_look(self):
        picture = draw(7)
        first = self._shown(save(picture))
        self.assertFalse(self._look(first))
        second = self._shown(save(picture.transpose(Image.Transpose.ROTATE_90), 60))
        asked = self._look(second)
        self.assertIn(f"also on the return {first.name}", asked.ai_reasons)
        self.assertIn(second.state, ("requested", "authorized"))
        self.assertFalse(self._look(self._shown(save(draw(8)))))

    def test_photo_of_a_return_that_ended_may_be_sent_again(self):
        picture = save(draw(9))
        self._look(self._shown(picture, "cancelled"))
        self.assertFalse(self._look(self._shown(picture)))

    def test_white_walls_are_like_every_other(self):
        white = save(Image.new("RGB", (300, 300), "white"))
        self._look(self._shown(white))
        self.assertFalse(self._look(self._shown(white)))

    def test_photos_go_with_their_files(self):
        rma = self._shown(save(draw(10)))
        self._look(rma)
        photo = self.photos.search([("rma_id", "=", rma.id)])
        self.assertEqual((len(photo), rma.ai_photo_count), (1, 1))
        photo.attachment_id.with_env(rma._workflow().env).unlink()
        self.assertFalse(photo.exists())

    def test_what_stood_in_the_file_of_a_customer_is_noted(self):
        exif = note(t272="Phone 9", t305="GIMP 3")
        rma = self._draft(self._sell(quantity=1).move_ids)
        line = rma.line_ids
        with patch.object(pictures, "read", wraps=pictures.read) as read:
            line._add_customer_files("photo", [("a.jpg", save(draw(11), exif=exif))])
        self.assertEqual(read.call_count, 1)
        photo = self.photos.search([("rma_id", "=", rma.id)])
        self.assertEqual(photo.notes_text, "camera Phone 9, program GIMP 3")
        self.assertEqual(pictures.read(photo.attachment_id.raw).notes, {})
        self.assertEqual(photo._get_editor(), "GIMP 3")

    def test_large_photo_is_read_as_it_is_kept(self):
        """Odoo makes it smaller; only what stood in the file is read as it came."""
        exif = note(t272="Phone 9")
        large = save(draw(14).resize((2400, 1800)), exif=exif)
        line = self._draft(self._sell(quantity=1).move_ids).line_ids
        with patch.object(pictures, "read", wraps=pictures.read) as read:
            line._add_customer_files("photo", [("a.jpg", large)])
        photo = self.photos.search([("rma_id", "=", line.rma_id.id)])
        kept, original = read.call_args.args
        self.assertEqual((kept, original), (photo.attachment_id.raw, large))
        self.assertEqual(Image.open(io.BytesIO(kept)).size, (1920, 1440))
        self.assertEqual(photo.notes_text, "camera Phone 9")
        album = pictures.Album([photo._get_copy()])
        self.assertEqual(album.find(pictures.read(large).copy), [0])

    def test_original_that_cannot_be_read_says_nothing(self):
        kept = save(draw(15), exif=note(t272="Phone 9"))
        found = pictures.read(kept, b"no picture")
        self.assertEqual((found.notes, found.problem), ({}, ""))
        self.assertEqual(pictures.read(kept).notes, {"camera": "Phone 9"})

    def test_no_more_photos_are_read_at_once_than_are_asked_for(self):
        rma = self._received(self._sell(quantity=1).move_ids)
        for seed in range(3):
            self._add(rma.line_ids, save(draw(seed)))
        self._add(rma.inspection_ids, save(draw(4)))
        for most, known in ((3, 3), (3, 4), (3, 4)):
            self.assertEqual(len(self.photos._take(rma, most)), known)

    def test_what_cannot_be_read_is_no_reason(self):
        rma = self._shown(b"\xff\xd8\xff\xe0" + b"no picture" * 9)
        self.assertFalse(self._look(rma))
        photo = self.photos.search([("rma_id", "=", rma.id)])
        self.assertEqual(photo.problem, "unreadable")


@tagged("post_install", "-at_install")
class TestDamage(BaseCase):
    def _cases(self, count=60, category=1):
        chance = np.random.default_rng(5)
        return [
            damage.Case(
                tuple(chance.normal(3.0 * (number % 3 == 0), 1, 6)),
                number % 3 == 0,
                category,
                number // 2 * 2 + (number % 3 == 0),
            )
            for number in range(count)
        ]

    def test_damage_is_told_and_kept(self):
        found, metrics = damage.Damage.learn(self._cases(), 0.9)
        self.assertGreaterEqual(metrics["auc"], 0.95)
        self.assertGreaterEqual(metrics["coverage"], 0.5)
        meta, arrays = artefact_roundtrip(found)
        again = damage.Damage.from_data(meta, arrays)
        for shift, damaged in ((3.0, True), (0.0, False)):
            score = again.score((shift,) * 6, 1)
            self.assertAlmostEqual(score, found.score((shift,) * 6, 1), 5)
            self.assertEqual(score > 0.5, damaged)
        self.assertIsNone(found.score((0.0,) * 6, 2), "nothing is known of others")
        self.assertIsNone(found.score((), 1))

    def test_chance_says_nothing(self):
        chance = np.random.default_rng(6)
        cases = [
            damage.Case(tuple(chance.normal(0, 1, 6)), bool(n % 2), 1, n)
            for n in range(200)
        ]
        metrics = damage.Damage.learn(cases, 0.9)[1]
        self.assertLess(abs(metrics["auc"] - 0.5), 0.15)
        self.assertLess(metrics["coverage"], 0.3)

    def test_too_few_photos(self):
        few = self._cases(30)
        sound = [damage.Case((1.0,), False, 2, n) for n in range(90)]
        for cases in ([], few, sound, few + sound):
            with self.assertRaises(classifier.CannotLearn) as caught:
                damage.Damage.learn(cases)
            self.assertEqual(caught.exception.code, "few_photos")
        found, _metrics = damage.Damage.learn(sound + self._cases())
        self.assertEqual(list(found.models), [1])


def artefact_roundtrip(found):
    raw = artefact.pack(*found.to_data())
    digest = artefact.digest(raw)
    return artefact.unpack(raw, digest, "seal", lambda _digest: "seal")


@tagged("post_install", "-at_install")
class TestDamageOnPhotos(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id), ("code", "=", "photo")]
        )
        cls.worker = cls.task._get_worker()
        cls.move = cls._sold(quantity=60)[1]

    def _upload(self, part, content, name="goods.jpg"):
        files = self._as("inspector", self.env["ir.attachment"])
        file = files.create({"name": name, "raw": content})
        self._as("inspector", part).photo_ids += file

    def _part(self, content):
        part = self._received(self.move, 1).inspection_ids
        self._upload(part, content)
        return part

    def _learn(self):
        """Learn from inspected parts, each with a photo, half of them damaged."""
        for number in range(6):
            damaged = number % 2
            picture = draw(number)
            if damaged:
                picture = picture.point(lambda value: value // 3)
            part = self._part(save(picture))
            self._inspect(part, "D" if damaged else "A")
        with (
            patch.object(damage, "LEAST_PHOTOS", 6),
            patch.object(damage, "LEAST_OF_KIND", 3),
            patch.object(measures, "choose_threshold", return_value=(0.0, 1.0)),
        ):
            self.task.is_due = True
            self.task._learn()
        candidate = self.task.candidate_id
        self.assertEqual(candidate.case_count, 6)
        candidate._activate()
        return candidate

    def _look(self):
        for version, records in self.worker._find_waiting(self.task):
            self.task._suggest(records, version)

    def test_photos_of_inspected_goods_tell_of_others(self):
        model = self._learn()
        self.assertIn("photos", model.limits)
        self.assertIn("How light", model.schema_text)
        dark = self._part(save(draw(50).point(lambda value: value // 3)))
        light = self._part(save(draw(51)))
        self._look()
        dark.invalidate_recordset()
        self.assertEqual(dark.ai_damage, "Looks damaged")
        self.assertIn("goods.jpg", dark.ai_damage_reasons)
        self.assertEqual(light.ai_damage, "Looks sound")
        self.assertFalse(dark.condition_id, "the inspector decides")
        with self.assertRaisesRegex(AccessError, "(?i)inspector"):
            self._call(self._as("service", dark.ai_damage_id), "action_right")
        said = dark.ai_damage_id
        self._call(self._as("inspector", dark), "action_ai_damage_right")
        self.assertEqual(said.state, "accepted")
        self.assertFalse(dark.ai_damage_id)

    def test_what_was_found_is_noted(self):
        self._learn()
        part = self._part(save(draw(52)))
        self._look()
        said = part.ai_damage_id
        self._inspect(part, "D")
        self.assertEqual((said.state, said.chosen), ("overruled", "damaged"))

    def test_without_photos_nothing_is_learned_or_said(self):
        self.task.is_due = True
        self.task._learn()
        self.assertIn("enough photos", self.task.problem)
        part = self._part(save(draw(53)))
        self._look()
        self.assertFalse(part.ai_damage_id)

    def test_no_more_is_read_while_somebody_waits_than_a_few(self):
        part = self._received(self.move, 1).inspection_ids
        files = self._as("inspector", self.env["ir.attachment"]).create(
            [
                {"name": f"{n}.jpg", "raw": save(draw(70 + n, (60, 40)))}
                for n in range(READ_AT_ONCE + 2)
            ]
        )
        self._as("inspector", part).photo_ids = files
        photos = self.env["reverse.ai.photo"].search([("rma_id", "=", part.rma_id.id)])
        self.assertEqual(len(photos), READ_AT_ONCE)
        self.assertEqual(len(part.photo_ids), READ_AT_ONCE + 2, "all are kept")

    def test_backlog_is_read_in_batches_and_goes_on_where_it_ended(self):
        part = self._received(self.move, 1).inspection_ids
        files = self.env["ir.attachment"].create(
            [
                {
                    "name": f"{number}.jpg",
                    "raw": save(draw(60 + number, (60, 40))),
                    "res_model": part._name,
                    "res_id": part.id,
                }
                for number in range(5)
            ]
        )
        self._inspect(part, "A")
        self.env["reverse.ai.photo"].search([("rma_id", "=", part.rma_id.id)]).unlink()
        self.assertEqual(self.task.backlog_count, 5)
        (self.task.search([]) - self.task).mode = "off"
        self.task.is_due = True
        cron = type(self.env["ir.cron"])
        with patch.object(type(self.worker), "_read_batch", 2):
            # The time is over after the second batch, and then it is not.
            times = [60.0, 60.0, 0.0]
            with patch.object(cron, "_commit_progress", side_effect=times) as kept:
                self.task._cron_learn()
            self.assertEqual(kept.call_args_list[0].kwargs, {"remaining": 6})
            self.assertEqual(
                [call.args for call in kept.call_args_list[1:]], [(2,)] * 2
            )
            self.assertTrue(self.task.is_due)
            self.task.invalidate_recordset(["backlog_count"])
            self.assertEqual(self.task.backlog_count, 1)
            with patch.object(cron, "_commit_progress", return_value=60.0) as kept:
                self.task._cron_learn()
            self.assertEqual(
                [call.args for call in kept.call_args_list[1:]], [(1,)] * 2
            )
        self.assertFalse(self.task.is_due)
        photos = self.env["reverse.ai.photo"].search(
            [("attachment_id", "in", files.ids)]
        )
        self.assertEqual((len(photos), photos.rma_id), (5, part.rma_id))

    def test_photos_that_show_little_are_named_and_kept(self):
        blurred = save(draw(54).filter(ImageFilter.GaussianBlur(5)))
        part = self._part(blurred)
        self.assertIn("“goods.jpg” is blurred", part.ai_photo_hint)
        self.assertEqual(len(part.photo_ids), 1)
        self._as("administrator", self.task).mode = "off"
        part.invalidate_recordset()
        self.assertFalse(part.ai_photo_hint)

    def test_customers_are_asked_to_take_them_again(self):
        line = self._draft(self.move).line_ids
        dark = ImageEnhance.Brightness(draw(55)).enhance(0.1)
        line._add_customer_files("photo", [("dark.jpg", save(dark))])
        self.assertEqual(len(line._get_ai_hints()), 1)
        self.assertIn("“dark.jpg” is dark", line._get_ai_hints()[0])
        self.assertEqual(len(line._get_customer_files()), 1, "it is kept")
