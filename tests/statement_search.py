"""Finds every SQL text of a package: constants by importing them, the rest in the syntax trees."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

RUNS = frozenset(
    {
        *("execute", "executemany", "fetch", "fetchrow", "fetchval", "fetchmany", "prepare"),
        *("cursor", "copy_from_query", "copy_records_to_table", "copy_to_table"),
        *("copy_from_table", "add_listener", "add_query_logger"),
    }
)
"""Methods of a connection that take SQL, or the name of a table."""

SPELLERS = frozenset({"spell", "for_shards"})
"""Functions that turn one spelling of a constant into the other."""

_VERB = re.compile(
    r"\s*(with|select|insert|update|delete|merge|truncate|create|alter|drop|lock|listen|notify"
    r"|unlisten|set|begin|start|commit|rollback|savepoint|copy|call|do|vacuum|declare|values"
    r"|prepare|refresh|reindex|comment)\s",
    re.IGNORECASE,
)


def is_sql(text: str) -> bool:
    """Whether a text begins as a statement does."""
    return _VERB.match(text) is not None


@dataclass(frozen=True)
class Statement:
    """A text of SQL and where it stands."""

    place: str
    text: str


def modules_of(package: ModuleType) -> list[ModuleType]:
    """Import a package and all that is in it."""
    inside = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [package, *(importlib.import_module(one.name) for one in inside)]


def constants_of(name: str, tree: ast.Module, values: Mapping[str, Any]) -> list[Statement]:
    """Give the SQL that a module's own constants hold, however they were put together."""
    names = [
        part.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for part in ast.walk(target)
        if isinstance(part, ast.Name)
    ]
    return [
        Statement(f"{name}.{one}", text)
        for one in names
        for text in _texts(values.get(one))
        if is_sql(text)
    ]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(one)


def inline_of(name: str, tree: ast.Module) -> list[Statement]:
    """Give the SQL that stands as a plain text inside a function or a class."""
    return [
        Statement(f"{name}.{function}", node.value)
        for function, node in _inside(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_sql(node.value)
    ]


def hidden_in(name: str, tree: ast.Module) -> list[str]:
    """Name every place where SQL is put together, or run from where it cannot be followed."""
    found: list[str] = []
    for function, node in _inside(tree):
        if isinstance(node, ast.JoinedStr | ast.BinOp) and is_sql(_beginning(node)):
            found.append(f"{name}.{function}: put together in a function")
        if isinstance(node, ast.Call) and _method(node) in RUNS and node.args:
            if _method(node) in {"copy_from_query", "add_listener", "add_query_logger"}:
                found.append(f"{name}.{function}: {_method(node)}")
            elif not _followed(node.args[0]):
                found.append(f"{name}.{function}: {ast.unparse(node.args[0])}")
    return found + [f"{name}.{function}: {ast.unparse(node)}" for function, node in _built(tree)]


def copies_of(tree: ast.Module, values: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Give the table and the columns of every COPY of rows."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _method(node) == "copy_records_to_table":
            (columns,) = [one.value for one in node.keywords if one.arg == "columns"]
            named = values[columns.id] if isinstance(columns, ast.Name) else None
            found.append((ast.literal_eval(node.args[0]), named or ast.literal_eval(columns)))
    return found


def _inside(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Walk what is inside functions and classes, without docstrings."""
    for top in tree.body:
        if isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            said = {id(doc) for doc in _docstrings(top)}
            inside_texts = {
                id(part)
                for node in ast.walk(top)
                if isinstance(node, ast.JoinedStr)
                for part in node.values
            }
            for node in ast.walk(top):
                if id(node) not in said | inside_texts:
                    yield top.name, node


def _docstrings(top: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(top):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _beginning(node: ast.AST) -> str:
    """The text with which a text that is put together begins."""
    if isinstance(node, ast.JoinedStr):
        return _beginning(node.values[0]) if node.values else ""
    if isinstance(node, ast.BinOp):
        return _beginning(node.left)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _followed(node: ast.expr) -> bool:
    """A text as it stands, a name, or another spelling of one."""
    if isinstance(node, ast.Constant | ast.Name | ast.Attribute):
        return True
    if isinstance(node, ast.IfExp):
        return _followed(node.body) and _followed(node.orelse)
    if isinstance(node, ast.Call) and len(node.args) == 1:
        named = node.func.id if isinstance(node.func, ast.Name) else _method(node)
        return named in SPELLERS and _followed(node.args[0])
    return False


def _built(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Find names that are run as SQL and were put together before, in the same function."""
    for top in ast.walk(tree):
        if not isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        run = {
            node.args[0].id
            for node in ast.walk(top)
            if isinstance(node, ast.Call) and _method(node) in RUNS and node.args
            if isinstance(node.args[0], ast.Name)
        }
        for node in ast.walk(top):
            targets = node.targets if isinstance(node, ast.Assign) else []
            named = {one.id for one in targets if isinstance(one, ast.Name)}
            if named & run and not _followed(node.value):
                yield top.name, node
            if isinstance(node, ast.AugAssign) and getattr(node.target, "id", "") in run:
                yield top.name, node
            if isinstance(node, ast.For) and getattr(node.target, "id", "") in run:
                yield top.name, node.iter
