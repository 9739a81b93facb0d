import {Component, useExternalListener, useState} from "@odoo/owl";
import {FileUploader} from "@web/views/fields/file_handler";
import {_t} from "@web/core/l10n/translation";
import {checkFileSize} from "@web/core/utils/files";
import {getDataURLFromFile} from "@web/core/utils/urls";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

/**
 * What a draft return still has to show, with a place to put each of it: choose a file,
 * drop one, or paste a picture.
 */
export class ReverseProofs extends Component {
    static template = "reverse_logistics.Proofs";
    static components = {FileUploader};
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({over: null});
        useExternalListener(document, "paste", this.onPaste.bind(this));
    }

    get requests() {
        return this.props.record.data[this.props.name] || [];
    }

    key(request, proof) {
        return `${request.line}-${proof.code}`;
    }

    accepts(proof) {
        return proof.code === "photo" ? "image/*" : "image/*,.pdf";
    }

    async add(request, proof, files) {
        const {record} = this.props;
        if ((await record.save()) === false) {
            return;
        }
        await this.orm.call("reverse.rma.line", "add_proofs", [
            [request.line],
            proof.code,
            files,
        ]);
        await record.load();
    }

    async onUploaded(request, proof, {name, data}) {
        await this.add(request, proof, [{name, data}]);
    }

    async addFiles(request, proof, list) {
        const files = [...list].filter((file) =>
            checkFileSize(file.size, this.notification)
        );
        const read = await Promise.all(files.map((file) => getDataURLFromFile(file)));
        if (files.length) {
            await this.add(
                request,
                proof,
                files.map((file, number) => ({
                    name: file.name || _t("Picture"),
                    data: read[number].split(",")[1],
                }))
            );
        }
    }

    async onDrop(request, proof, ev) {
        this.state.over = null;
        await this.addFiles(request, proof, ev.dataTransfer.files);
    }

    /** A picture is pasted where the first one is asked for, unless one is writing. */
    async onPaste(ev) {
        const pictures = [...(ev.clipboardData?.files || [])].filter((file) =>
            file.type.startsWith("image/")
        );
        const editing = ev.target.closest?.("input, textarea, [contenteditable=true]");
        const request = this.requests.find((asked) =>
            asked.proofs.some((proof) => proof.code === "photo")
        );
        if (pictures.length && request && !editing) {
            ev.preventDefault();
            const photo = request.proofs.find((proof) => proof.code === "photo");
            await this.addFiles(request, photo, pictures);
        }
    }
}

registry.category("fields").add("reverse_proofs", {
    component: ReverseProofs,
    supportedTypes: ["json"],
});
