import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** What one page shows, and one click that changes it. */
const answer = (name, shown, button, gone) =>
    tours.add(`reverse_logistics_ai_${name}`, {
        steps: () => [
            {content: "It is suggested, and why", trigger: shown},
            {content: "Answer it", trigger: button, run: "click"},
            {content: "It is answered", trigger: gone},
        ],
    });

answer(
    "damage",
    "[name=ai_damage]:contains(97 of 100) [name=ai_reference] img",
    "button[name=action_ai_damage_right]",
    ".o_form_view:not(:has(button[name=action_ai_damage_right]))"
);
answer(
    "disposition",
    "[name=ai_disposition]:contains(Such goods became)",
    "button[name=action_ai_accept]",
    ".o_form_view .text-muted:contains(chosen)"
);
answer(
    "paper",
    "[name=ai_paper]:contains(total 389.00)",
    "button[name=action_ai_paper_right]",
    ".o_form_view:not(:has(button[name=action_ai_paper_right]))"
);

tours.add("reverse_logistics_ai_look", {
    steps: () => [
        {
            content: "What is unusual, beside the return",
            trigger: "[name=ai_review_reasons]:contains(weighs 1.1 kg)",
        },
        {
            content: "The return in a few sentences",
            trigger: "button[name=action_ai_summary]",
            run: "click",
        },
        {
            content: "Each is a link to its record",
            trigger: ".modal [name=text] a:first",
        },
    ],
});

tours.add("reverse_logistics_ai_credit", {
    steps: () => [
        {
            content: "Who is credited more than others, before anybody decides",
            trigger: "[name=ai_credit_note]:contains(were usual)",
        },
    ],
});

tours.add("reverse_logistics_ai_warning", {
    steps: () => [
        {
            content: "It comes back more often",
            trigger: "[name=reverse_ai_warning]:contains(came back)",
        },
        {
            content: "Look into it",
            trigger: "button[name=action_view_ai_warning]",
            run: "click",
        },
        {
            content: "By month of delivery",
            trigger: "[name=cohort_table] td:contains(40)",
        },
        {
            content: "It is right",
            trigger: "button[name=action_right]",
            run: "click",
        },
        {
            content: "It is answered",
            trigger: ".o_arrow_button_current:contains(Accepted)",
        },
    ],
});

/** Entries of the menu, and the title of their page. */
const LISTS = {
    warning: "Early Warnings",
    forecast: "Forecast",
    peer: "Unusual Credits",
    month: "Monitoring",
    suggestion: "Suggestions",
    photo: "Photos",
};

/** Opens an entry of the app's menu, and waits for what its page shows. */
const open = (section, [entry, title], shown) => [
    {
        content: `Open ${section}`,
        trigger: `[data-menu-xmlid='reverse_logistics.menu_${section}']`,
        run: "click",
    },
    {
        content: `Choose ${title}`,
        trigger: `[data-menu-xmlid='reverse_logistics_ai.menu_ai_${entry}']`,
        run: "click",
    },
    {
        content: `${title} shows it`,
        trigger: `.o_action_manager:has(.o_breadcrumb:contains(${title})) ${shown}`,
    },
];
const openAll = (shown) =>
    Object.entries(LISTS).flatMap((list) => open("analysis", list, shown));

tours.add("reverse_logistics_ai_lists", {
    steps: () => [
        ...openAll(".o_list_view .o_data_row"),
        ...open(
            "configuration",
            ["task", "Kinds of Suggestions"],
            ".o_data_row:contains(Order of work)"
        ),
        ...open(
            "configuration",
            ["model", "Versions of Models"],
            ".o_data_row:contains(version 1)"
        ),
    ],
});

tours.add("reverse_logistics_ai_empty", {
    steps: () => openAll(".o_view_nocontent p:not(:first-child)"),
});
