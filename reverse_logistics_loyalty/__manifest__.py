{
    "name": "Reverse Logistics: Promotions",
    "summary": "Returned goods are credited less their part of a promotion",
    "version": "19.0.1.0.0",
    "category": "Inventory/Returns",
    "author": "Reverse Logistics contributors",
    "license": "LGPL-3",
    "depends": ["reverse_logistics", "sale_loyalty"],
    "auto_install": True,
    "post_init_hook": "keep_discounted",
}
