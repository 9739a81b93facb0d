import hashlib

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: These say to which company a contact belongs.
_OWNERS = frozenset({"parent_id", "is_company"})
#: Who is reached by these, or buys for whom.
_DOORS = _OWNERS | {"email"}
#: In a context, which no client can send: a key goes into a mail, and is read by nobody
#: here.
MAILED = object()


class ResPartner(models.Model):
    """Erasing what returns know about a customer."""

    _name = "res.partner"
    _inherit = [
        "res.partner",
        "reverse.computed.mixin",
        "reverse.noted.mixin",
        "reverse.origin.mixin",
        "reverse.rate.mixin",
        "reverse.rule.named.mixin",
    ]
    _reverse_computed = frozenset({"commercial_partner_id", "email_normalized"})
    _reverse_origin_path = "partner_id"
    _reverse_rate_path = "picking_id.partner_id.commercial_partner_id"

    reverse_invoiced = fields.Monetary(
        "Invoiced",
        currency_field="reverse_currency_id",
        compute="_compute_reverse_value",
        compute_sudo=True,
    )
    reverse_credited = fields.Monetary(
        "Credited for Returns",
        currency_field="reverse_currency_id",
        compute="_compute_reverse_value",
        compute_sudo=True,
    )
    reverse_value_rate = fields.Float(
        "Return Rate by Value", compute="_compute_reverse_value", compute_sudo=True
    )
    reverse_currency_id = fields.Many2one(
        "res.currency", compute="_compute_reverse_currency_id"
    )
    reverse_audience = fields.Selection(
        [("consumer", "Consumer"), ("business", "Business")],
        "Buys as",
        tracking=True,
        help="What the law grants consumers is taken from a customer only where this "
        "says Business; empty, it is not known, and counts as a consumer. Contacts are "
        "what their company is.",
    )
    reverse_deposit_left = fields.Float(
        "Deposits", compute="_compute_reverse_deposit_left", digits="Product Unit"
    )
    reverse_agreement_count = fields.Integer(
        "Number of Return Agreements", compute="_compute_reverse_agreement_count"
    )
    reverse_exception_count = fields.Integer(
        "Goodwill", compute="_compute_reverse_exception_count"
    )

    # Who could have made themselves somebody who signs in as this contact.
    reverse_let_in_by_ids = fields.Many2many(
        "res.users",
        "reverse_let_in_rel",
        "partner_id",
        "user_id",
        copy=False,
        groups=fields.NO_ACCESS,
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Note who says to whom passwords are sent, if somebody is to sign in as it."""
        partners = super().create(vals_list)
        partners.filtered("email_normalized")._note_reverse_let_in()
        return partners

    def write(self, vals):
        """Note who changes to whom passwords are sent, or for whom a contact buys."""
        self._check_reverse_salesperson(vals)
        places = self._get_reverse_addresses(vals)
        known = self.browse()
        if not _DOORS.isdisjoint(vals):
            known = self._get_reverse_moved(vals)
        before = known._get_reverse_doors()
        own = self.browse() if _OWNERS.isdisjoint(vals) else self._filter_reverse_own()
        deciding = self._get_deciding_fields() & set(vals)
        decided = deciding and self._get_control_values(deciding)
        res = super().write(vals)
        (own - own._filter_reverse_own())._check_reverse_party()
        if deciding:
            self._log_control("ControlChanged", decided)
        after = known._get_reverse_doors()
        known.filtered(lambda p: before[p] != after[p])._note_reverse_let_in()
        written = known.filtered(lambda p: before[p][0] != after[p][0])
        # sudo: who signs in as them, whoever changes a contact
        written.sudo().user_ids.with_env(self.env)._log_reverse_sign_in({"email"})
        self._note_reverse_addresses(places)
        return res

    def _get_deciding_fields(self):
        """Give what is said of a contact that decides about its returns.

        reverse_logistics_disposal: whether goods are given to it, too.
        """
        return {"reverse_audience"}

    def _get_own_company(self):
        return self.sudo().company_id  # sudo: whose it is, whoever writes

    def _get_control_companies(self):
        controls = self.env["reverse.governed.mixin"]
        return controls._get_governed(self._get_own_company())

    def _update_address(self, vals):
        """Note as well what contacts take over from their company."""
        places = self._get_reverse_addresses(vals)
        res = super()._update_address(vals)
        self._note_reverse_addresses(places)
        return res

    def _get_reverse_addresses(self, names):
        """Give the addresses of these contacts to which customers send goods.

        :param names: of fields that are about to be written
        :return: ``{contact: {field: value}}``, of contacts and fields that matter
        """
        changed = sorted(set(self._address_fields()).intersection(names))
        # sudo: which facilities there are, whoever changes a contact
        facilities = self.env["reverse.facility"].sudo()
        ids = changed and facilities._get_address_ids()
        own = self.filtered(lambda partner: partner.id in ids) if ids else ()
        return {
            partner: {name: partner[name] for name in changed}
            # sudo: the address only
            for partner in own and own.sudo()
        }

    def _note_reverse_addresses(self, before):
        """Note in the chains of facilities that customers send goods elsewhere."""
        for partner, values in before.items():
            fields_ = [name for name, old in values.items() if partner[name] != old]
            if fields_:
                # sudo: as above
                facilities = self.env["reverse.facility"].sudo()
                facilities._find_by_address(partner)._log_address(
                    {"address": partner.id, "fields": fields_}
                )

    def _find_reverse_controls(self):
        """Find controls that name these contacts, or that stand at their address.

        :return: a list of records of several models, empty where there are none
        """
        # sudo: controls of all companies, whoever asks
        env = self.sudo().with_context(active_test=False).env
        found = [*env["reverse.facility"]._find_by_address(self)]
        for model in env.registry.descendants(["reverse.governed.mixin"], "_inherit"):
            controls = env[model]
            names = [] if controls._abstract else controls._get_deciding_fields()
            named = [
                Domain(name, "in", self.ids)
                for name in sorted(names)
                if controls._fields[name].comodel_name == "res.partner"
            ]
            found += controls.search(Domain.OR(named), limit=1) if named else ()
        return found

    def _filter_reverse_own(self):
        """Give those that belong to nobody else."""
        # sudo: whoever changes a contact may not read its company
        return self.filtered(lambda own: own == own.sudo().commercial_partner_id)

    def _find_reverse_parties(self):
        """Find controls that hold for these contacts as companies of their own.

        reverse_logistics_supplier_claims: holds and agreements with suppliers, too.

        :return: a list of records of several models, empty where there are none
        """
        # sudo: controls of all companies, whoever asks
        env = self.sudo().env
        named = [("partner_ids", "in", self.ids)]
        found = [*env["reverse.agreement"].search(named, limit=1)]
        for rules in env["reverse.rule.mixin"]._get_rule_models():
            if "partner_ids" in rules._fields:
                found += rules._get_active_rules().filtered_domain(named)[:1]
        return found

    def _check_reverse_party(self):
        """Refuse that these belong to others, where controls name them.

        A control is found by the company of a contact, and would not be any more.
        """
        for control in self and self._find_reverse_parties()[:1]:
            # sudo: only which of these it names
            named = [
                control.sudo()[name] & self
                for name, field in control._fields.items()
                if field.comodel_name == "res.partner" and field.store
            ]
            partner = self.browse().union(*named)[:1]
            raise UserError(
                self.env._(
                    "“%(control)s” (%(kind)s) names %(partner)s as a company of its "
                    "own, and would not hold for %(company)s. Have it changed or ended "
                    "first by those who approve that, and then change to whom the "
                    "contact belongs.",
                    control=control.sudo().display_name,  # sudo: as above
                    kind=self.env["ir.model"]._get(control._name).name,
                    partner=partner.name,
                    company=partner.sudo().commercial_partner_id.name,  # sudo: as above
                )
            )

    def _check_reverse_salesperson(self, vals):
        """Refuse that salespeople make themselves, or each other, read returns.

        They read those of their own customers. Whoever sees all sales says whose these
        are.
        """
        # Clients never run as superuser.
        if self.env.su or not vals.get("user_id"):
            return
        if self.env.user.has_group("sales_team.group_sale_salesman_all_leads"):
            return
        given = self.filtered(lambda own: own.user_id.id != vals["user_id"])
        # sudo: whether there are any, whoever asks
        rmas = self.env["reverse.rma"].sudo()
        for found in rmas.search([("partner_id", "in", given.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%(customer)s has returns, which the salesperson of the contact "
                    "reads: ask somebody who sees all sales to name another one.",
                    customer=found.partner_id.display_name,
                )
            )

    def _get_reverse_moved(self, names):
        """Give these contacts, and who belongs to them where another company is set.

        Somebody signs in as a contact below, and buys for another company then.
        """
        if {"parent_id", "is_company"}.isdisjoint(names) or not self.ids:
            return self
        # sudo: whoever changes a contact may not read all below it
        contacts = self.sudo().with_context(active_test=False)
        below = contacts.search(Domain("id", "child_of", self.ids))
        return self | below.with_env(self.env)

    def _get_reverse_doors(self):
        """Give to which address passwords are sent, and for whom contacts buy."""
        # sudo: whoever changes a contact may not read its company
        return {
            own: (known.email_normalized, known.commercial_partner_id)
            for own, known in zip(self, self.sudo(), strict=True)
        }

    def _note_reverse_let_in(self):
        """Keep that the acting user may be able to sign in as these contacts."""
        user = self.env.user
        if self and user.id != SUPERUSER_ID and user._is_internal():
            # sudo: kept of everybody, and read by nobody
            self.sudo().write({"reverse_let_in_by_ids": [Command.link(user.id)]})

    def signup_get_auth_param(self):
        """Note to whom the key is given by which one signs up as these."""
        res = super().signup_get_auth_param()
        given = [id_ for id_, found in res.items() if "auth_signup_token" in found]
        self.browse(given)._note_reverse_key()
        return res

    def _get_signup_url_for_action(self, *args, **kwargs):
        """Note to whom the link is given by which one sets the password of these."""
        self._note_reverse_key()
        return super()._get_signup_url_for_action(*args, **kwargs)

    def _note_reverse_key(self):
        if self.env.context.get("reverse_key_goes") is not MAILED:
            (self - self.env.user.partner_id)._note_reverse_let_in()

    def _get_reverse_let_in(self):
        """Give who may be able to sign in as these contacts, or for their company.

        What is above them counts where somebody signs in as it, or did.
        """
        own = self.with_context(active_test=False)
        found = self.reverse_let_in_by_ids
        while own := (own - own.commercial_partner_id).parent_id:
            found |= own.filtered("user_ids").reverse_let_in_by_ids
        return found

    def _get_privacy_rmas(self):
        """Returns of these persons and their addresses, in the open companies."""
        rmas = self.env["reverse.rma"].with_context(active_test=False)
        return rmas.search(
            Domain.OR(
                Domain(name, "child_of", self.ids) for name in rmas._get_person_fields()
            )
        )

    def _reverse_erase(self):
        """Erase personal data of these customers in their returns.

        :return: the returns
        :raises AccessError: outside the role administrator
        :raises UserError: when one is under legal hold or still open
        """
        if not self.env.user.has_group("reverse_logistics.group_administrator"):
            raise AccessError(
                self.env._("Personal data in returns is erased by administrators.")
            )
        rmas = self._get_privacy_rmas()
        rmas._erase_personal_data()
        return rmas

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "reverse_audience"]

    def _get_reverse_line_domain(self):
        return [("partner_id", "child_of", self.ids)]

    def _compute_reverse_rma_count(self):
        """A company counts the returns of its contacts."""
        lines = self.env["reverse.rma.line"]
        if self.ids and lines.has_access("read"):
            groups = lines._read_group(
                self._get_reverse_line_domain(),
                ["partner_id"],
                ["rma_id:count_distinct"],
            )
        else:
            groups = []
        counts = dict.fromkeys(self, 0)
        for partner, count in groups:
            while partner:
                if partner in counts:
                    counts[partner] += count
                partner = partner.parent_id
        for partner, count in counts.items():
            partner.reverse_rma_count = count

    # ------------------------------------------------------------------
    # Rate: what came back of what was delivered, and credited of what was invoiced
    # ------------------------------------------------------------------
    def _get_reverse_rate_owner(self):
        return self.commercial_partner_id

    @api.depends_context("company")
    def _compute_reverse_currency_id(self):
        self.reverse_currency_id = self.env.company.currency_id

    @api.depends_context("company", "allowed_company_ids")
    def _compute_reverse_value(self):
        domain = [
            ("commercial_partner_id", "in", self.commercial_partner_id.ids),
            ("company_id", "=", self.env.company.id),
            ("state", "=", "posted"),
            ("invoice_date", ">=", self._get_reverse_rate_start()),
        ]
        invoiced = self._sum_reverse_value([*domain, ("move_type", "=", "out_invoice")])
        credited = self._sum_reverse_value(
            [
                *domain,
                ("move_type", "=", "out_refund"),
                ("reverse_settlement_id", "!=", False),
            ]
        )
        for partner in self:
            owner = partner.commercial_partner_id
            partner.reverse_invoiced = invoiced.get(owner, 0.0)
            partner.reverse_credited = -credited.get(owner, 0.0)
            partner.reverse_value_rate = partner.reverse_invoiced and (
                partner.reverse_credited / partner.reverse_invoiced
            )

    def _sum_reverse_value(self, domain):
        return dict(
            self.env["account.move"]._read_group(
                domain, ["commercial_partner_id"], ["amount_untaxed_signed:sum"]
            )
        )

    def _get_reverse_address(self):
        """Give what rules ask of an address; of one that says nothing, its company's.

        :return: id of the country, id of the state, postal code; None where unknown
        """
        own = self if self.country_id or self.zip else self.commercial_partner_id
        return own.country_id.id or None, own.state_id.id or None, own.zip or None

    def _get_reverse_lines(self):
        """Give the lines of the address below its name, without empty ones."""
        lines = self._display_address(without_company=True).splitlines()
        return "\n".join(filter(None, map(str.strip, lines)))

    def _get_reverse_place(self):
        """Give a digest of the address: whether it is the same, not what it is."""
        names = ("street", "street2", "zip", "city")
        parts = [self[name] or "" for name in names]
        parts += [str(self.state_id.id or ""), str(self.country_id.id or "")]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    # ------------------------------------------------------------------
    # What customers are entitled to for deposits.
    # ------------------------------------------------------------------
    def _compute_reverse_deposit_left(self):
        deposits = self.env["reverse.deposit"]
        if not deposits.has_access("read"):
            self.reverse_deposit_left = 0.0
            return
        left = dict(
            deposits._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["qty_left:sum"],
            )
        )
        for partner in self:
            partner.reverse_deposit_left = left.get(partner.commercial_partner_id, 0.0)

    def action_view_reverse_deposits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_deposit_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        return action

    # ------------------------------------------------------------------
    # What was agreed with a customer about its returns.
    # ------------------------------------------------------------------
    def _compute_reverse_agreement_count(self):
        agreements = self.env["reverse.agreement"]
        counts = {}
        if self.ids and agreements.has_access("read"):
            counts = dict(
                agreements._read_group(
                    [("partner_ids", "in", self.commercial_partner_id.ids)],
                    ["partner_ids"],
                    ["__count"],
                )
            )
        for partner in self:
            owner = partner.commercial_partner_id._origin
            partner.reverse_agreement_count = counts.get(owner, 0)

    def action_view_reverse_agreements(self):
        """Open the agreements of these customers."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_agreement_action"
        )
        customers = self.commercial_partner_id
        return {**action, "domain": [("partner_ids", "in", customers.ids)]}

    def _count_commercial_exceptions(self, days):
        """Count the returns that these customers got outside of policy.

        :param int days: how far back, from now
        :return: ``{partner: number of returns}``, of all contacts of a company together
        """
        owners = self.commercial_partner_id
        counts = self.env["reverse.rma.line"]._count_exceptions(
            "rma_id.commercial_partner_id", owners, days
        )
        return {partner: counts[partner.commercial_partner_id] for partner in self}

    def _compute_reverse_exception_count(self):
        known = self.env["reverse.rma.line"].has_access("read")
        saved = self._origin if known else self.browse()
        counts = saved._count_commercial_exceptions(365)
        for partner in self:
            partner.reverse_exception_count = counts.get(partner._origin, 0)

    def action_view_reverse_exceptions(self):
        """Open what these customers got outside of policy."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_rma_line_action_exception"
        )
        owners = self.commercial_partner_id
        domain = [
            ("commercial_exception", "=", True),
            ("partner_id", "child_of", owners.ids),
        ]
        return {**action, "domain": domain}
