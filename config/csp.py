"""Content-Security-Policy: strict everywhere, as loose as its theme needs in the admin."""

from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

ADMIN = {"script-src": [UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class ContentSecurityPolicy(CSPMiddleware):
    """Middleware, not a decorator: the admin's login page has no view of ours."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> Any:
        parts = super().get_policy_parts(request, response, report_only=report_only)
        if request.path_info.startswith("/admin/"):
            parts.update = ADMIN
        return parts
