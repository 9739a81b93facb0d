import {registry} from "@web/core/registry";

const cell = (row, name) =>
    `.o_field_widget[name=answer_ids] .o_data_row:nth-of-type(${row}) .o_data_cell[name=${name}]`;

// What one answer means is seen at once, also for the questions after it.
registry.category("web_tour.tours").add("reverse_logistics_inspection", {
    steps: () => [
        {
            content: "The second question is not asked yet",
            trigger:
                ".o_data_row.text-muted .o_data_cell[name=question]:contains(Why not?)",
        },
        {
            content: "Answer the first one",
            trigger: cell(1, "value"),
            run: "click",
        },
        {
            content: "It failed",
            trigger: `${cell(1, "value")} select`,
            run: "select no",
        },
        {
            content: "The second question has to be answered now",
            trigger: ".o_field_widget[name=grade_note]:contains(“Why not?”)",
        },
        {
            content: "Answer it, too",
            trigger: cell(2, "value"),
            run: "click",
        },
        {
            content: "It is burnt",
            trigger: `${cell(2, "value")} select`,
            run: "selectByLabel Burnt",
        },
        {
            content: "The grade says why",
            trigger: ".o_field_widget[name=grade_note]:contains(“Why not?”: Burnt)",
        },
        {
            content: "Enter a number",
            trigger: cell(3, "value"),
            run: "click",
        },
        {
            content: "Half full",
            trigger: `${cell(3, "value")} input`,
            run: "edit 55 && press Tab",
        },
        {
            content: "A photo can be added",
            trigger: cell(4, "photo_ids"),
            run: "click",
        },
        {
            content: "There is a button for it",
            trigger: `${cell(4, "photo_ids")} .o_attach`,
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is saved, and says what was chosen",
            trigger: `.o_form_saved ${cell(2, "value")}:contains(Burnt)`,
        },
        {
            content: "Complete",
            trigger: ".o_statusbar_buttons button[name=action_complete]",
            run: "click",
        },
        {
            content: "It is inspected",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Inspected)",
        },
    ],
});
