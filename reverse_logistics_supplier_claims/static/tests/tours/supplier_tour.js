import {registry} from "@web/core/registry";

const open = (place) => ({
    content: `Open ${place}`,
    trigger: `${place}:not([open]) > summary`,
    run: "click",
});
const enter = (place, text) => ({
    content: `Enter ${text}`,
    trigger: place,
    run: `edit ${text}`,
});
const send = (place) => ({
    content: `Send ${place}`,
    trigger: `${place}[open] form button[type=submit]`,
    run: "click",
    expectUnloadPage: true,
});
const says = (place, text) => ({
    content: `${place} says: ${text}`,
    trigger: `${place}:contains(${text})`,
});
const attach = (place, name) => ({
    content: `Attach ${name}`,
    trigger: place,
    run({anchor}) {
        const files = new DataTransfer();
        const type = "application/pdf";
        files.items.add(new File(["%PDF-1.4\n%%EOF\n"], name, {type}));
        anchor.files = files.files;
    },
});
const next = {
    content: "Open a claim that waits for an answer",
    trigger: "tr:contains(To answer) a",
    run: "click",
    expectUnloadPage: true,
};
const D3 = "details:has(summary:contains(D3))";

registry.category("web_tour.tours").add("reverse_logistics_supplier", {
    steps: () => [
        // One is accepted, with a number and the first answer about its cause.
        next,
        open("#answer-acknowledge"),
        enter("#acknowledge-reference", "RMA-77"),
        send("#answer-acknowledge"),
        says("#claim_number", "RMA-77"),
        open("#answer-approve"),
        send("#answer-approve"),
        says("#claim_state", "You have accepted this claim."),
        open(D3),
        enter(`${D3} textarea[name=answer]`, "Stopped"),
        enter(`${D3} textarea[name=stocks_searched]`, "Ours and yours"),
        enter(`${D3} textarea[name=verification]`, "200 tested"),
        attach(`${D3} input[name=files]`, "test.pdf"),
        send(D3),
        says(D3, "Answered"),
        {
            content: "Back to the list",
            trigger: ".breadcrumb a[href='/my/supplier-claims']",
            run: "click",
            expectUnloadPage: true,
        },
        // The other one is refused, with a reason and its proof.
        next,
        open("#answer-refuse"),
        enter("#refuse-reason", "Dry run"),
        attach("#refuse-files", "report.pdf"),
        send("#answer-refuse"),
        says("#claim_state", "You have refused this claim."),
        says("#claim_messages", "report.pdf"),
        // It still asks something about it.
        open("#answer-message"),
        enter("#message-text", "Who ran it dry?"),
        send("#answer-message"),
        says("#claim_messages", "Who ran it dry?"),
    ],
});
