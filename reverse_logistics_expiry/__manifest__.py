{
    "name": "Reverse Logistics: Expiry Dates",
    "summary": "Returned goods past their removal date are not put back on sale",
    "version": "19.0.1.0.0",
    "category": "Inventory/Returns",
    "author": "Reverse Logistics contributors",
    "license": "LGPL-3",
    "depends": ["reverse_logistics", "product_expiry"],
    "auto_install": True,
    "data": ["views/reverse_inspection_views.xml", "views/reverse_rma_views.xml"],
}
