{
    "name": "Reverse Logistics: Refurbishing by Vendors",
    "summary": "Returned goods go to a vendor that refurbishes them, and come back",
    "version": "19.0.1.0.0",
    "category": "Inventory/Returns",
    "author": "Reverse Logistics contributors",
    "license": "LGPL-3",
    "depends": ["reverse_logistics_repair", "purchase"],
    "auto_install": True,
    "data": [
        "data/reverse_refurbish_data.xml",
        "views/reverse_inspection_views.xml",
        "views/repair_order_views.xml",
    ],
}
