{
    "name": "Reverse Logistics: Repairs",
    "summary": "Customers' goods are repaired and go back, never part of our stock",
    "version": "19.0.1.0.0",
    "category": "Inventory/Returns",
    "author": "Reverse Logistics contributors",
    "license": "LGPL-3",
    "depends": ["reverse_logistics", "repair"],
    "auto_install": True,
    "data": [
        "security/ir.model.access.csv",
        "data/reverse_repair_data.xml",
        "views/reverse_inspection_views.xml",
        "views/reverse_rma_views.xml",
        "views/reverse_policy_rule_views.xml",
        "views/repair_order_views.xml",
    ],
    "demo": ["demo/reverse_demo.xml"],
}
