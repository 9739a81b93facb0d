"""Which action leads a claim from which state to which."""

_ANSWERED_IN = ("submitted", "acknowledged", "sent")

#: action: (states it may start from, state it leads to)
CLAIM = {
    "submit": (("draft",), "submitted"),
    "acknowledge": (("submitted",), "acknowledged"),
    "approve": (_ANSWERED_IN, "approved"),
    "approve_part": (_ANSWERED_IN, "partly"),
    "refuse": (_ANSWERED_IN, "refused"),
    # What was sent is disputed once the supplier has decided about it.
    "resubmit": (("partly", "refused", "sent", "recovered"), "submitted"),
    "send": (("acknowledged", "approved", "partly"), "sent"),
    "recover": (("approved", "partly", "sent"), "recovered"),
    # A credit note that counted was cancelled.
    "reopen": (("recovered", "closed"), "approved"),
    "reopen_part": (("recovered", "closed"), "partly"),
    "close": (
        (*_ANSWERED_IN, "approved", "partly", "refused", "recovered"),
        "closed",
    ),
    "cancel": (("draft", "submitted", "acknowledged"), "cancelled"),
}

#: States in which the supplier's answer is awaited.
AWAITED_IN = ("submitted", "acknowledged")

#: States in which goods may be sent to the supplier.
SENT_IN = ("acknowledged", "approved", "partly", "sent", "recovered")

#: States in which the supplier may ask for goods, which are sent then.
ASKED_IN = (*AWAITED_IN, "approved", "partly", "sent", "recovered")

#: States in which the supplier owes what was approved.
PAID_IN = ("approved", "partly", "sent", "recovered")

#: States in which what will not come any more may be written off.
WRITTEN_OFF_IN = ("approved", "partly", "refused", "sent", "recovered")
