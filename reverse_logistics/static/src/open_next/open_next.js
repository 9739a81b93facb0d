import {registry} from "@web/core/registry";

/**
 * Shows what waits next in the list from which this one was opened, so that the way back
 * to that list stays; where nothing waits any more, the list says so. What was opened from
 * elsewhere, such as a return, stays and shows how it was decided.
 */
async function openNext(env, {params}) {
    const {currentController, switchView} = env.services.action;
    if (currentController?.action.xml_id !== params.list) {
        return {type: "ir.actions.act_window_close"};
    }
    const [resId] = params.res_ids;
    if (resId) {
        await switchView("form", {resId, resIds: params.res_ids});
    } else {
        await switchView(env.isSmall ? "kanban" : "list");
    }
}

registry.category("actions").add("reverse_open_next", openNext);
