import {registry} from "@web/core/registry";

const shown = (content, text) => ({
    content,
    trigger: `.modal .alert:contains(${text})`,
});
const press = (name, content) => ({
    content,
    trigger: `.modal .modal-footer button[name=${name}]`,
    run: "click",
});
const stage = (name) => ({
    content: `The document is now: ${name}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains(${name})`,
});
const menu = (name) => [
    {
        content: "Open the menu",
        trigger:
            ".o_menu_sections button[data-menu-xmlid='reverse_logistics.menu_returns']",
        run: "click",
    },
    {
        content: "Choose the entry",
        trigger: `.o-dropdown--menu [data-menu-xmlid='reverse_logistics.${name}']`,
        run: "click",
    },
];
const search = (text) => [
    {
        content: "Type or scan what the customer names",
        trigger: ".modal .o_field_widget[name=search_text] input",
        run: `edit ${text} && press Enter`,
    },
];

registry.category("web_tour.tours").add("reverse_logistics_new_return", {
    steps: () => [
        ...menu("menu_new_return"),
        ...search("SN-TOUR-1"),
        {
            content: "The order was found by its serial number",
            trigger:
                ".modal .o_field_widget[name=candidate_ids] .o_data_row:contains(Lot or serial)",
        },
        {
            content: "The serial number comes back, one piece",
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains(SN-TOUR-1) .o_data_cell[name=quantity]:contains(1.00)",
        },
        press("action_create", "Request the return"),
        stage("Authorized"),
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_counter", {
    steps: () => [
        ...menu("menu_counter_return"),
        ...search("SN-TOUR-1"),
        {
            content: "The serial number is filled in",
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains(SN-TOUR-1)",
        },
        {
            content: "Say in which condition the goods are",
            trigger: ".modal .o_field_widget[name=condition_id] input",
            run: "edit A",
        },
        {
            content: "As new",
            trigger: ".o-autocomplete--dropdown-item > a:contains(A – as new)",
            run: "click",
        },
        press("action_counter", "Take back and credit"),
        shown("The result names the credit note", "received, inspected and credited"),
        press("action_open_return", "Open the return"),
        stage("Settled"),
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_intake", {
    steps: () => [
        ...menu("menu_intake"),
        {
            content: "Look for the customer",
            trigger: ".modal .o_field_widget[name=partner_id] input",
            run: "edit Ada Distribution",
        },
        {
            content: "Choose the customer",
            trigger: ".o-autocomplete--dropdown-item > a:contains(Ada Distribution)",
            run: "click",
        },
        {
            content: "Paste the rows",
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: (helpers) => helpers.edit("KTL-900;2;;DEFECTIVE;Pos. 10\nUNKNOWN;1"),
        },
        press("action_read", "Read the list"),
        {
            content: "One row is not understood",
            trigger: ".modal .o_data_row .o_data_cell[name=error]:contains(is unknown)",
        },
        {
            content: "Correct it",
            trigger:
                ".modal .o_data_row:contains(UNKNOWN) .o_data_cell[name=product_text]",
            run: "click",
        },
        {
            content: "The right number",
            trigger: ".modal .o_data_row .o_field_widget[name=product_text] input",
            run: "edit KTL-900 && press Tab",
        },
        shown("Everything is understood", "no errors"),
        press("action_create", "Create the return"),
        {
            content: "The deliveries are shown before anything is claimed",
            trigger:
                ".alert:contains(What policy says) .o_field_widget[name=decision_summary]:contains(Delivered)",
        },
        {
            content: "Request it",
            trigger: ".o_statusbar_buttons button[name=action_request]",
            run: "click",
        },
        stage("Authorized"),
    ],
});
