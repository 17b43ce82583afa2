"""The templates as they are compiled: once for each language, what is always the same written in.

Most words of a page are messages without arguments. A template says ``t('name')`` and
``asset('name')`` for them; compiled for a language, it holds the words and addresses themselves,
escaped already. In every template these names mean the functions given here.
"""

from collections.abc import MutableMapping
from functools import lru_cache, partial
from keyword import iskeyword
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from qika.terms.names import Language
from qika.web.pages.assets import asset
from qika.web.pages.dates import (
    clock_of,
    day_in_words,
    day_near,
    distance_in_words,
    weekday_in_words,
)
from qika.web.pages.head import title_of
from qika.web.pages.map_routes import place_is_sure, routes_to
from qika.web.pages.map_sketch import letter
from qika.web.pages.map_streets import on_streets
from qika.web.pages.map_svg import sketch_svg
from qika.web.speech import SPEECH, Speech


class _Written(NodeTransformer):
    """Writes what a call always gives in its place."""

    def __init__(self, speech: Speech) -> None:
        """Take the words of a language."""
        self._given = {"t": speech.always, "asset": asset}

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Replace ``t('name')`` by the words; ``t('a-' ~ b)`` joins the name by itself."""
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.node.name not in self._given:
            return node
        match node.args:
            case [nodes.Const(value=str(name))] if not node.kwargs:
                said = self._given[node.node.name](name)
                return node if said is None else nodes.Const(said, lineno=node.lineno)
            case [nodes.Concat(nodes=parts)] if node.node.name == "t":
                node.args = parts
            case _:
                pass
        return node


class _Code(CodeGenerator):
    """Calls what a template calls: Jinja looks each time whether it wants to know the context."""

    def visit_Call(  # noqa: N802 - Jinja's name
        self,
        node: nodes.Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT001, FBT002 - Jinja's signature
    ) -> None:
        """Write a call; none of our functions wants the context."""
        unusual = any(iskeyword(one.key) for one in node.kwargs)
        if forward_caller or unusual or node.dyn_args or node.dyn_kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for given in (*node.args, *node.kwargs):
            self.visit(given, frame)
            self.write(", ")
        self.write(")")

    def _output_child_pre(
        self,
        node: nodes.Expr,
        frame: Frame,
        finalize: CodeGenerator._FinalizeInfo,
    ) -> None:
        """Write what an expression is shown by; nobody here turns escaping off."""
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.shown(")


class _Template(Template):
    """A template that nobody renders with globals of his own."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002
        """Give what others import of it; Jinja looks each time whether it has other globals."""
        return super()._get_default_module()


class _Templates(Environment):
    """The templates of one language."""

    code_generator_class = _Code
    template_class = _Template

    def __init__(self, language: Language) -> None:
        """Make them ready to be compiled when they are first used."""
        super().__init__(
            loader=PackageLoader("qika.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._written = _Written(SPEECH[language])
        self._loaded: dict[str, Template] = {}
        self.globals.update(_given(language))

    @staticmethod
    def shown(value: object) -> str:
        """Give a value as it stands in a page; what macros wrote is not copied once more."""
        return value if type(value) is Markup else escape(value)

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> Template:
        """Give a template, compiled once; there are as many as there are files."""
        found = self._loaded.get(name) if isinstance(name, str) else None
        if found is None:
            found = super().get_template(name, parent, globals)
            self._loaded[str(found.name)] = found
        return found

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - Jinja's signature
    ) -> str:
        """Write in what is always the same before code is made; Jinja's hook for that."""
        return super()._generate(self._written.visit(source), name, filename, defer_init)


def _given(language: Language) -> dict[str, Any]:
    """Give what every template of a language uses."""
    speech = SPEECH[language]
    return {
        "language": language,
        "other": Language.EN if language is Language.ZH else Language.ZH,
        "t": speech.t,
        "titled": partial(title_of, language),
        "knows": speech.knows,
        "asset": asset,
        "day": partial(day_in_words, language=language),
        "day_near": partial(day_near, language=language),
        "weekday": partial(weekday_in_words, language=language),
        "clock": clock_of,
        "distance": partial(distance_in_words, language=language),
        "sketch_svg": sketch_svg,
        "on_streets": on_streets,
        "letter": letter,
        "routes_to": routes_to,
        "sure": place_is_sure,
    }


@lru_cache(maxsize=len(Language))
def templates(language: Language) -> Environment:
    """Give the templates of a language."""
    return _Templates(language)
