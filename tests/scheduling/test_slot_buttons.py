from scheduling.templatetags.slots import slot_buttons
from scheduling.wizard.week import SlotChoice

NINE = SlotChoice(
    value="2026-05-04T07:00:00Z",
    time="09:00",
    label="Monday 4 May, 09:00",
    is_checked=False,
    is_preferred=False,
    is_first=False,
)


def test_a_start_is_a_radio_button_that_says_its_day():
    assert slot_buttons([NINE], "id_slot") == (
        '<label class="slot"><input type="radio" name="slot"'
        ' value="2026-05-04T07:00:00Z" aria-label="Monday 4 May, 09:00">09:00</label>'
    )


def test_what_is_special_about_a_start_is_marked():
    special = NINE._replace(is_checked=True, is_preferred=True, is_first=True)

    drawn = slot_buttons([special], "id_slot")

    assert '<label class="slot" data-preferred>' in drawn
    assert ' id="id_slot" checked>' in drawn


def test_words_are_escaped():
    odd = NINE._replace(value='"', time="<i>", label="l'un & l'autre\"", is_first=True)

    assert slot_buttons([odd], "a&b") == (
        '<label class="slot"><input type="radio" name="slot" value="&quot;"'
        ' aria-label="l&#x27;un &amp; l&#x27;autre&quot;" id="a&amp;b">'
        "&lt;i&gt;</label>"
    )
