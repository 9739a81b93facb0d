"""What the web client asks of the server to show a page."""

from lxml import etree

from odoo.tests import new_test_user
from odoo.tools.safe_eval import safe_eval

from .common import ReturnsCommon


class ViewsCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls.env.ref("reverse_logistics.menu_root")

    def _menus(self, role):
        menus = self.env["ir.ui.menu"].with_user(self.users[role])
        visible = menus.browse(menus._visible_menu_ids())
        return visible.filtered(
            lambda m: (
                m.action
                and m != self.root
                and m.parent_path.startswith(self.root.parent_path)
                and all(parent in visible for parent in self._path(m))
            )
        ).sorted(lambda m: [part.sequence for part in self._path(m)])

    def _path(self, menu):
        return (self._path(menu.parent_id) if menu.parent_id else []) + [menu]

    def _views(self, action, role):
        model = self.env[action.res_model].with_user(self.users[role])
        views = [*action.views, (action.search_view_id.id, "search")]
        return model, model.get_views(views)["views"]

    def _arch(self, action, kind, role):
        """The parsed view of a kind that a role is shown, and its model."""
        model, views = self._views(action, role)
        return etree.fromstring(views[kind]["arch"]), model

    def _action_context(self, action):
        return safe_eval(
            action.context or "{}", {"uid": self.env.uid, "allowed_company_ids": [0]}
        )

    def _specification(self, model, node):
        """What the web client asks for to show a view."""
        specification = {}
        for field in node.xpath(".//field[not(ancestor::field)]"):
            name = field.get("name")
            kind = model._fields[name].type
            specification[name] = {}
            if kind == "many2one":
                specification[name] = {"fields": {"display_name": {}}}
            elif kind in ("one2many", "many2many"):
                views = field.xpath("./list") or [field]
                fields = self._inner(
                    self.env[model._fields[name].comodel_name], views[0]
                )
                specification[name] = {"fields": fields or {"display_name": {}}}
        return specification

    def _inner(self, model, view):
        copy = etree.fromstring(etree.tostring(view))
        if copy.tag == "field":
            return {}
        return self._specification(model, copy)


class DayCase(ViewsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, login="seller", groups="sales_team.group_sale_salesman"
        )

    def _opened(self, action):
        """The records that an action shows."""
        model = self.env[action["res_model"]]
        if action.get("res_id"):
            return model.browse(action["res_id"])
        return model.search(action["domain"])

    def _filter(self, action, name, role="administrator"):
        """The records that a search filter of an action's view shows."""
        arch, model = self._arch(action, "search", role)
        (node,) = arch.xpath(f"//filter[@name='{name}']")
        domain = safe_eval(node.get("domain"), {"uid": model.env.uid})
        base = safe_eval(action.domain or "[]")
        return model.search([*base, *domain])
