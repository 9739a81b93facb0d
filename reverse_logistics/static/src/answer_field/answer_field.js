import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * The answer to a question of an inspection: chosen from what the question offers, else
 * written. The value is a text, whatever kind of question it is.
 */
export class ReverseAnswerField extends Component {
    static template = "reverse_logistics.AnswerField";
    static props = {...standardFieldProps};

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get options() {
        return this.props.record.data.options || [];
    }

    get label() {
        const chosen = this.options.find(([key]) => key === this.value);
        return chosen ? chosen[1] : this.value;
    }

    /** Phones show the keys for numbers where a number is asked for. */
    get inputMode() {
        const modes = {number: "decimal", accessories: "numeric"};
        return modes[this.props.record.data.kind] || "text";
    }

    onChange(ev) {
        const value = ev.target.value.trim();
        return this.props.record.update({[this.props.name]: value || false});
    }
}

registry.category("fields").add("reverse_answer", {
    component: ReverseAnswerField,
    supportedTypes: ["char"],
    fieldDependencies: [
        {name: "kind", type: "selection"},
        {name: "options", type: "json"},
    ],
});
