from django import forms


class Sample(forms.Form):
    name = forms.CharField(label="Full name", help_text="As on your card.")
    channel = forms.ChoiceField(
        choices=[("phone", "Phone call"), ("video", "Video call")],
        widget=forms.RadioSelect,
    )
    remarks = forms.CharField(required=False)


def test_field_shows_label_hint_error_and_control_in_this_order():
    group = Sample({})["name"].as_field_group()

    parts = [
        '<label class="field__label" for="id_name">Full name</label>',
        '<p class="hint" id="id_name_helptext">As on your card.</p>',
        '<div class="field__error" id="id_name_error"><p>This field is required.</p>',
        "<input",
    ]
    places = [group.index(part) for part in parts]
    assert places == sorted(places)
    assert 'aria-describedby="id_name_helptext id_name_error"' in group
    assert 'aria-invalid="true"' in group


def test_first_radio_has_the_id_that_error_links_lead_to():
    field = Sample({})["channel"]

    group = field.as_field_group()

    assert field.focus_id == "id_channel"
    assert 'value="phone" id="id_channel"' in group
    assert 'value="video" id="id_channel_1"' in group
    assert (
        '<fieldset class="field" data-invalid aria-describedby="id_channel_error">'
        in group
    )


def test_field_that_may_stay_empty_says_so():
    assert "(optional)" in Sample()["remarks"].as_field_group()
    assert "(optional)" not in Sample()["name"].as_field_group()


def test_text_typed_into_a_field_stays_text():
    group = Sample({"name": '"><script>'})["name"].as_field_group()

    assert "<script>" not in group
