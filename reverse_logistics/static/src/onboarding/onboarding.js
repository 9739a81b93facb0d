import {Component, onWillStart, useState} from "@odoo/owl";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {ListController} from "@web/views/list/list_controller";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

const MODEL = "onboarding.onboarding";

/** Five steps to the first return, above the list of returns, for administrators. */
export class ReverseOnboarding extends Component {
    static template = "reverse_logistics.Onboarding";
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.panel = useState({steps: []});
        onWillStart(async () => {
            const panel = await this.orm.call(MODEL, "get_reverse_panel", []);
            Object.assign(this.panel, panel || {steps: []});
        });
    }

    async open(step) {
        const action = await this.orm.call(
            "onboarding.onboarding.step",
            step.method,
            []
        );
        this.action.doAction(action);
    }

    async close() {
        this.panel.steps = [];
        await this.orm.call(MODEL, "close_reverse_panel", []);
    }
}

export class ReverseRmaKanbanController extends KanbanController {
    static template = "reverse_logistics.RmaKanbanView";
    static components = {...KanbanController.components, ReverseOnboarding};
}

export class ReverseRmaListController extends ListController {
    static template = "reverse_logistics.RmaListView";
    static components = {...ListController.components, ReverseOnboarding};
}

registry.category("views").add("reverse_rma_kanban", {
    ...kanbanView,
    Controller: ReverseRmaKanbanController,
});
registry.category("views").add("reverse_rma_list", {
    ...listView,
    Controller: ReverseRmaListController,
});
