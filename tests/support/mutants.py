# SPDX-License-Identifier: Apache-2.0
"""Mutants of a module: its source with one decision turned round, as modules that can be run.

Each comparison is turned to every neighbour of it, ``and`` and ``or`` change places, ``not`` and a
minus are dropped, sums and products are turned, and each ``yield``, ``continue`` and bare
``return`` is left out.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

__all__ = ["Mutant", "loaded", "mutants_of"]

_COMPARISONS: Final[Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_SUMS: Final[Mapping[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One mutant of one module.

    Attributes:
        where: File and line, and what became of it, for the report of a survivor.
    """

    module: str
    where: str
    code: CodeType


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of its lines."""
    path = Path(module.__file__ or "")
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    count = len(list(_sites(ast.parse(source))))
    for number in range(count):
        tree = ast.parse(source)
        node, turns = list(_sites(tree))[number]
        for turn in range(turns):
            tree = ast.parse(source)
            node, _ = list(_sites(tree))[number]
            what = _turn(tree, node, turn)
            line = getattr(node, "lineno", 0)
            ast.fix_missing_locations(tree)
            yield Mutant(
                module=module.__name__,
                where=f"{path.name}:{line}: {lines[line - 1].strip()} [{what}]",
                code=compile(tree, str(path), "exec"),
            )


@contextmanager
def loaded(names: Sequence[str], mutant: Mutant) -> Iterator[ModuleType]:
    """Give the last of these modules, all of them loaded anew with the mutant among them.

    Args:
        names: In an order in which each needs only earlier ones, and modules that are not listed.
        mutant: Of one of them.
    """
    kept = {name: sys.modules[name] for name in names}
    try:
        module = ModuleType(names[0])
        for name in names:
            module = ModuleType(name)
            module.__file__ = kept[name].__file__
            sys.modules[name] = module
            exec(mutant.code if name == mutant.module else _code_of(kept[name]), module.__dict__)
        yield module
    finally:
        sys.modules.update(kept)


_CODES: Final[dict[str, CodeType]] = {}


def _code_of(module: ModuleType) -> CodeType:
    name = module.__name__
    if name not in _CODES:
        path = Path(module.__file__ or "")
        _CODES[name] = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    return _CODES[name]


def _sites(tree: ast.Module) -> Iterator[tuple[ast.AST, int]]:
    """Yield every place that can be turned, and in how many ways."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield node, sum(len(_COMPARISONS[type(op)]) for op in node.ops)
        elif isinstance(node, ast.BoolOp) or _is_signed(node) or _is_leaving(node):
            yield node, 1


def _is_signed(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not | ast.USub)
    return isinstance(node, ast.BinOp) and type(node.op) in _SUMS


def _is_leaving(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Yield | ast.YieldFrom)
    return isinstance(node, ast.Continue) or (isinstance(node, ast.Return) and node.value is None)


def _turn(tree: ast.Module, node: ast.AST, turn: int) -> str:
    """Turn one place and return in what way."""
    if isinstance(node, ast.Compare):
        choices = [(i, new) for i, op in enumerate(node.ops) for new in _COMPARISONS[type(op)]]
        index, new = choices[turn]
        node.ops[index] = new()
        return f"comparison {index + 1} as {new.__name__}"
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return f"as {type(node.op).__name__}"
    if isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd() if isinstance(node.op, ast.USub) else _Drop.into(tree, node)
        return "dropped"
    if isinstance(node, ast.BinOp):
        node.op = _SUMS[type(node.op)]()
        return f"as {type(node.op).__name__}"
    _Drop.into(tree, node)
    return "left out"


class _Drop(ast.NodeTransformer):
    """Replaces one node: a statement by ``pass``, a ``not`` by what it negates."""

    def __init__(self, target: ast.AST) -> None:
        self._target = target

    @classmethod
    def into(cls, tree: ast.Module, target: ast.AST) -> ast.unaryop:
        """Drop a node of a tree."""
        cls(target).visit(tree)
        return ast.Not()

    def visit(self, node: ast.AST) -> ast.AST:
        """Return what stands in a node's place."""
        if node is not self._target:
            return self.generic_visit(node)
        if isinstance(node, ast.UnaryOp):
            return node.operand
        return ast.copy_location(ast.Pass(), node)
