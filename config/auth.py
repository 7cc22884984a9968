"""Who may sign in, and that administrators may do everything."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from directory.models import User
from directory.roles import is_administrator


class Backend(ModelBackend):
    """Django's backend, but the demo bank's sign-ins work only in a demo."""

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)

    def has_perm(
        self,
        user_obj: User | AnonymousUser,
        perm: str,
        obj: Model | None = None,
    ) -> bool:
        """Tell also of what was made after the administrators' group."""
        return super().has_perm(user_obj, perm, obj) or is_administrator(user_obj)

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        return super().has_module_perms(user_obj, app_label) or is_administrator(
            user_obj
        )
