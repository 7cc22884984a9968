"""Files for a meeting, several at once."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _, gettext_lazy

from scheduling.services.uploads import ACCEPTED, clean_name


class FilesInput(forms.FileInput):
    """A file field that takes several."""

    allow_multiple_selected = True


class FilesField(forms.Field):
    """Uploaded files in a list. Each is judged on its own where it is kept."""

    widget = FilesInput
    default_error_messages = {
        "required": gettext_lazy("Choose a file."),
        "too_many": gettext_lazy("Choose at most %(most)d files at once."),
    }

    def to_python(self, value: Any) -> list[UploadedFile]:
        files = value if isinstance(value, Sequence) else [value]
        return [one for one in files if isinstance(one, UploadedFile)]

    def validate(self, value: Any) -> None:
        super().validate(value)
        most = settings.UPLOADS_PER_APPOINTMENT
        if len(value) > most:
            raise forms.ValidationError(
                self.error_messages["too_many"], params={"most": most}
            )


class UploadForm(forms.Form):
    """Documents that one side adds to a meeting."""

    documents = FilesField(
        label=gettext_lazy("Add documents"),
        help_text=gettext_lazy(
            "PDF, pictures (PNG, JPEG, WebP, HEIC), DOCX, XLSX, ODT or plain text, at "
            "most 10 MB each."
        ),
        widget=FilesInput(attrs={"accept": ACCEPTED}),
    )

    def refuse(self, upload: UploadedFile, sentence: str) -> None:
        """Tell why a file was not kept."""
        name = clean_name(upload.name or "") or _("A file without a name")
        self.add_error("documents", f"{name}: {sentence}")
