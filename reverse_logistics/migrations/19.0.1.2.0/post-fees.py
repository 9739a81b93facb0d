"""Fees that persons entered before policy could charge any stay as they are."""


def migrate(cr, version):
    cr.execute("UPDATE reverse_rma_line SET fee_by_hand = TRUE WHERE fee > 0")
