import {registry} from "@web/core/registry";

const stage = (name) => ({
    content: `The document is now: ${name}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains(${name})`,
});
const press = (label) => ({
    content: `Press ${label}`,
    trigger: `.o_statusbar_buttons button:contains(${label})`,
    run: "click",
});
const confirm = (label) => ({
    content: `Confirm: ${label}`,
    trigger: `.modal footer button.btn-primary:contains(${label})`,
    run: "click",
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
const choose = (field, text) => [
    {
        content: `Look for ${text}`,
        trigger: `${field} input`,
        run: `edit ${text}`,
    },
    {
        content: `Choose ${text}`,
        trigger: `.o-autocomplete--dropdown-item > a:contains(${text})`,
        run: "click",
    },
];
const add = (name, steps) =>
    registry.category("web_tour.tours").add(`reverse_logistics_${name}`, {steps});

// Another product came than was ordered: asked for, accepted, received.
add("claim_request", () => [
    ...menu("menu_new_return"),
    {
        content: "Type the customer's order number",
        trigger: ".modal .o_field_widget[name=search_text] input",
        run: "edit PO-TOUR-1 && press Enter",
    },
    {
        content: "What was delivered is there",
        trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Kettle)",
    },
    ...choose(".modal .o_field_widget[name=reason_id]", "Wrong item delivered"),
    {
        content: "Open the quantity",
        trigger: ".modal .o_field_widget[name=line_ids] .o_data_cell[name=quantity]",
        run: "click",
    },
    {
        content: "Two of them are wrong",
        trigger: ".modal .o_data_row .o_field_widget[name=quantity] input",
        run: "edit 2",
    },
    {
        content: "There is more to enter than the dialog asks for",
        trigger: ".modal .modal-footer button[name=action_save]",
        run: "click",
    },
    {
        content: "The return says what is missing",
        trigger: ".alert:contains(Before it can be requested)",
    },
    {
        content: "Open what came instead",
        trigger: ".o_data_row .o_data_cell[name=claimed_product_id]",
        run: "click",
    },
    ...choose(".o_data_row .o_field_widget[name=claimed_product_id]", "Cable"),
    press("Request"),
    stage("Requested"),
]);
add("claim_authorize", () => [
    {
        content: "An approver has to decide",
        trigger: ".alert:contains(An approver has to decide)",
    },
    press("Authorize"),
    stage("Authorized"),
]);
add("claim_receive", () => [press("Receive All"), stage("Received")]);

// Two of five never come; when they do come, the return is reopened.
add("close_short", () => [
    press("Close Short"),
    {
        content: "What is missing is proposed",
        trigger: ".modal .o_data_row .o_data_cell[name=quantity]:contains(2.00)",
    },
    confirm("Close Short"),
    stage("Received"),
]);
add("late_goods", () => [
    stage("Settled"),
    press("Goods Arrived"),
    {
        content: "What never came is proposed",
        trigger: ".modal .o_data_row .o_data_cell[name=quantity]:contains(2.00)",
    },
    confirm("Receive"),
    stage("Received"),
]);

// An approver works off the list of what waits for approvers.
add("my_exceptions", () => [
    ...menu("menu_exception_mine"),
    {
        content: "Open what came back without authorization",
        trigger: ".o_data_row:contains(Ada Distribution) .o_data_cell[name=type]",
        run: "click",
    },
    {
        content: "Both effects are said before the button is pressed",
        trigger: ".o_field_widget[name=resolutions]:contains(Nothing is credited)",
    },
    press("Authorize"),
    confirm("Authorize"),
    stage("Resolved"),
    {
        content: "Open its return",
        trigger: ".o-form-buttonbox button[name=action_view_rma]",
        run: "click",
    },
    stage("Received"),
]);
