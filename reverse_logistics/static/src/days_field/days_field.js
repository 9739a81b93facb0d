import {
    RemainingDaysField,
    remainingDaysField,
} from "@web/views/fields/remaining_days/remaining_days_field";
import {capitalize} from "@web/core/utils/strings";
import {registry} from "@web/core/registry";

/** A day that is near, counted in days: "In 5 days", never "Next month". */
export class ReverseDaysField extends RemainingDaysField {
    get diffString() {
        if (this.diffDays === null || Math.abs(this.diffDays) > 99) {
            return super.diffString;
        }
        const value = this.props.record.data[this.props.name];
        return capitalize(value.toRelativeCalendar({unit: "days"}));
    }
}

registry.category("fields").add("reverse_days", {
    ...remainingDaysField,
    component: ReverseDaysField,
});
