"""What may become of documents that a release posted, and of those they credit.

Two tables of data: :data:`STATES` says what has to hold for a state that is written,
:func:`is_frozen` which fields still change. Documents are told apart by their kind:

``note``
    the credit note of a settlement
``cost``
    books the cost of goods that came back, where nothing was due
``counter``
    takes a credit note back
``renewal``
    would take back what took a credit note back
``invoice``
    a posted invoice of which a released credit note gave something
``foreign``
    a posted document, made by no return, that gives something of what returns credit
"""

#: By kind and the state that is written, the condition it is bound to; what is not
#: named is free.
#:
#: - ``released``: once, while its settlement is released, and as it was settled
#: - ``cancelling``: on the way to cancelled, which takes the settlement back
#: - ``whole``: once, over exactly what is left of the credit note
#: - ``first``: as long as it was never posted
#: - ``never``
STATES = {
    "note": {"posted": "released", "draft": "cancelling", "cancel": "cancelling"},
    "cost": {"posted": "first", "draft": "first", "cancel": "first"},
    "counter": {"posted": "whole", "draft": "first", "cancel": "first"},
    "renewal": {"posted": "never"},
    "invoice": {"draft": "never", "cancel": "never"},
    "foreign": {},
}

#: Kinds of which everything is frozen once they were posted, except :data:`OPEN`.
CLOSED = ("note", "cost", "counter")

#: Addons whose fields were looked at one by one: a field of theirs that is not named
#: as open is frozen, also one that a later version brings. Of addons that nobody here
#: knows, such as those of countries, which send documents to authorities, only amounts
#: are frozen: what they have to note after the posting cannot be listed.
KNOWN = frozenset(
    {
        "account",
        "account_edi_ubl_cii",
        "account_payment",
        "analytic",
        "mail",
        "mrp_account",
        "portal",
        "purchase",
        "reverse_logistics",
        "sale",
        "sale_stock",
        "stock_account",
        "utm",
    }
)

#: What Accounting and Sales need of a document that was posted: payments and
#: reconciliation, notes and references, sending, checking, hashing, who sold it. Not
#: where it is paid to. Lines are looked at one by one.
OPEN = {
    "account.move": frozenset(
        {
            "access_token",
            "activity_ids",
            "activity_summary",
            "activity_type_id",
            "attachment_ids",
            "campaign_id",
            "checked",
            "inalterable_hash",
            "invoice_line_ids",
            "invoice_pdf_report_file",
            "invoice_user_id",
            "is_manually_modified",
            "is_move_sent",
            "journal_line_ids",
            "line_ids",
            "made_sequence_gap",
            "matched_payment_ids",
            "medium_id",
            "message_follower_ids",
            "message_ids",
            "message_main_attachment_id",
            "message_partner_ids",
            "narration",
            "no_followup",
            "payment_reference",
            "payment_state",
            "preferred_payment_method_line_id",
            "qr_code_method",
            "ref",
            "secure_sequence_number",
            "sending_data",
            "source_id",
            # bound to conditions of its own
            "state",
            "team_id",
            "transaction_ids",
            "ubl_cii_xml_file",
        }
    ),
    "account.move.line": frozenset(
        {
            "analytic_distribution",
            "analytic_line_ids",
            "collapse_composition",
            "collapse_prices",
            "full_reconcile_id",
            "matching_number",
            "name",
            "no_followup",
            "reconcile_model_id",
            "reconciled_lines_ids",
            "sequence",
        }
    ),
}

#: What limits a credit, and what it is cut from: beside amounts, frozen of documents
#: that returns credit.
BASIS = {
    "account.move": frozenset(
        {
            "commercial_partner_id",
            "company_id",
            "currency_id",
            "move_type",
            "partner_id",
            "posted_before",
            "reversed_entry_id",
            "tax_totals",
        }
    ),
    "account.move.line": frozenset(
        {
            "currency_id",
            "display_type",
            "extra_tax_data",
            "is_downpayment",
            "move_id",
            "parent_state",
            "partner_id",
            "product_id",
            "product_uom_id",
            "sale_line_ids",
            "tax_ids",
            "tax_line_id",
            "tax_repartition_line_id",
        }
    ),
}


def get_condition(kind, state):
    """Give the condition that a state of a document is bound to, else None."""
    return STATES.get(kind, {}).get(state)


def is_frozen(kind, model, name, amount=False, known=True):
    """Tell whether a field of a posted document stays as it is.

    :param str kind: see the top of this file
    :param str model: ``account.move`` or ``account.move.line``
    :param bool amount: it is a number that is kept
    :param bool known: an addon of :data:`KNOWN` has defined it
    """
    if kind in CLOSED:
        return name not in OPEN[model] and (amount or known)
    return amount or name in BASIS[model]
