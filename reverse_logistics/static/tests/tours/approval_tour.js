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
