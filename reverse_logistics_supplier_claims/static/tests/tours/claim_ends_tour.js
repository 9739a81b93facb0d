import {registry} from "@web/core/registry";

// A step of the workflow may take its time.
const timeout = 60000;
const stage = (name) => ({
    content: `The document is now: ${name}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains(${name})`,
    timeout,
});
const press = (name) => ({
    content: `Press ${name}`,
    trigger: `.o_statusbar_buttons button[name=${name}]`,
    run: "click",
});
const missing = (name) => ({
    content: `Nobody is offered ${name}`,
    trigger: `.o_statusbar_buttons:not(:has(button[name=${name}]))`,
});
const enter = (field, text) => ({
    content: `Enter ${text}`,
    trigger: `.modal .o_inner_group .o_field_widget[name=${field}] input`,
    run: `edit ${text}`,
});
const confirm = {
    content: "Confirm what was entered",
    trigger: ".modal footer button[name=action_confirm]",
    run: "click",
};
const answer = (kind, ...entries) => [
    {
        content: "Note what the supplier answers",
        trigger: ".o_statusbar_buttons button:contains(Note Answer)",
        run: "click",
    },
    {
        content: `It says: ${kind}`,
        trigger: `.modal .o_field_widget[name=kind] label:contains(${kind})`,
        run: "click",
    },
    ...entries,
    confirm,
];

registry.category("web_tour.tours").add("reverse_logistics_claim_partly", {
    steps: () => [
        press("action_submit"),
        stage("Submitted"),
        // Of 40.00 the supplier pays 25.00.
        ...answer(
            "Partly approved",
            enter("reason", "Ran dry for a while"),
            {
                content: "Open what it pays",
                trigger: ".modal .o_data_row .o_data_cell[name=amount]",
                run: "click",
            },
            {
                content: "It pays a part",
                trigger: ".modal .o_data_row .o_field_widget[name=amount] input",
                run: "edit 25",
            }
        ),
        stage("Partly Approved"),
        // Less is paid of its next bill.
        press("action_set_off"),
        {
            content: "Its bill is proposed",
            trigger: ".modal .o_field_widget[name=bill_id] input:value(BILL)",
        },
        confirm,
        stage("Draft"),
        press("action_post"),
        stage("Posted"),
        {
            content: "Back to the claim",
            trigger: ".o_back_button",
            run: "click",
        },
        stage("Recovered"),
        // What is left is not one's own to write off.
        missing("action_write_off"),
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_claim_refused", {
    steps: () => [
        press("action_submit"),
        stage("Submitted"),
        ...answer("Refused", enter("reason", "Sand in the water")),
        stage("Refused"),
        press("action_resubmit"),
        stage("Submitted"),
        ...answer("Refused", enter("reason", "As we said")),
        stage("Refused"),
        missing("action_write_off"),
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_claim_write_off", {
    steps: () => [
        press("action_write_off"),
        {
            content: "It will not be claimed any more",
            trigger: ".modal footer button:contains(Write Off)",
            run: "click",
        },
        press("action_close"),
        stage("Closed"),
        {
            content: "All that was written is kept",
            trigger: ".o_notebook a[name=messages]",
            run: "click",
        },
        {
            content: "The answers are there",
            trigger: ".o_notebook .tab-pane.active .o_data_row",
        },
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_claim_carrier", {
    steps: () => [
        {
            content: "The law limits what the carrier pays",
            trigger: ".alert:contains(The carrier pays at most $ 29.99)",
        },
        press("action_lower_to_limit"),
        {
            content: "The limit is claimed",
            trigger: ".o_data_row .o_data_cell[name=amount_claimed]:contains(29.99)",
        },
        press("action_submit"),
        stage("Submitted"),
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_claim_late", {
    steps: () => [
        {
            content: "The answer is overdue, and somebody else was told, too",
            trigger: ".o-mail-Activity:contains(Escalated)",
        },
        {
            content: "So was whoever claims",
            trigger:
                ".o-mail-Activity:contains(promised an answer by):not(:contains(Escalated))",
        },
        ...answer("Approved", enter("reference", "SP-881")),
        stage("Approved"),
        {
            content: "Nobody has to wait for the answer any more",
            trigger: ".o-mail-Chatter:not(:has(.o-mail-Activity))",
        },
        press("action_credit_note"),
        stage("Draft"),
        press("action_post"),
        stage("Posted"),
        // Nothing is recovered before the money is there.
        {
            content: "Back to the claim",
            trigger: ".o_back_button",
            run: "click",
        },
        stage("Approved"),
        {
            content: "All of it is open",
            trigger: ".o_field_widget[name=amount_open]:contains(29.99)",
        },
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_claim_money", {
    steps: () => [
        {
            content: "The carrier's money has come",
            trigger: ".o_statusbar_buttons button[name=action_register_payment]",
            run: "click",
        },
        {
            content: "All of it",
            trigger: ".modal .o_field_widget[name=amount] input:value(29.99)",
        },
        {
            content: "Note the payment",
            trigger: ".modal footer button[name=action_create_payments]",
            run: "click",
        },
        {
            content: "Nothing is left to pay",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name=payment_state], .ribbon",
            timeout,
        },
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_claim_closed", {
    steps: () => [stage("Recovered"), press("action_close"), stage("Closed")],
});
