{
    "name": "Reverse Logistics: Delivery",
    "summary": "Carriers, return labels and tracking numbers of customer returns",
    "version": "19.0.1.0.0",
    "category": "Inventory/Returns",
    "author": "Reverse Logistics contributors",
    "license": "LGPL-3",
    "depends": ["reverse_logistics", "stock_delivery"],
    "auto_install": True,
    "data": [
        "security/ir.model.access.csv",
        "security/reverse_rules.xml",
        "data/reverse_label_data.xml",
        "views/reverse_label_views.xml",
        "views/reverse_rma_views.xml",
        "views/reverse_withdrawal_views.xml",
    ],
}
