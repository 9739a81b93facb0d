import {ActivityMenu} from "@mail/core/web/activity_menu";
import {patch} from "@web/core/utils/patch";

/** What waits for a role has a list of its own, not one of records with activities. */
patch(ActivityMenu.prototype, {
    openActivityGroup(group, filter, newWindow) {
        if (!group.reverse_action) {
            return super.openActivityGroup(...arguments);
        }
        this.dropdown.close();
        this.action.doAction(group.reverse_action, {
            newWindow,
            clearBreadcrumbs: true,
        });
    },
});
