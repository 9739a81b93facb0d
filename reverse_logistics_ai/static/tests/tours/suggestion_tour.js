import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("reverse_logistics_ai_accept", {
    steps: () => [
        {
            content: "The reason is suggested, and why",
            trigger: "[name=ai_reason]:contains(The customer wrote)",
        },
        {
            content: "Accept it",
            trigger: "button[name=action_ai_accept]",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger:
                ".o_form_view:not(:has(button[name=action_ai_accept])) .text-muted:contains(chosen)",
        },
    ],
});

registry.category("web_tour.tours").add("reverse_logistics_ai_overrule", {
    steps: () => [
        {
            content: "Something else",
            trigger: "button[name=action_ai_override]",
            run: "click",
        },
        {
            content: "Which reason it is",
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit No longer",
        },
        {
            content: "Take it from the list",
            trigger: ".modal .o-autocomplete--dropdown-item:contains(No longer)",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=why] textarea",
            run: "edit The customer told us on the phone",
        },
        {
            content: "Choose",
            trigger: ".modal button[name=action_choose]",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger:
                ".o_form_view:not(:has(button[name=action_ai_accept])) .text-muted:contains(No longer)",
        },
    ],
});
