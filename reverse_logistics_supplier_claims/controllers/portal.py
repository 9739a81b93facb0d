import re

from psycopg2.errors import UniqueViolation

from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal, pager
from odoo.addons.reverse_logistics.controllers.visitor import to_id
from odoo.addons.reverse_logistics.models.base import codes
from odoo.addons.reverse_logistics.models.portal.ir_attachment import FILE_BYTES
from odoo.addons.reverse_logistics.models.portal.reverse_rma_line import FILES_AT_ONCE

from ..models.reverse_supplier_claim import PARTS

#: Files that browsers may show in a page; all others are only saved.
SHOWN = ("image/jpeg", "image/png", "image/webp")


class SupplierPortal(CustomerPortal):
    """Claims in the portal of suppliers: list, page, files and answers.

    Every route finds its claim by :meth:`_find_claim`. Whoever may not see a claim
    learns nothing of it, not even whether there is one. What a supplier may answer is
    decided by the model.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "supplier_claim_count" in counters:
            domain = self._get_claims()._get_supplier_domain(request.env.user)
            user = request.env.user
            values["supplier_claim_count"] = (
                self._get_claims().search_count(domain) if user.share else 0
            )
        return values

    # ------------------------------------------------------------------
    # Whose
    # ------------------------------------------------------------------
    def _get_claims(self):
        # sudo: suppliers have no access to the model; each route asks whose it is
        return request.env["reverse.supplier.claim"].sudo()

    def _find_claim(self, claim_id):
        """Give the claim of this number if the user is its supplier, else none."""
        claim = self._get_claims().browse(claim_id).exists()
        if claim and claim._is_shown_to(request.env.user):
            return claim.with_company(claim.company_id)
        return claim.browse()

    # ------------------------------------------------------------------
    # List
    # ------------------------------------------------------------------
    @route(
        ["/my/supplier-claims", "/my/supplier-claims/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_my_supplier_claims(self, page=1, sortby=None, filterby=None, **_kwargs):
        user = request.env.user
        if not user.share:
            return request.redirect("/my")
        claims = self._get_claims()
        sortings, filters = self._get_claim_sortings(), self._get_claim_filters()
        sortby = sortby if sortby in sortings else "newest"
        filterby = filterby if filterby in filters else "all"
        domain = Domain(claims._get_supplier_domain(user)) & Domain(
            filters[filterby]["domain"]
        )
        pages = pager(
            url="/my/supplier-claims",
            url_args={"sortby": sortby, "filterby": filterby},
            total=claims.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = claims.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=pages["offset"],
        )
        return request.render(
            "reverse_logistics_supplier_claims.portal_my_claims",
            {
                **self._prepare_portal_layout_values(),
                "claims": found,
                "page_name": "supplier_claim",
                "pager": pages,
                "default_url": "/my/supplier-claims",
                "searchbar_sortings": sortings,
                "sortby": sortby,
                "searchbar_filters": filters,
                "filterby": filterby,
            },
        )

    def _get_claim_sortings(self):
        env = request.env
        return {
            "newest": {"label": env._("Newest"), "order": "id desc"},
            "due": {"label": env._("Answer due"), "order": "response_due, id"},
            "amount": {
                "label": env._("Amount"),
                "order": "amount_claimed desc, id desc",
            },
        }

    def _get_claim_filters(self):
        env = request.env
        waiting = Domain("is_awaited", "=", True)
        over = Domain("state", "in", ("recovered", "closed", "cancelled"))
        return {
            "all": {"label": env._("All"), "domain": Domain.TRUE},
            "waiting": {"label": env._("To answer"), "domain": waiting},
            "open": {"label": env._("Answered"), "domain": ~(waiting | over)},
            "over": {"label": env._("Settled"), "domain": over},
        }

    # ------------------------------------------------------------------
    # One claim
    # ------------------------------------------------------------------
    @route(
        "/my/supplier-claims/<int:claim_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_supplier_claim(self, claim_id, **_kwargs):
        claim = self._find_claim(claim_id)
        if not claim:
            return request.redirect("/my")
        return self._show_claim(claim)

    @route(
        "/my/supplier-claims/<int:claim_id>/files/<int:file_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_supplier_claim_file(self, claim_id, file_id, **_kwargs):
        file = self._find_claim(claim_id)
        file = file and file._find_supplier_file(file_id)
        if not file:
            raise request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(file)
        return stream.get_response(as_attachment=file.mimetype not in SHOWN)

    @route(
        "/my/supplier-claims/<int:claim_id>/answer",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_supplier_claim_answer(self, claim_id, kind=None, key=None, **post):
        def answer(claim):
            words = ("reference", "reason", "text")
            claim._answer_by_supplier(
                kind,
                _read_said(claim, post, kind),
                _check_key(key),
                _read_uploads(),
                **{name: post[name] for name in words if name in post},
            )

        return self._take_step(claim_id, answer, kind)

    @route(
        "/my/supplier-claims/<int:claim_id>/steps/<int:step_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_supplier_claim_step(self, claim_id, step_id, **post):
        def answer(claim):
            step = claim._find_supplier_step(step_id)
            if not step:
                raise UserError(request.env._("This 8D report is not asked for."))
            step._answer_by_supplier(claim, post, _read_uploads())

        return self._take_step(claim_id, answer, f"step-{step_id}")

    def _take_step(self, claim_id, step, kind):
        """Take a step of a claim and show it; a refusal stands above its page."""
        claim = self._find_claim(claim_id)
        if not claim:
            return request.redirect("/my")
        try:
            with claim._all_or_nothing():
                step(claim)
                request.env.flush_all()
        except UniqueViolation as error:
            # Odoo repeats the request, which then finds the first.
            raise ConcurrencyError("the same form arrived twice") from error
        except UserError as error:
            request.env.invalidate_all()
            return self._show_claim(claim, error.args[0], kind)
        return request.redirect(f"/my/supplier-claims/{claim.id}")

    def _show_claim(self, claim, error=None, kind=None):
        return request.render(
            "reverse_logistics_supplier_claims.portal_claim",
            {
                **self._prepare_portal_layout_values(),
                "claim": claim,
                "page_name": "supplier_claim",
                "error": error,
                "kind": kind,
                "kinds": claim._get_supplier_answers(),
                "post": request.params if error else {},
                "key": codes.new_key(),
                "photos": claim._get_supplier_photos(),
                "reports": claim._get_supplier_reports(),
            },
        )


def _check_key(key):
    """Give the key of a form that was sent.

    :raises UserError: for a form that no page of ours has made
    """
    if not codes.is_key(key):
        raise UserError(request.env._("Please reload the page, and send it again."))
    return key


def _read_uploads():
    """Give the files that were sent: ``[(name, bytes)]``.

    One byte more, and one file more, than is taken says that it is too much.
    """
    return [
        (file.filename or "", file.read(FILE_BYTES + 1))
        for file in request.httprequest.files.getlist("files")[: FILES_AT_ONCE + 1]
        if file
    ]


def _read_said(claim, post, kind):
    """Read what a supplier says of each line: ``{line: (amount, reason)}``.

    It accepts an amount of each, or ticks the goods that it asks for or has received.
    """
    field = {"approve_part": "amount", **dict.fromkeys(PARTS, "part")}.get(kind)
    lines = {line.id: line for line in claim.line_ids}
    said = {}
    for name, value in post.items():
        found = field and re.fullmatch(rf"{field}-(\d{{1,9}})", name)
        if not found:
            continue
        line = lines.get(to_id(found[1]))
        if line is None:
            raise UserError(request.env._("An answer says nothing of other claims."))
        if field == "part":
            said[line] = (0.0, False)
            continue
        reason = claim._clean_words("reason", post.get(f"reason-{line.id}"))
        said[line] = (_to_amount(line, value), reason)
    return said


def _to_amount(line, text):
    """Give the amount that a supplier entered, with a point before its decimals.

    :raises UserError: for what is none
    """
    text = (text or "").strip()
    if not re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text):
        raise UserError(
            request.env._(
                "%(line)s: “%(text)s” is no amount. Enter digits, with a point before "
                "the decimals.",
                line=line.display_name,
                text=text[:20],
            )
        )
    return float(text)
