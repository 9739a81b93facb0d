{
    "name": "Reverse Logistics: Promotions",
    "summary": "Credits less promotions; gift cards get back what they paid",
    "version": "19.0.1.1.0",
    "category": "Inventory/Returns",
    "author": "Reverse Logistics contributors",
    "license": "LGPL-3",
    "depends": ["reverse_logistics", "sale_loyalty"],
    "auto_install": True,
    "data": [
        "security/ir.model.access.csv",
        "views/reverse_portal_templates.xml",
        "views/reverse_settlement_views.xml",
    ],
    "post_init_hook": "keep_discounted",
    "uninstall_hook": "forget_returns",
}
