"""What policies of 19.0.1.1.0 decided becomes their first version."""

from odoo import SUPERUSER_ID, Command, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """
        SELECT id, version, window_days, authorize, allocation, validity_days
          FROM reverse_policy
         WHERE id NOT IN (SELECT policy_id FROM reverse_policy_version)
         ORDER BY id
        """
    )
    for policy_id, number, days, authorize, allocation, validity in cr.fetchall():
        versions = env["reverse.policy.version"]
        edition = versions._guarded_create(
            [
                {
                    "policy_id": policy_id,
                    "number": number,
                    "allocation": allocation,
                    "validity_days": validity,
                    "rule_ids": [
                        Command.create(
                            {
                                "name": env._("Everything"),
                                "window_days": days,
                                "authorize": authorize,
                            }
                        )
                    ],
                }
            ]
        )
        if edition.policy_id.active:
            edition._activate(env.user)
        else:
            frozen = edition._prepare_frozen(env.user)
            edition._guarded_write({**frozen, "state": "archived"})
