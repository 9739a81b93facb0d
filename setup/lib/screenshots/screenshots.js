// Takes the pictures of the guides from a running demo database.
//
//   setup/lib/screenshots/take [NAME ...]
//
// or, with playwright-core installed and a server running,
//
//   node screenshots.js http://127.0.0.1:8069 FOLDER [NAME ...]
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
            const { result, error } = await response.json();
            if (error) throw new Error(error.data.message);
            return result;
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
    await page.goto(`${url}/web/login`, { timeout: 120000 });
    await page.fill("input[name=login]", user);
    await page.fill("input[name=password]", user === "admin" ? "admin" : "demo");
    await page.click("button[type=submit]");
    // The first page of a new database waits until its assets are built.
    await page.waitForSelector(".o_web_client, .o_portal", {
        state: "attached",
        timeout: 120000,
    });
    return page;
}

/** The page of one record, found by a domain. */
const record = (path, model, domain) => async (page) =>
    `/odoo/${path}/${await find(page, model, domain)}`;
const rma = (...domain) => record("returns", "reverse.rma", domain);
const version = (...domain) =>
    record("return-policy-versions", "reverse.policy.version", [
        ["state", "=", "active"],
        ...domain,
    ]);
const action = (name) => () => `/odoo/action-reverse_logistics.${name}`;
const aiAction = (name) => () => `/odoo/action-reverse_logistics_ai.${name}`;
const summary = async (page) => {
    const own = page.locator("button[name='action_ai_summary']");
    // Where there are many buttons, it is below the last one.
    if (!(await own.isVisible())) await page.click(".o-form-buttonbox .o_button_more");
    await own.click();
    await page.waitForSelector(".modal .o_form_view");
};
const machine = (...domain) =>
    record("return-inspections", "reverse.inspection", [
        ["product_id.default_code", "=", "EM-15"],
        ...domain,
    ]);

const menu = (entry) => async (page) => {
    await page.click("[data-menu-xmlid='reverse_logistics.menu_returns']");
    await page.click(`[data-menu-xmlid='reverse_logistics.${entry}']`);
    await page.waitForSelector(".modal .o_form_view");
};
/** Runs an action that computes its list; the page before says in which app. */
const compute = (name) => async (page) => {
    await page.goto(url + action(name)());
    await page.waitForSelector(".o_action_manager .o_view_controller");
};
const view = (type) => (page) => page.click(`.o_switch_view.o_${type}`);
const openGroups = async (page) => {
    // each one that opens moves those below it
    for (const group of await page.locator(".o_group_header").all()) {
        await group.click();
    }
};
const button = (name) => (page) => page.click(`button[name='${name}']`);
/** Opens the first rule on a page of a version. */
const rule = (name) => async (page) => {
    await page.click(`.o_notebook a[name=${name}]`);
    await page.click(".o_notebook .tab-pane.active .o_data_row .o_data_cell[name=name]");
    await page.waitForSelector(".modal .o_form_view");
};
const dialog = (text) => async (page) => {
    await page.click(`.o_statusbar_buttons button:has-text('${text}')`);
    await page.waitForSelector(".modal .o_list_renderer");
};
const type = async (page, name, text) => {
    await page.fill(`.modal [name=${name}] input`, text);
    await page.waitForTimeout(SETTLE);
};
const choose = async (page, name, text) => {
    await page.click(`.modal [name=${name}] input`);
    await type(page, name, text);
    await page.click(`.o-autocomplete--dropdown-item:has-text('${text}')`);
};
const claimOn = (partner) =>
    record("supplier-claims", "reverse.supplier.claim", [["partner_id.name", "=", partner]]);

const scorecardOf = (partner) => async (page) => {
    const id = await find(page, "res.partner", [["name", "=", partner]]);
    return `/report/html/reverse_logistics_supplier_claims.report_scorecard/${id}`;
};

/** name: [who, what to open, what else to do, size of the window] */
const PICTURES = {
    return_kanban: ["service", () => "/odoo/returns"],
    return_list: ["service", () => "/odoo/returns", view("list")],
    return_form: [
        "service",
        rma(["stage", "=", "receiving"], ["line_ids.stage", "=", "in_transit"]),
    ],
    order_return: ["service", async (page) => `/odoo/sales/${await orderToReturn(page)}`],
    new_return: [
        "service",
        () => "/odoo/returns",
        async (page) => {
            await menu("menu_new_return")(page);
            await type(page, "search_text", "NWW-8841");
            await page.keyboard.press("Enter");
        },
    ],
    counter: [
        "admin",
        () => "/odoo/returns",
        async (page) => {
            await menu("menu_counter_return")(page);
            await type(page, "search_text", "CP150-0004");
            await page.keyboard.press("Enter");
            await page.waitForTimeout(SETTLE);
            await choose(page, "condition_id", "A – as new");
        },
    ],
    intake: [
        "service",
        () => "/odoo/returns",
        async (page) => {
            await menu("menu_intake")(page);
            await choose(page, "partner_id", "Northfield Water Works");
            await page.fill(".modal [name=text] textarea", LIST);
            await page.click(".modal button[name=action_read]");
            await page.waitForSelector(".modal .o_data_row");
        },
    ],
    decision: [
        "approver",
        rma(["stage", "=", "requested"], ["line_ids.decision_code", "=", "late"]),
    ],
    claim: ["approver", rma(["line_ids.claim", "=", "wrong_item"], ["state", "=", "requested"])],
    close_short: [
        "service",
        rma(["stage", "=", "receiving"]),
        dialog("Close Short"),
    ],
    receipts: ["receiver", () => "/odoo/return-receipts"],
    receipt_calendar: ["receiver", () => "/odoo/return-receipts", view("calendar")],
    product: [
        "admin",
        record("action-stock.product_template_action_product", "product.template", [
            ["default_code", "=", "BV-25"],
        ]),
        async (page) => {
            const more = page.locator(".o_button_more");
            if (await more.count()) await more.click();
        },
    ],
    inspections: ["inspector", () => "/odoo/return-inspections"],
    settlement: [
        "approver",
        record("return-settlements", "reverse.settlement", [
            ["state", "=", "submitted"],
            ["line_ids.deduction", ">", 0],
        ]),
    ],
    send_back: [
        "approver",
        record("return-settlements", "reverse.settlement", [
            ["state", "=", "submitted"],
            ["line_ids.deduction", ">", 0],
        ]),
        async (page) => {
            await page.click("button[name=action_open_send_back]");
            await page.fill(
                ".modal [name=reason] textarea",
                "The photos show less damage than that: please take half off."
            );
        },
    ],
    settlement_fee: [
        "releaser",
        record("return-settlements", "reverse.settlement", [["line_ids.fee", ">", 0]]),
    ],
    replacement: [
        "service",
        record("return-settlements", "reverse.settlement", [["type", "=", "replacement"]]),
    ],
    historic_sales: ["service", () => "/odoo/historic-sales"],
    deposits: ["service", () => "/odoo/deposits"],
    exceptions: ["approver", () => "/odoo/my-return-exceptions"],
    exception: [
        "approver",
        record("return-exceptions", "reverse.exception", [
            ["type", "=", "late_goods"],
            ["state", "=", "open"],
        ]),
    ],
    events: [
        "auditor",
        rma(["state", "=", "done"], ["settlement_ids.state", "=", "released"]),
        (page) => page.click("a[name=events]"),
    ],
    disposition: [
        "admin",
        record("action-reverse_logistics.reverse_disposition_action", "reverse.disposition", [
            ["code", "=", "SCRAP"],
        ]),
    ],
    policy: [
        "admin",
        record("return-policies", "reverse.policy", [["version_ids.state", "=", "active"]]),
    ],
    policy_version: ["admin", version()],
    policy_rule: ["admin", version(["rule_ids.category_ids", "!=", false]), rule("rules")],
    fee_rule: ["admin", version(["fee_rule_ids", "!=", false]), rule("fees")],
    route_rule: ["admin", version(["route_rule_ids", "!=", false]), rule("routes")],
    approval_rule: [
        "admin",
        record("return-approval-rules", "reverse.approval.rule", [
            ["gate", "=", "authorization"],
        ]),
    ],
    approvals: ["approver", () => "/odoo/my-return-approvals"],
    simulation: [
        "admin",
        record("return-policy-simulations", "reverse.simulation", [["state", "=", "done"]]),
    ],
    health: [
        "admin",
        () => "/odoo/return-master-data",
        openGroups,
    ],
    sla_rule: ["admin", record("return-deadlines", "reverse.sla.rule", [])],
    facility: [
        "admin",
        record("action-reverse_logistics.reverse_facility_action", "reverse.facility", [
            ["company_id.name", "=", "My Company (San Francisco)"],
        ]),
    ],
    settings: ["admin", action("res_config_settings_action")],
    onboarding: ["admin", () => "/odoo/returns", view("list")],
    authorization: [
        "service",
        async (page) =>
            `/report/html/reverse_logistics.report_authorization/${await find(
                page,
                "reverse.rma",
                [["stage", "=", "in_transit"]]
            )}`,
    ],
    holidays: ["admin", () => "/odoo/return-holidays"],
    proofs: ["admin", async (page) => `/odoo/returns/${await unproven(page)}`],
    // These two come after the others on policy: they put a new version in force, and make a return.
    legal_rule: ["admin", lawfulVersion, rule("legal")],
    withdrawal: ["service", async (page) => `/odoo/returns/${await withdrawal(page)}`],
    portal_new: ["customer", () => "/my/returns/new?search=seal", fillNewReturn, PHONE],
    portal_draft: ["customer", () => "/my/returns/new?search=seal", beginReturn, PHONE],
    portal_return: ["customer", () => "/my/returns/new?search=seal", requestReturn, PHONE],
    portal_guest: ["customer", () => "/returns/guest", null, PHONE],
    portal_sheet: ["customer", () => "/my/returns/sheet", null, PHONE],
    portal_policy: ["customer", () => "/returns/policy", null, PHONE],
    claims: ["claims", () => "/odoo/supplier-claims", (page) => page.click(".o_facet_remove")],
    claim_form: ["claims", claimOn("Meridian Drives")],
    claim_carrier: ["claims", claimOn("North Star Freight")],
    recovery: ["claims", () => "/odoo/recovery-analysis"],
    recall: ["approver", record("return-recalls", "reverse.recall", [["state", "=", "running"]])],
    disposal: [
        "receiver",
        record("return-disposals", "reverse.disposal", [["state", "=", "certified"]]),
    ],
    regrade: [
        "inspector",
        record("return-inspections", "reverse.inspection", [["regrade_product_id", "!=", false]]),
    ],
    liquidation: ["service", record("return-liquidations", "reverse.liquidation", [])],
    stock: [
        "auditor",
        () => "/odoo/returns",
        async (page) => {
            await compute("reverse_stock_action_open")(page);
            // the last facility, then its first state
            await page.locator(".o_group_header").last().click();
            await page.waitForTimeout(SETTLE);
            const facilities = await page.locator(".o_group_header").count();
            await page.locator(".o_group_header").nth(facilities - 3).click();
        },
    ],
    documents_goods: [
        "auditor",
        () => "/odoo/returns",
        async (page) => {
            await compute("reverse_stock_difference_action_open")(page);
            await page.click(".o_facet_remove");
        },
    ],
    not_credited: ["auditor", () => "/odoo/received-not-credited"],
    capacity: ["admin", limitedFacility, compute("reverse_facility_load_action_open")],
    choice: [
        "inspector",
        record("return-inspections", "reverse.inspection", [
            ["product_id.name", "ilike", "headphones"],
            ["state", "=", "draft"],
        ]),
        (page) => page.locator("[name=choice_table]").scrollIntoViewIfNeeded(),
    ],
    questions: [
        "inspector",
        record("return-inspections", "reverse.inspection", [["answer_ids", "!=", false]]),
    ],
    donation: [
        "inspector",
        record("return-inspections", "reverse.inspection", [
            ["donation_partner_id", "!=", false],
            ["state", "=", "done"],
        ]),
    ],
    unclaimed: ["claims", () => "/odoo/unclaimed-goods", openGroups],
    claim_agreement: [
        "claims",
        record("claim-agreements", "reverse.supplier.agreement", [
            ["partner_id.name", "=", "Meridian Drives"],
        ]),
    ],
    claim_scorecard: ["claims", scorecardOf("Cobalt Pump Works")],
    // These two come after the one before: it claims what nobody had claimed.
    claim_corrective: [
        "claims",
        async (page) => `/odoo/corrective-actions/${await askedWhy(page)}`,
    ],
    portal_claims: ["supplier", () => "/my/supplier-claims", null, PHONE],
    portal_claim: [
        "supplier",
        () => "/my/supplier-claims",
        (page) => page.click("tr:has-text('To answer') a"),
        PHONE,
    ],
    phone_form: ["service", rma(["stage", "=", "received"]), null, PHONE],
    ai_reason: [
        "service",
        record("reverse.rma.line", "reverse.rma.line", [
            ["note", "ilike", "crack and leaks"],
            ["product_id.default_code", "=", "EM-15"],
        ]),
    ],
    ai_inspection: ["inspector", machine(["state", "=", "draft"])],
    ai_review: [
        "approver",
        rma(["exception_ids.type", "=", "enhanced_review"], ["state", "!=", "done"]),
    ],
    ai_paper: [
        "service",
        rma(["state", "=", "draft"], ["line_ids.product_id.default_code", "=", "EM-15"], ["partner_id.name", "ilike", "Daniel"]),
    ],
    ai_summary: [
        "approver",
        rma(["exception_ids.type", "=", "enhanced_review"], ["state", "!=", "done"]),
        summary,
    ],
    ai_credits: ["approver", aiAction("reverse_ai_peer_action")],
    ai_settlement: [
        "approver",
        record("return-settlements", "reverse.settlement", [
            ["state", "=", "draft"],
            ["rma_id.partner_id.name", "ilike", "Twin Pines"],
            ["line_ids", "!=", false],
        ]),
    ],
    ai_warning: [
        "service",
        aiAction("reverse_ai_warning_action"),
        (page) => page.click(".o_data_row .o_data_cell"),
    ],
    ai_capacity: ["admin", action("reverse_facility_load_action_open")],
    ai_model: [
        "admin",
        record("reverse.ai.model", "reverse.ai.model", [
            ["code", "=", "disposition"],
            ["state", "=", "active"],
        ]),
    ],
    ai_monitoring: ["admin", aiAction("reverse_ai_month_action")],
    phone_list: ["receiver", () => "/odoo/return-receipts", null, PHONE],
    phone_approvals: ["approver", () => "/odoo/my-return-approvals", null, PHONE],
    phone_inspection: [
        "inspector",
        () => "/odoo/return-inspections",
        (page) => page.click(".o_kanban_record:has-text('CP-150')"),
        PHONE,
    ],
    // Last, since nothing more is sent to this supplier then.
    claim_hold: [
        "recovery",
        async (page) => {
            const model = "reverse.supplier.hold";
            const partner_id = await find(page, "res.partner", [["name", "=", "Meridian Drives"]]);
            const known = await rpc(page, model, "search", [[["partner_id", "=", partner_id]]]);
            const values = { partner_id, kind: "insolvent", reason: "Its court opened insolvency" };
            const [id] = known.length ? known : await rpc(page, model, "create", [[values]]);
            return `/odoo/suppliers-on-hold/${id}`;
        },
        button("action_ask_loss"),
    ],
};

/** What a customer pastes: one row is right, the others are not. */
const LIST = [
    "CP-150;1;;DEFECTIVE;Pos. 10",
    "BV-25;4;;UNWANTED;Pos. 20",
    "BV-26;4;;UNWANTED;Pos. 30",
    "EF-25;four;;UNWANTED;Pos. 40",
].join("\n");

/** What nobody has claimed is claimed; the supplier has to say why it failed. */
async function askedWhy(page) {
    const part = await find(page, "reverse.inspection", [
        ["unclaimed_reason", "=", "open"],
        ["claim_partner_id.name", "=", "Meridian Drives"],
    ]);
    await rpc(page, "reverse.inspection", "action_claim_supplier", [[part]]);
    const claim = await find(page, "reverse.supplier.claim", [["state", "=", "draft"]]);
    await rpc(page, "reverse.supplier.claim", "action_submit", [[claim]]);
    await rpc(page, "reverse.supplier.claim", "action_ask_corrective", [[claim]]);
    return find(page, "reverse.corrective.action", [["claim_ids", "=", claim]]);
}

/** The order of the demo story that nobody has asked anything back from. */
async function orderToReturn(page) {
    const lines = await rpc(page, "reverse.rma.line", "search_read", [[], ["sale_order_id"]]);
    const touched = lines.filter((l) => l.sale_order_id).map((l) => l.sale_order_id[0]);
    return find(page, "sale.order", [
        ["partner_id.name", "=", "Northfield Water Works"],
        ["id", "not in", touched],
    ]);
}

/** A draft return of a pump that was sold under the rules in force, without a photo. */
async function unproven(page) {
    const reference = "NWW-8902";
    const own = [["client_ref", "=", reference]];
    const [there] = await rpc(page, "reverse.rma", "search", [own]);
    if (there) return there;
    const partner_id = await find(page, "res.partner", [
        ["name", "=", "Northfield Water Works"],
    ]);
    // of a consumer the law would ask no proof
    const business = { reverse_audience: "business" };
    await rpc(page, "res.partner", "write", [[partner_id], business]);
    const product_id = await find(page, "product.product", [
        ["default_code", "=", "CP-150"],
    ]);
    const order = await rpc(page, "sale.order", "create", [
        { partner_id, order_line: [[0, 0, { product_id, product_uom_qty: 1 }]] },
    ]);
    await rpc(page, "sale.order", "action_confirm", [[order]]);
    const delivery = await find(page, "stock.picking", [["sale_id", "=", order]]);
    await rpc(page, "stock.picking", "button_validate", [[delivery]]);
    const line = {
        product_id,
        sale_line_id: await find(page, "sale.order.line", [["order_id", "=", order]]),
        reason_id: await find(page, "reverse.reason", [["code", "=", "UNWANTED"]]),
    };
    const rma = await rpc(page, "reverse.rma", "create", [
        { partner_id, client_ref: reference, line_ids: [[0, 0, line]] },
    ]);
    await rpc(page, "reverse.rma", "action_find_deliveries", [[rma]]);
    return rma;
}

/** What a customer enters on the site to send something back. */
async function fillNewReturn(page) {
    await page.fill("input[type=number] >> nth=0", "1");
    await page.selectOption("#reason", { index: 1 });
}

async function beginReturn(page) {
    await fillNewReturn(page);
    await page.click("#reverse_continue");
}

async function requestReturn(page) {
    await beginReturn(page);
    await page.click("#reverse_request");
}

/** A version that grants consumers the right to withdraw. */
async function lawfulVersion(page) {
    const granted = [
        ["state", "=", "active"],
        ["legal_rule_ids", "!=", false],
    ];
    let [id] = await rpc(page, "reverse.policy.version", "search", [granted]);
    if (!id) {
        const latest = await find(page, "reverse.policy.version", [
            ["state", "=", "active"],
            ["policy_id.company_id", "!=", false],
        ]);
        [id] = await rpc(page, "reverse.policy.version", "copy", [[latest]]);
        const law = { name: "Withdrawal within 14 days", freight_payer: "customer" };
        await rpc(page, "reverse.policy.version", "write", [
            [id],
            { note: "Consumers may withdraw.", legal_rule_ids: [[0, 0, law]] },
        ]);
        await rpc(page, "reverse.policy.version", "action_activate", [[id]]);
    }
    return `/odoo/return-policy-versions/${id}`;
}

/** A facility that inspects four hours a day, beside what is to come. */
async function limitedFacility(page) {
    const own = [["company_id.name", "=", "My Company (San Francisco)"]];
    const facility = await find(page, "reverse.facility", own);
    const limits = { inspection_minutes: 240, minutes_per_unit: 6, minutes_per_line: 4 };
    await rpc(page, "reverse.facility", "write", [[facility], limits]);
    return "/odoo/returns";
}

/** What a consumer has withdrawn from. */
async function withdrawal(page) {
    const stated = [["basis", "=", "withdrawal"]];
    const [there] = await rpc(page, "reverse.rma", "search", [stated]);
    if (there) return there;
    const order = await find(page, "sale.order", [
        ["client_order_ref", "=", "SHOP-10675"],
    ]);
    const { res_id } = await rpc(page, "sale.order", "action_reverse_withdraw", [[order]]);
    await rpc(page, "reverse.rma", "action_request", [[res_id]]);
    return res_id;
}

async function take(context, page, name) {
    const [, open, act] = PICTURES[name];
    await page.goto(url + (await open(page)));
    await page.waitForSelector(
        ".o_action_manager .o_view_controller, .o_form_view, main .page, .o_portal_wrap, #wrap"
    );
    await page.waitForTimeout(SETTLE);
    await closeChats(page);
    if (act) {
        await act(page);
        await page.waitForTimeout(SETTLE);
    }
    // so that no tooltip covers anything
    await page.mouse.move(0, 0);
    await page.waitForTimeout(300);
    const fullPage = name.startsWith("portal_");
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage });
}

/** Odoo greets new users in a window that covers a phone. */
async function closeChats(page) {
    const chats = page.locator(".o-mail-ChatWindow [title='Close Chat Window']");
    while (await chats.count()) {
        await chats.first().click();
        await page.waitForTimeout(300);
    }
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
