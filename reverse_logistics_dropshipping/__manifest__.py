{
    "name": "Reverse Logistics: Drop-shipping",
    "summary": "Returns of goods that the supplier shipped to the customer",
    "version": "19.0.1.0.0",
    "category": "Inventory/Returns",
    "author": "Reverse Logistics contributors",
    "license": "LGPL-3",
    "depends": ["reverse_logistics", "stock_dropshipping"],
    "auto_install": True,
    "data": [
        "data/reverse_disposition_data.xml",
        "views/reverse_rma_views.xml",
        "views/reverse_inspection_views.xml",
    ],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
