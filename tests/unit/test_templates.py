"""How templates are compiled: what never changes is written in, all else is as Jinja has it."""

import pytest
from jinja2 import UndefinedError

from qika.terms.names import Language
from qika.web.pages.assets import asset
from qika.web.pages.templates import templates
from qika.web.speech import SPEECH

ZH, EN = Language.ZH, Language.EN


def rendered(template: str, language: Language = ZH, /, **said: object) -> str:
    return templates(language).from_string(template).render(said)


def code_of(text: str) -> str:
    return str(templates(ZH).compile(text, raw=True))


@pytest.mark.parametrize("language", list(Language))
def test_words_without_arguments_stand_in_the_compiled_template_of_each_language(language):
    said = SPEECH[language].t("back")
    assert rendered("<b>{{ t('back') }}</b>", language) == f"<b>{said}</b>"
    assert rendered("{{ t('back') ~ '!' }}{{ t('back') | length }}", language) == (
        f"{said}!{len(said)}"
    )
    code = str(templates(language).compile("{{ t('back') }}", raw=True))
    assert repr(said) in code
    assert "l_0_t" not in code


def test_what_depends_on_more_than_its_name_is_asked_for_each_time():
    assert rendered("{{ t('due-left', count=n) }}", EN, n=1) == "1 day left"
    assert rendered("{{ t('due-left', count=n) }}", EN, n=2) == "2 days left"
    asked = "{{ t('kind-' ~ kind) }} {{ t('back' if kind else 'home') }} {{ t(name) }}"
    speech = SPEECH[EN]
    expected = f"{speech.t('kind-hospital')} {speech.t('back')} {speech.t('help')}"
    assert rendered(asked, EN, kind="hospital", name="help") == expected


def test_addresses_of_files_are_written_in_and_unknown_ones_stop_the_compiler():
    assert asset("mark.svg") in code_of("{{ asset('mark.svg') }}")
    with pytest.raises(KeyError):
        rendered("{{ asset('no-such-file.svg') }}")


def test_a_missing_message_is_an_error_when_it_is_used():
    with pytest.raises(LookupError):
        rendered("{{ t('no-such-message') }}")


def test_a_function_of_another_object_of_that_name_is_left_alone():
    class Speaker:
        def t(self, name: str) -> str:
            return f"<{name}>"

    assert rendered("{{ one.t('back') }}", one=Speaker()) == "&lt;back&gt;"


def test_text_is_escaped_whether_it_is_written_in_or_comes_later():
    assert rendered("{{ text }}{{ '<i>' }}", text="<b>&\"'") == "&lt;b&gt;&amp;&#34;&#39;&lt;i&gt;"
    macro = "{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}{{ bold('<' ~ text) }}"
    assert rendered(macro, text=">") == "<b>&lt;&gt;</b>"


def test_macros_take_what_they_are_given_by_place_by_name_and_from_their_caller():
    macro = "{% macro tag(name, of='') %}<{{ name }}{{ of }}>{% endmacro %}"
    called = "{{ tag('a') }}{{ tag('b', of=1) }}{{ tag(*['c'], **{'of': 2}) }}{{ tag(name='d') }}"
    assert rendered(macro + called) == "<a><b1><c2><d>"
    macro = "{% macro box(name) %}<{{ name }}>{{ caller() }}{% endmacro %}"
    inside = "{% for n in [1, 2] %}{{ loop.cycle('x', 'y') }}{% endfor %}"
    assert rendered(macro + "{% call box('e') %}" + inside + "{% endcall %}") == "<e>xy"


def test_what_was_not_given_is_an_error_not_a_blank():
    for text in ("{{ nothing }}", "{{ nothing() }}", "{{ given.nothing }}"):
        with pytest.raises(UndefinedError):
            rendered(text, given=object())
