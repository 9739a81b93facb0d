import {registry} from "@web/core/registry";

const row = (n) => `.o_list_view .o_data_row:nth-child(${n})`;
const stage = (name) => ({
    content: `The document is now: ${name}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains(${name})`,
});
const opened = (name) => ({
    content: `This page is open: ${name}`,
    trigger: `.o_last_breadcrumb_item:contains(${name})`,
});
const press = (name, content) => ({
    content,
    trigger: `.o_statusbar_buttons button[name=${name}]`,
    run: "click",
});
const grade = (n, condition, disposition) => [
    {
        content: `Open the condition of part ${n}`,
        trigger: `${row(n)} .o_data_cell[name=condition_id]`,
        run: "click",
    },
    {
        content: `Look for ${condition}`,
        trigger: `${row(n)} .o_field_widget[name=condition_id] input`,
        run: `edit ${condition}`,
    },
    {
        content: `Choose ${condition}`,
        trigger: `.o-autocomplete--dropdown-item > a:contains(${condition})`,
        run: "click",
    },
    {
        content: `${disposition} is proposed`,
        trigger: `${row(n)} .o_field_widget[name=disposition_id] input:value(${disposition})`,
    },
    {
        content: "Save",
        trigger: ".o_list_button_save",
        run: "click",
    },
    {
        content: "The line is saved",
        trigger: ".o_list_view:not(:has(.o_selected_row))",
    },
];

registry.category("web_tour.tours").add("reverse_logistics_return", {
    steps: () => [
        press("action_reverse_return", "Return goods of the order"),
        {
            content: "Open the quantity that comes back",
            trigger: ".modal .o_data_row .o_data_cell[name=quantity]",
            run: "click",
        },
        {
            content: "Three come back",
            trigger: ".modal .o_data_row .o_field_widget[name=quantity] input",
            run: "edit 3",
        },
        {
            content: "Request the return",
            trigger: ".modal button[name=action_create]",
            run: "click",
        },
        stage("Authorized"),
        press("action_receive", "Take the goods in"),
        stage("Received"),
        press("action_view_inspections", "Inspect them"),
        opened("Inspections"),
        {
            content: "Open the quantity",
            trigger: `${row(1)} .o_data_cell[name=quantity]`,
            run: "click",
        },
        {
            content: "Two are in one condition",
            trigger: `${row(1)} .o_field_widget[name=quantity] input`,
            run: "edit 2",
        },
        {
            content: "Save",
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            content: "The rest is a part of its own",
            trigger: `${row(2)} .o_data_cell[name=quantity]:contains(1.00)`,
        },
        ...grade(1, "A – as new", "Restock"),
        ...grade(2, "E – beyond use", "Scrap"),
        {
            content: "Mark all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Complete",
            trigger: ".o_control_panel button[name=action_complete]",
            run: "click",
        },
        {
            content: "The first part is inspected",
            trigger: `${row(1)} .o_field_badge:contains(Inspected)`,
        },
        {
            content: "The second part is inspected",
            trigger: `${row(2)} .o_field_badge:contains(Inspected)`,
        },
        {
            content: "Back to the return",
            trigger: ".o_back_button",
            run: "click",
        },
        stage("Put Away"),
        {
            content: "Open the settlements",
            trigger: "button[name=action_view_settlements]",
            run: "click",
        },
        opened("Settlements"),
        {
            content: "One was credited by policy",
            trigger: ".o_data_row .o_field_badge:contains(Released)",
        },
        {
            content: "Open the one that needs a person",
            trigger:
                ".o_data_row:has(.o_field_badge:contains(Proposed)) .o_data_cell[name=rma_id]",
            run: "click",
        },
        {
            content: "Open the deduction",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row .o_data_cell[name=deduction]",
            run: "click",
        },
        {
            content: "Withhold a quarter",
            trigger: ".o_data_row .o_field_widget[name=deduction] input",
            run: "edit 25",
        },
        {
            content: "Say why",
            trigger: ".o_data_row .o_field_widget[name=deduction_reason] input",
            run: "edit Missing parts",
        },
        press("action_submit", "Submit the settlement"),
        stage("Submitted"),
        press("action_approve", "Approve it"),
        stage("Approved"),
        press("action_release", "Release the credit"),
        stage("Released"),
        {
            content: "Open the credit note",
            trigger: "button[name=action_view_credit_notes]",
            run: "click",
        },
        stage("Posted"),
        {
            content: "It leads back to the return",
            trigger: "button[name=action_view_reverse_rma]",
            run: "click",
        },
        stage("Settled"),
    ],
});
