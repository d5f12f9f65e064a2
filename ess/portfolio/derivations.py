"""Formulas of derived figures: numbers and ids of results joined by ``+ - * /`` and brackets."""

from __future__ import annotations

import ast
from collections.abc import Mapping

LONGEST_FORMULA = 500
"""Characters of a formula, so that no formula nests deeper than Python follows."""

_LARGEST_NUMBER = 1e300


def parse_derivation(formula: str) -> ast.expr | None:
    """The formula as a syntax tree; None for a text that is no formula.

    Ids in a formula are written as Python names (letters, digits and ``_``). Nothing is ever executed.
    """
    if len(formula) > LONGEST_FORMULA:
        return None
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _is_formula(tree) else None


def results_in(tree: ast.expr) -> frozenset[str]:
    """The ids of the results that a formula is made of."""
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def derived_value(tree: ast.expr, values: Mapping[str, float]) -> float:
    """The value of a formula.

    Raises
    ------
    KeyError
        When a result of the formula has no value.
    ZeroDivisionError
        When the formula divides by zero.
    """
    match tree:
        case ast.BinOp(left, operator, right):
            return _joined(derived_value(left, values), operator, derived_value(right, values))
        case ast.UnaryOp(ast.USub(), operand):
            return -derived_value(operand, values)
        case ast.Constant(int() | float() as number):
            return float(number)
        case ast.Name(identifier):
            return values[identifier]
    raise KeyError(ast.unparse(tree))


def _joined(left: float, operator: ast.operator, right: float) -> float:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case _:
            return left / right


def _is_formula(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right):
            return _is_formula(left) and _is_formula(right)
        case ast.UnaryOp(ast.USub(), operand):
            return _is_formula(operand)
        case ast.Constant(value):
            return isinstance(value, int | float) and not isinstance(value, bool) and value < _LARGEST_NUMBER
        case _:
            return isinstance(node, ast.Name)
