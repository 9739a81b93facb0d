import {registry} from "@web/core/registry";

// A step of the workflow may take its time.
const timeout = 60000;
const stage = (name) => ({
    content: `The document is now: ${name}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains(${name})`,
    timeout,
});
const opened = (name) => ({
    content: `This page is open: ${name}`,
    trigger: `.o_last_breadcrumb_item:contains(${name})`,
});
const press = (name) => ({
    content: `Press ${name}`,
    trigger: `.o_statusbar_buttons button[name=${name}]`,
    run: "click",
});
const pressLabel = (label) => ({
    content: `Press ${label}`,
    trigger: `.o_statusbar_buttons button:contains(${label})`,
    run: "click",
});
const choose = (field, text) => [
    {
        content: `Look for ${text}`,
        trigger: `.o_field_widget[name=${field}] input`,
        run: `edit ${text}`,
    },
    {
        content: `Choose ${text}`,
        trigger: `.o-autocomplete--dropdown-item > a:contains(${text})`,
        run: "click",
    },
];
const enter = (field, text) => ({
    content: `Enter ${text}`,
    trigger: `.modal .o_field_widget[name=${field}] :is(input, textarea)`,
    run: `edit ${text}`,
});
const save = {
    content: "Save the answer",
    trigger: ".modal footer button[name=action_confirm]",
    run: "click",
};
const back = (name) => [
    {
        content: `Back to ${name}`,
        trigger: ".o_back_button",
        run: "click",
    },
    opened(name),
];

registry.category("web_tour.tours").add("reverse_logistics_claim", {
    steps: () => [
        // The customer brings the pump back.
        press("action_reverse_return"),
        {
            content: "Open the quantity that comes back",
            trigger: ".modal .o_data_row .o_data_cell[name=quantity]",
            run: "click",
        },
        {
            content: "One comes back",
            trigger: ".modal .o_data_row .o_field_widget[name=quantity] input",
            run: "edit 1",
        },
        {
            content: "Request the return",
            trigger: ".modal button[name=action_create]",
            run: "click",
        },
        press("action_receive"),
        // It is broken, and that is its supplier's fault.
        press("action_view_inspections"),
        opened("Inspections"),
        {
            content: "Open the form of the inspection",
            trigger: ".o_data_row .o_list_record_open_form_view",
            run: "click",
        },
        ...choose("condition_id", "D – damaged"),
        {
            content: "Policy recommends something else",
            trigger: ".o_field_widget[name=disposition_id] input:value(Quarantine)",
        },
        ...choose("disposition_id", "Back to the supplier"),
        {
            content: "Say why",
            trigger: ".o_field_widget[name=override_reason] input",
            run: "edit The seal leaks",
        },
        {
            content: "The supplier is liable",
            trigger: ".o_field_widget[name=liability] input",
            run: "click",
        },
        {
            content: "Choose the supplier",
            trigger: ".o_select_menu_item:contains(Supplier)",
            run: "click",
        },
        press("action_complete"),
        stage("Inspected"),
        // Its price is claimed from the supplier.
        press("action_claim_supplier"),
        stage("Draft"),
        {
            content: "What the pump cost is claimed",
            trigger: ".o_data_row .o_data_cell[name=amount_claimed]:contains(40.00)",
        },
        press("action_submit"),
        stage("Submitted"),
        // The supplier lets it come back.
        pressLabel("Acknowledge"),
        enter("reference", "RMA-77"),
        save,
        stage("Acknowledged"),
        press("action_send_goods"),
        stage("Ready"),
        press("button_validate"),
        stage("Done"),
        ...back("CLM/"),
        stage("Goods Sent"),
        // It accepts the claim, and its credit note pays the bill.
        pressLabel("Note Answer"),
        enter("text", "Seal broken, we credit it"),
        save,
        stage("Approved"),
        press("action_credit_note"),
        stage("Draft"),
        press("action_post"),
        stage("Posted"),
        {
            content: "It is reconciled with the bill",
            trigger: ".ribbon span:contains(Paid)",
        },
        ...back("CLM/"),
        stage("Recovered"),
        press("action_close"),
        stage("Closed"),
        {
            content: "All that was written is kept",
            trigger: ".o_notebook a[name=messages]",
            run: "click",
        },
        {
            content: "The answer says what was accepted",
            trigger: ".o_data_row:contains(we credit it) .o_data_cell:contains(40.00)",
        },
    ],
});
