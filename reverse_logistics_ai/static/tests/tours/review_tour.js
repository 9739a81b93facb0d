import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("reverse_logistics_ai_review", {
    steps: () => [
        {
            content: "What is unusual",
            trigger: "[name=ai_reasons]:contains(weighs 0.5 kg)",
        },
        {
            content: "It was right to ask",
            trigger: "button[name=action_review_right]",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal button:contains(This Is Right)",
            run: "click",
        },
        {
            content: "It is resolved",
            trigger: ".o_arrow_button_current:contains(Resolved)",
        },
        {
            content: "See the return",
            trigger: "button[name=action_view_rma]",
            run: "click",
        },
        {
            content: "Nothing of it was refused, and nobody is asked any more",
            trigger: ".o_reverse_return:not(:has([name=ai_review_reasons]))",
        },
    ],
});
