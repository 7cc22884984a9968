"""How forms are drawn."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Our own templates for fields, from templates/forms/."""

    field_template_name = "forms/field.html"
