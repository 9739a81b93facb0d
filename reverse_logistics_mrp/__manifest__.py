{
    "name": "Reverse Logistics: Kits",
    "summary": "Kits come back whole or by component, credited by their share",
    "version": "19.0.1.1.0",
    "category": "Inventory/Returns",
    "author": "Reverse Logistics contributors",
    "license": "LGPL-3",
    "depends": ["reverse_logistics", "sale_mrp"],
    "auto_install": True,
    "data": [
        "security/ir.model.access.csv",
        "views/mrp_bom_views.xml",
        "views/res_config_settings_views.xml",
        "views/reverse_rma_views.xml",
    ],
    "demo": ["demo/reverse_demo.xml"],
}
