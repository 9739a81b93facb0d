from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.reverse_logistics.models.base import drawings


class StockPicking(models.Model):
    """Find transfers by tracking number; keep the carrier of parcels that came back."""

    _inherit = "stock.picking"

    reverse_export_ref = fields.Char(
        "Export Declaration",
        copy=False,
        help="The number (MRN) of the export, with which customs lets the goods back "
        "in duty-free.",
    )

    # On which day the tracking number was noted of what had left before.
    reverse_number_noted_on = fields.Date(copy=False, groups=fields.NO_ACCESS)

    def write(self, vals):
        if "carrier_tracking_ref" in vals:
            self._note_late_number(vals["carrier_tracking_ref"])
        # Clients never run as superuser; whatever does was checked before.
        if "carrier_id" in vals and not self.env.su:
            self._check_reverse_carrier(vals["carrier_id"])
        return super().write(vals)

    def _check_reverse_carrier(self, carrier_id):
        """Refuse another carrier for what has left: its transit time counts."""
        for picking in self.filtered(lambda own: own.carrier_id.id != carrier_id):
            if picking._has_reverse_left():
                raise UserError(
                    self.env._(
                        "%(transfer)s has left: its carrier stays, because the days "
                        "within which goods may come back go by it. If another one "
                        "brought it, note that in the messages of the transfer.",
                        transfer=picking.name,
                    )
                )

    def _note_late_number(self, number):
        """Keep when the number of what has left was noted: it can be any parcel's."""
        # sudo: whoever notes the number does not say when
        changed = self.sudo().filtered(
            lambda own: (
                own._get_reverse_left_on()
                and own.carrier_tracking_ref != (number or False)
            )
        )
        for company, own in changed.grouped("company_id").items():
            own.reverse_number_noted_on = company._get_reverse_today()

    @api.model
    def _get_reverse_transit_paths(self):
        return {**super()._get_reverse_transit_paths(), "carrier": "carrier_id"}

    @api.model
    def _get_reverse_search_domain(self, text):
        return super()._get_reverse_search_domain(
            text
        ) | self._get_reverse_tracking_domain(text)

    @api.model
    def _get_reverse_tracking_domain(self, number):
        """Give the domain of transfers with a tracking number.

        Odoo keeps several numbers in one field, separated by commas.

        :param str number: with wildcards escaped
        """
        number = number.strip()
        if not number:
            return Domain.FALSE
        # Only whole numbers match, because the numbers of a carrier begin alike.
        patterns = (
            f"{start}{number}{end}"
            for start in ("", "%,", "%, ")
            for end in ("", ",%", " ,%")
        )
        return Domain.OR(
            Domain("carrier_tracking_ref", "=ilike", pattern) for pattern in patterns
        )

    @api.model
    def _find_by_tracking(self, numbers):
        """Find the transfers with any of many numbers, in one look at all of them.

        :return: ``{number: transfers}``
        """
        self.flush_model(["carrier_tracking_ref"])
        wanted = {number.lower() for number in numbers}
        rows = self.env.execute_query(
            SQL(
                r"""
                SELECT id, carrier_tracking_ref
                  FROM stock_picking
                 WHERE lower(carrier_tracking_ref) = ANY(%(numbers)s)
                    OR carrier_tracking_ref LIKE '%%,%%'
                   AND regexp_split_to_array(
                           lower(carrier_tracking_ref), '\s*,\s*'
                       ) && %(numbers)s
                 ORDER BY id
                """,
                numbers=[*wanted],
            )
        )
        found = defaultdict(list)
        for id_, ref in rows:
            for number in {own.strip().lower() for own in ref.split(",")} & wanted:
                found[number].append(id_)
        together = self.browse(id_ for id_, _ref in rows)
        return {
            number: self.browse(found[number.lower()]).with_prefetch(together._ids)
            for number in numbers
        }

    @api.model
    def _note_proofs(self, scans, within):
        """Keep the day of the carrier's proof of delivery; the last of several parcels.

        What a carrier proved before stays.

        :param scans: of :class:`engine.scans.Scan`, of deliveries that have arrived
        :param within: domain of the companies whose deliveries they can be
        :return: ``{number: what became of it}``
        """
        outcome = {}
        by_number = self._find_by_tracking([scan.number for scan in scans])
        sent = Domain([("picking_type_code", "=", "outgoing"), ("state", "=", "done")])
        for scan in scans:
            found = by_number[scan.number].filtered_domain(sent & within)
            several = found.filtered(lambda p: "," in p.carrier_tracking_ref)
            ready = (found - several).filtered(lambda p: not p.reverse_possessed_proved)
            noted = [picking for picking in ready if picking._note_proof(scan.moment)]
            if noted:
                outcome[scan.number] = "noted"
            elif found and not several:
                known = any(found.mapped("reverse_possessed_proved"))
                outcome[scan.number] = "known" if known else "moment"
            else:
                outcome[scan.number] = "several" if several else "unknown"
        return outcome

    def _note_proof(self, moment):
        """Note when the customer got all of this, unless that cannot be.

        A number that was noted later than the goods left can be that of any parcel, so
        it proves no later day than the one that counts without it.
        """
        self.ensure_one()
        day = self.company_id._to_reverse_day(moment)
        left, last = self._get_reverse_left_on(), self.company_id._get_reverse_today()
        if (noted := self.reverse_number_noted_on) and noted > left:
            moves = self.move_ids.filtered(lambda move: move.state == "done")
            last = min(last, *moves._get_reverse_possessed_on(by_word=False).values())
        if not left <= day <= last:
            return False
        self.write({"reverse_possessed_on": day, "reverse_possessed_proved": True})
        return True

    def _get_reverse_label_codes(self):
        """Give the codes of a label of ours, and what a carrier has to know."""
        self.ensure_one()
        goods = self.reverse_rma_id.line_ids._get_lines_to_send().product_id
        numbers = {number for number in goods.mapped("reverse_un_number") if number}
        return {
            "barcode": drawings.barcode(self.carrier_tracking_ref),
            "qr": drawings.qr(self.carrier_tracking_ref),
            "un_numbers": sorted(numbers),
        }

    def _prepare_parcel_back(self, reason):
        """Keep the carrier: undelivered goods come back with the one that had them."""
        numbers = (self.carrier_tracking_ref or "").split(",")
        return {
            **super()._prepare_parcel_back(reason),
            "carrier_id": self.carrier_id.id,
            "carrier_tracking_ref": numbers[0].strip(),
        }
