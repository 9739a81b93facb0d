import {Activity as ActivityRecord} from "@mail/core/common/activity_model";
import {Activity} from "@mail/core/web/activity";
import {ActivityListPopoverItem} from "@mail/core/web/activity_list_popover_item";
import {assignIn} from "@mail/utils/common/misc";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";

patch(ActivityRecord, {
    _insert(data) {
        const activity = super._insert(...arguments);
        assignIn(activity, data, ["reverse_approval_id"]);
        return activity;
    },
});

/** An activity that asks for an approval is approved or refused, not marked done. */
patch(Activity.prototype, {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.action = useService("action");
    },

    async onClickReverseApprove() {
        await this._decideReverse("action_reverse_approve");
    },

    async onClickReverseRefuse() {
        await this._decideReverse("action_reverse_refuse");
    },

    async _decideReverse(method) {
        const thread = this.thread;
        const next = await this.orm.call("mail.activity", method, [
            [this.props.activity.id],
        ]);
        const reload = async () => {
            this.props.onActivityChanged(thread);
            await thread.fetchNewMessages();
            this.props.reloadParentView();
        };
        if (next && next.type) {
            this.action.doAction(next, {onClose: reload});
        } else {
            await reload();
        }
    },
});

patch(ActivityListPopoverItem.prototype, {
    get hasMarkDoneButton() {
        return super.hasMarkDoneButton && !this.props.activity.reverse_approval_id;
    },
    get hasCancelButton() {
        return super.hasCancelButton && !this.props.activity.reverse_approval_id;
    },
});
