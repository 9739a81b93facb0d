import {registry} from "@web/core/registry";

// An approval is given where it is asked for, in the activities of the return.
registry.category("web_tour.tours").add("reverse_logistics_approval", {
    steps: () => [
        {
            content: "The return waits",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Requested)",
        },
        {
            content: "Somebody has to approve, and no activity is marked done",
            trigger: ".o-mail-Activity:not(:has(.o-mail-Activity-markDone))",
        },
        {
            content: "Refuse, but not really",
            trigger: ".o-mail-Activity .o_reverse_refuse",
            run: "click",
        },
        {
            content: "A reason is asked for",
            trigger: ".modal .o_field_widget[name=reason]",
        },
        {
            content: "Leave it",
            trigger: ".modal footer button:contains(Discard)",
            run: "click",
        },
        {
            content: "Approve",
            trigger: "body:not(:has(.modal)) .o-mail-Activity .o_reverse_approve",
            run: "click",
        },
        {
            content: "It has gone on",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Authorized)",
        },
    ],
});

// Several are approved in the list of what waits for me.
registry.category("web_tour.tours").add("reverse_logistics_approve_list", {
    steps: () => [
        {
            content: "Two wait",
            trigger: ".o_list_view .o_data_row:nth-of-type(2)",
        },
        {
            content: "Select both",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Approve them",
            trigger: ".o_control_panel button[name=action_approve]",
            run: "click",
        },
        {
            content: "Nothing waits any more",
            trigger: ".o_view_nocontent_smiling_face",
        },
    ],
});

const approve = (left) => [
    {
        content: "Approve on the form",
        trigger: ".o_form_view .o_statusbar_buttons button[name=action_decide_next]",
        run: "click",
    },
    {
        content: "The next one is open, and the list is one click away",
        trigger: `.o_form_view .o_pager_limit:contains(/^${left}$/)`,
    },
    {
        content: "The way back",
        trigger: ".o_breadcrumb .o_back_button:contains(To Approve)",
    },
];

// On the form each decision shows what waits next, and the list behind it stays.
registry.category("web_tour.tours").add("reverse_logistics_approve_next", {
    steps: () => [
        {
            content: "Three wait",
            trigger: ".o_list_view .o_data_row:nth-of-type(3)",
        },
        {
            content: "Open the first",
            trigger: ".o_data_row:first .o_data_cell[name=document]",
            run: "click",
        },
        ...approve(2),
        ...approve(1),
        {
            content: "Back to the list",
            trigger: ".o_breadcrumb .o_back_button",
            run: "click",
        },
        {
            content: "Open the last",
            trigger: ".o_data_row:only-child .o_data_cell[name=document]",
            run: "click",
        },
        {
            content: "Approve it",
            trigger:
                ".o_form_view .o_statusbar_buttons button[name=action_decide_next]",
            run: "click",
        },
        {
            content: "Nothing waits any more",
            trigger: ".o_list_view .o_view_nocontent_smiling_face",
        },
    ],
});

// Opened from its return, an approval stays, and the return is the way back.
registry.category("web_tour.tours").add("reverse_logistics_approve_here", {
    steps: () => [
        {
            content: "The approvals of the return",
            trigger: ".o-form-buttonbox .oe_stat_button:contains(Approval)",
            run: "click",
        },
        {
            content: "Open the only one",
            trigger: ".o_data_row:only-child .o_data_cell[name=document]",
            run: "click",
        },
        {
            content: "Approve",
            trigger: ".o_statusbar_buttons button[name=action_decide_next]",
            run: "click",
        },
        {
            content: "Its decision is shown",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Approved)",
        },
        {
            content: "The way back to the return",
            trigger: ".o_breadcrumb .breadcrumb-item a:contains(RMA)",
            run: "click",
        },
        {
            content: "It has gone on",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Authorized)",
        },
    ],
});
