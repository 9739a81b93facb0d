"""What somebody enters in a dialog is seen and changed by nobody else."""

from odoo.tests.common import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDialogsOwned(TransactionCase):
    """Odoo has no rules about records that live for an hour: each addon brings its."""

    def _is_owned(self, rule):
        modes = (rule.perm_read, rule.perm_write, rule.perm_create, rule.perm_unlink)
        return rule["global"] and rule.active and all(modes)

    def test_every_dialog_belongs_to_who_opened_it(self):
        names = {
            name
            for name, model in self.env.registry.items()
            if model._transient
            and not model._abstract
            and model._original_module.startswith("reverse_logistics")
        }
        self.assertGreater(len(names), 40)
        own = "[('create_uid', '=', user.id)]"
        rules = self.env["ir.rule"].search([("model_id.model", "in", list(names))])
        owned = {
            rule.model_id.model
            for rule in rules
            if rule.domain_force == own and self._is_owned(rule)
        }
        self.assertEqual(names - owned, set())
