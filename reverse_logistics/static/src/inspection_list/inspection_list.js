import {registry} from "@web/core/registry";
import {listView} from "@web/views/list/list_view";
import {ListController} from "@web/views/list/list_controller";

/** Lowering a quantity splits the part: show the rest as soon as it exists. */
export class InspectionListController extends ListController {
    async onRecordSaved(record, changes) {
        await super.onRecordSaved(...arguments);
        if ("quantity" in changes) {
            // Not awaited: it waits in turn until this save is through.
            record.model.root.load();
        }
    }
}

registry.category("views").add("reverse_inspection_list", {
    ...listView,
    Controller: InspectionListController,
});
