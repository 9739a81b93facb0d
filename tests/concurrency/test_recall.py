"""Goods are recalled while somebody delivers them: refused, or told of."""

import re

import pytest

from odoo import SUPERUSER_ID, Command

from .shop import Shop


@pytest.fixture(scope="module")
def suite_shop(new_database):
    return Shop(new_database(suite=True))


def order(shop, name, reserved, by_days=False):
    """Three pieces of a product of its own are to be delivered; give ids.

    :param reserved: whether they are on the delivery, or somebody enters them there
    :param by_days: whether all of the product is recalled that ever left, and what is
        in stock of it is stopped; else it is one lot
    """
    with shop.env(SUPERUSER_ID) as env:
        product = env["product.product"].create(
            {
                "name": name,
                "is_storable": True,
                "tracking": "none" if by_days else "lot",
            }
        )
        lot = env["stock.lot"]
        if not by_days:
            lot = lot.create({"name": "L7", "product_id": product.id})
        line = Command.create({"product_id": product.id, "product_uom_qty": 3})

        def stock():
            place = env["stock.warehouse"].search([], limit=1).lot_stock_id
            quants = env["stock.quant"]
            quants._update_available_quantity(product, place, 3, lot_id=lot)

        if reserved:
            stock()
        sale = env["sale.order"].create(
            {"partner_id": shop.partner, "order_line": [line]}
        )
        sale.action_confirm()
        if not reserved:
            stock()
        assert bool(sale.picking_ids.move_line_ids) == reserved
        assert sale.picking_ids.move_line_ids.lot_id == (
            lot if reserved else lot.browse()
        )
        author = env["res.users"].create({"name": name, "login": name})
        author.group_ids = env.ref("reverse_logistics.group_service")
        recall = (
            env["reverse.recall"]
            .with_user(author)
            .create(
                {
                    "title": "It can burn",
                    "product_ids": [Command.set(product.ids)],
                    "lot_ids": [Command.set(lot.ids)],
                    # what is delivered now is found by none of these days
                    "delivered_to": by_days and "2020-01-31",
                    "hazard": "It catches fire by itself.",
                    "instruction": "Put it outdoors.",
                    "without_picture": True,
                }
            )
        )
        return sale.picking_ids.id, lot.id, recall.id


def deliver(picking_id, lot_id):
    def call(env):
        # whoever delivers need not be of returns
        picking = env(user=SUPERUSER_ID)["stock.picking"].browse(picking_id)
        move = picking.move_ids
        if not move.move_line_ids:
            move.quantity = 3
            move.move_line_ids.lot_id = lot_id
        move.picked = True
        picking.with_context(skip_sms=True, skip_backorder=True).button_validate()
        assert picking.state == "done"

    return call


@pytest.mark.parametrize("reserved", [True, False])
@pytest.mark.parametrize("first", [0, 1, None])
def test_recall_and_delivery(suite_shop, first, reserved):
    shop = suite_shop
    name = f"Paint {first} {reserved}"
    picking, lot, recall = order(shop, name, reserved)

    def start(env):
        env["reverse.recall"].browse(recall).action_start()

    started, delivered = shop.race(start, deliver(picking, lot), first=first)
    assert started.error is None
    with shop.env(SUPERUSER_ID) as env:
        env["reverse.recall"]._cron_work()
    with shop.env(SUPERUSER_ID) as env:
        record = env["reverse.recall"].browse(recall)
        assert env["stock.lot"].browse(lot).reverse_recall_id == record
        # what starts first is seen by a delivery that had begun before
        assert first is None or bool(delivered.error) == (first == 0)
        if delivered.error:
            assert re.search(
                "it was recalled with REC/.* Take another lot", str(delivered.error)
            )
            assert not record.line_ids
            assert record.in_stock == 3
        else:
            assert record.line_ids.quantity == 3
            assert record.line_ids.rma_id.state == "authorized"
            assert record.in_stock == 0


@pytest.mark.parametrize("reserved", [True, False])
@pytest.mark.parametrize("first", [0, 1, None])
def test_recall_by_days_and_delivery(suite_shop, first, reserved):
    """Whoever got such goods on another day is told of nothing: none of it leaves."""
    shop = suite_shop
    name = f"Kettle {first} {reserved}"
    picking, _lot, recall = order(shop, name, reserved, by_days=True)

    def start(env):
        env["reverse.recall"].browse(recall).action_start()

    started, delivered = shop.race(start, deliver(picking, False), first=first)
    assert started.error is None
    with shop.env(SUPERUSER_ID) as env:
        record = env["reverse.recall"].browse(recall)
        assert record.state == "running"
        # what starts first is seen by a delivery that had begun before
        assert first is None or bool(delivered.error) == (first == 0)
        if delivered.error:
            assert re.search(
                "what is in stock of it was stopped with REC/.* An approver lets it go",
                str(delivered.error),
            )
        assert record.in_stock == (3 if delivered.error else 0)
        # nor does it leave later
        again = env["stock.picking"].browse(picking)
        if again.state != "done":
            again.action_assign()
            assert not again.move_line_ids
