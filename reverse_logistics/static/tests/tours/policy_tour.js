import {registry} from "@web/core/registry";

const click = (content, trigger) => ({content, trigger, run: "click"});
const see = (content, trigger) => ({content, trigger});
const menu = (name) => [
    click(
        "Open the configuration",
        ".o_menu_sections button[data-menu-xmlid='reverse_logistics.menu_configuration']"
    ),
    click(
        "Choose the entry",
        `.o-dropdown--menu [data-menu-xmlid='reverse_logistics.${name}']`
    ),
];
const page = (name) => click(`Open the page ${name}`, `.o_notebook a[name=${name}]`);
const within = (scope) => ({
    enter: (field, text) => ({
        content: `Enter ${text}`,
        trigger: `${scope} .o_field_widget[name=${field}] input, ${scope} .o_field_widget[name=${field}] textarea`,
        run: `edit ${text}`,
    }),
    tick: (field) =>
        click(`Tick ${field}`, `${scope} .o_field_widget[name=${field}] input`),
    choose: (field, text) => [
        {
            content: `Look for ${text}`,
            trigger: `${scope} .o_field_widget[name=${field}] input`,
            run: `edit ${text}`,
        },
        click(`Choose ${text}`, `.o-autocomplete--dropdown-item > a:contains(${text})`),
        see(
            `${text} is chosen`,
            `${scope} .o_field_widget[name=${field}]:contains(${text}), ${scope} .o_field_widget[name=${field}]:has(input:value(${text}))`
        ),
    ],
});
const dialog = within(".modal");
const form = within(".o_form_view");
const addRule = (field, steps, says) => [
    click(
        "Add a rule",
        `.o_field_widget[name=${field}] .o_field_x2many_list_row_add a`
    ),
    ...steps,
    click("Save the rule", ".modal .modal-footer .o_form_button_save"),
    see(
        "The list says in words what was entered",
        `body:not(:has(.modal)) .o_field_widget[name=${field}] .o_data_row:contains(Electronics) .o_data_cell[name=says]:contains(${says})`
    ),
];
const openDraft = (...asked) => [
    ...menu("menu_policy"),
    click(
        "Open the policy",
        ".o_list_view .o_data_row:contains(Standard returns policy) .o_data_cell[name=name]"
    ),
    click("Open its draft", ".o_statusbar_buttons button[name=action_new_version]"),
    ...asked,
    see("It is a draft", ".o_statusbar_status .o_arrow_button_current:contains(Draft)"),
];

// From a new rule to its being in force: entered, tried on the past, activated.
registry.category("web_tour.tours").add("reverse_logistics_policy", {
    steps: () => [
        ...openDraft(),
        ...addRule(
            "rule_ids",
            [
                dialog.enter("name", "Electronics"),
                dialog.enter("window_days", "14"),
                dialog.tick("proof_photo"),
                dialog.tick("proof_serial"),
                ...dialog.choose("category_ids", "Electronics"),
            ],
            "14"
        ),
        page("fees"),
        ...addRule(
            "fee_rule_ids",
            [
                dialog.enter("name", "Electronics unless defective"),
                dialog.enter("percent", "15"),
                ...dialog.choose("waived_reason_ids", "Defective"),
                ...dialog.choose("category_ids", "Electronics"),
            ],
            "15"
        ),
        page("routes"),
        ...addRule(
            "route_rule_ids",
            [
                dialog.enter("name", "Electronics from 500"),
                ...dialog.choose("target_id", "Technical Centre"),
                ...dialog.choose("category_ids", "Electronics"),
                dialog.enter("value_from", "500"),
            ],
            "Technical Centre"
        ),
        click("Save the version", ".o_form_button_save"),
        see("It is saved", ".o_form_saved"),

        ...menu("menu_approval_rule"),
        click("Add a rule of approval", ".o_list_button_add"),
        form.enter("name", "Electronics from 500"),
        click(
            "Open what is approved",
            ".o_form_view .o_field_widget[name=gate] .o_select_menu_toggler"
        ),
        click(
            "The authorization",
            ".o_select_menu_item:contains(Authorization of a return)"
        ),
        see(
            "The role that approves is proposed",
            ".o_form_view .o_field_widget[name=group_id] input:value(Approver)"
        ),
        ...form.choose("category_ids", "Electronics"),
        form.enter("value_from", "500"),
        click("Save the rule", ".o_form_button_save"),
        see("It is saved", ".o_form_saved"),

        ...openDraft(
            click(
                "Go on with the draft there is",
                ".modal button[name=action_open_draft]"
            )
        ),
        click("Try the draft", ".o_statusbar_buttons button[name=action_simulate]"),
        click("Start", ".o_statusbar_buttons button[name=action_start]"),
        see("It is done", ".o_statusbar_status .o_arrow_button_current:contains(Done)"),
        see(
            "One return of the past would be decided otherwise",
            "button[name=action_view_lines] .o_stat_value:contains(1)"
        ),
        click("See which one", "button.oe_stat_button[name=action_view_lines]"),
        click("Open the group", ".o_list_view .o_group_header:first"),
        click("Open the one in it", ".o_list_view .o_group_header:nth-child(2)"),
        see(
            "It says why",
            ".o_list_view .o_data_row .o_data_cell[name=after_explanation]"
        ),
        click(
            "Back to the simulation",
            ".o_control_panel .o_back_button, .o_control_panel .breadcrumb-item:last a"
        ),
        see("It is there", "button[name=action_view_lines] .o_stat_value"),
        click(
            "Back to the version",
            ".o_control_panel .o_back_button, .o_control_panel .breadcrumb-item:last a"
        ),
        click("Activate", ".o_statusbar_buttons button[name=action_activate]"),
        click("Confirm", ".modal footer button.btn-primary:contains(Activate)"),
        see(
            "It is in force",
            "body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains(Active)"
        ),
    ],
});
