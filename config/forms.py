"""How forms are drawn."""

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting


class Field(BoundField):
    """A field that knows what it looks like and where a link to it leads."""

    @property
    def kind(self) -> str:
        """Return which shape templates/forms/field.html gives it."""
        widget = self.field.widget
        if isinstance(widget, forms.CheckboxSelectMultiple):
            return "checkboxes"
        if isinstance(widget, forms.RadioSelect):
            return "radio"
        if isinstance(widget, forms.CheckboxInput):
            return "checkbox"
        return self.widget_type

    @property
    def focus_id(self) -> str:
        """Return the id of the first control: a group has none of its own."""
        if self.kind in {"radio", "checkboxes"}:
            return self.auto_id
        return self.id_for_label


class Renderer(TemplatesSetting):
    """Our own templates for fields, from templates/forms/."""

    field_template_name = "forms/field.html"
    bound_field_class = Field
