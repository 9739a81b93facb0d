// Takes the pictures of the guides from a running demo database.
//
//   npm install playwright-core
//   node screenshots.js http://127.0.0.1:8069 FOLDER [NAME ...]
//
// CHROMIUM names the browser, if it is not /usr/bin/chromium.
const { chromium } = require("playwright-core");

const [url, folder, ...only] = process.argv.slice(2);
const DESKTOP = { width: 1400, height: 900 };
// The web client keeps a connection open, so there is no silence to wait for.
const SETTLE = 1500;
const PHONE = { width: 390, height: 844 };

async function rpc(page, model, method, args = [], kwargs = {}) {
    return page.evaluate(
        async (params) => {
            const response = await fetch("/web/dataset/call_kw", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ jsonrpc: "2.0", params }),
            });
            return (await response.json()).result;
        },
        { model, method, args, kwargs }
    );
}

async function find(page, model, domain) {
    const [record] = await rpc(page, model, "search_read", [domain, ["id"]], { limit: 1 });
    return record.id;
}

async function login(context, user) {
    const page = await context.newPage();
    page.setDefaultTimeout(15000);
    await page.goto(`${url}/web/login`);
    await page.fill("input[name=login]", user);
    await page.fill("input[name=password]", user === "admin" ? "admin" : "demo");
    await page.click("button[type=submit]");
    // The first page of a new database waits until its assets are built.
    await page.waitForSelector(".o_web_client", { state: "attached", timeout: 120000 });
    return page;
}

/** name: [who, what to open, what else to do] */
const PICTURES = {
    return_kanban: ["service", () => "/odoo/returns"],
    return_form: [
        "service",
        async (page) =>
            `/odoo/returns/${await find(page, "reverse.rma", [["stage", "=", "received"]])}`,
    ],
    order_return: ["service", async (page) => `/odoo/sales/${await orderToReturn(page)}`],
    return_wizard: [
        "service",
        async (page) => `/odoo/sales/${await orderToReturn(page)}`,
        async (page) => {
            await page.click("button[name=action_reverse_return]");
            await page.waitForSelector(".modal .o_list_renderer");
        },
    ],
    decision: [
        "approver",
        async (page) =>
            `/odoo/returns/${await find(page, "reverse.rma", [
                ["stage", "=", "requested"],
                ["exception_ids", "=", false],
            ])}`,
    ],
    product: [
        "admin",
        async (page) =>
            `/odoo/action-stock.product_template_action_product/${await find(
                page,
                "product.template",
                [["default_code", "=", "CP-150"]]
            )}`,
    ],
    inspections: ["inspector", () => "/odoo/return-inspections"],
    settlement: [
        "approver",
        async (page) =>
            `/odoo/return-settlements/${await find(page, "reverse.settlement", [
                ["state", "=", "submitted"],
            ])}`,
    ],
    exceptions: ["approver", () => "/odoo/return-exceptions"],
    exception: [
        "approver",
        async (page) =>
            `/odoo/return-exceptions/${await find(page, "reverse.exception", [
                ["type", "=", "no_authorization"],
            ])}`,
    ],
    events: ["auditor", () => "/odoo/return-events"],
    disposition: [
        "admin",
        async (page) =>
            `/odoo/action-reverse_logistics.reverse_disposition_action/${await find(
                page,
                "reverse.disposition",
                [["code", "=", "SCRAP"]]
            )}`,
    ],
    policy: [
        "admin",
        async (page) =>
            `/odoo/action-reverse_logistics.reverse_policy_action/${await find(
                page,
                "reverse.policy",
                []
            )}`,
    ],
    facility: [
        "admin",
        async (page) =>
            `/odoo/action-reverse_logistics.reverse_facility_action/${await find(
                page,
                "reverse.facility",
                [["company_id.name", "=", "My Company (San Francisco)"]]
            )}`,
    ],
    settings: ["admin", () => "/odoo/action-reverse_logistics.res_config_settings_action"],
    phone_kanban: ["service", () => "/odoo/returns", null, PHONE],
    phone_form: [
        "service",
        async (page) =>
            `/odoo/returns/${await find(page, "reverse.rma", [["stage", "=", "received"]])}`,
        null,
        PHONE,
    ],
};

/** The order of the demo story that nobody has asked anything back from. */
async function orderToReturn(page) {
    const lines = await rpc(page, "reverse.rma.line", "search_read", [[], ["sale_order_id"]]);
    const touched = lines.filter((l) => l.sale_order_id).map((l) => l.sale_order_id[0]);
    return find(page, "sale.order", [
        ["partner_id.name", "=", "Northfield Water Works"],
        ["id", "not in", touched],
    ]);
}

async function take(context, page, name) {
    const [, open, act] = PICTURES[name];
    await page.goto(url + (await open(page)));
    await page.waitForSelector(".o_action_manager .o_view_controller, .o_form_view");
    await page.waitForTimeout(SETTLE);
    if (act) {
        await act(page);
        await page.waitForTimeout(SETTLE);
    }
    await page.screenshot({ path: `${folder}/${name}.png` });
}

(async () => {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
        args: ["--no-sandbox"],
    });
    const pages = {};
    for (const name of only.length ? only : Object.keys(PICTURES)) {
        const [role, , , viewport = DESKTOP] = PICTURES[name];
        const key = `${role}/${viewport.width}`;
        if (!pages[key]) {
            const context = await browser.newContext({
                viewport,
                isMobile: viewport === PHONE,
                hasTouch: viewport === PHONE,
            });
            const user = role === "admin" ? role : `returns.${role}@example.com`;
            pages[key] = [context, await login(context, user)];
        }
        try {
            await take(...pages[key], name);
            console.log(name);
        } catch (error) {
            console.log(`${name}: ${error.message.split("\n")[0]}`);
            await pages[key][1].screenshot({ path: `${folder}/${name}.png` });
            process.exitCode = 1;
        }
    }
    await browser.close();
})();
