"""Torch's operators that are written as others of ours, or as none; what is random, and what only checks.

A row is a function of the lowering, and of arguments and keywords in which the names are already ours; it returns the
name of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from explorer.programs.lowering import Lowering

MAX_BAKED = 1 << 20
# Torch writes the largest whole number where a slice goes to the end.
_BEYOND = 1 << 40


class Unsupported(ValueError):
    """A graph that is no program of ours: says which operator, and why."""


# Standard normal numbers, of whatever shape.
DRAWS = frozenset(f"aten.{name}.default" for name in ("randn_like", "randn", "normal_functional", "normal_"))
CHECKS = frozenset(
    [f"aten.{name}.default" for name in ("_assert_tensor_metadata", "_assert_scalar", "_assert_async")]
    + [f"aten.sym_constrain_range{name}.default" for name in ("", "_for_size")]
    + [f"check.{name}" for name in ("eq", "ne", "le", "lt", "ge", "gt", "and_", "or_", "not_")]
)
Rewrite = Callable[["Lowering", tuple[Any, ...], Mapping[str, Any]], str]


def _same(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    return str(args[0])


def _copy(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    return lowering.builder.add("contiguous", args[0])


def _at_rest(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    if args[2] is not False and args[1] != 0:
        raise Unsupported("dropout is in training mode: export the model after model.eval()")
    return str(args[0])


def _shaped(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    return lowering.builder.add("reshape", *args[:2])


def _cast(at: int | None) -> Rewrite:
    """To the type at a place, or by name."""

    def rewrite(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        dtype = kwargs.get("dtype") if at is None else args[at] if len(args) > at else None
        return lowering.cast(args[0], dtype)

    return rewrite


def _as(target: str, *places: int) -> Rewrite:
    """Another operator with the arguments at some places."""

    def rewrite(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        return lowering.builder.add(target, *(args[i] for i in places if i < len(args)))

    return rewrite


def _batch_norm(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    momentum, eps = args[5:7]
    return lowering.builder.add("aten.batch_norm.default", *args[:5], False, momentum, eps, False)


def _full(value: float | None) -> Rewrite:
    """A tensor of one number, of given sizes."""

    def rewrite(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        number = args[1] if value is None else value
        dtype = kwargs.get("dtype") or torch.tensor(number).dtype
        made = lowering.builder.add("aten.new_full.default", lowering.like, args[0], number)
        return made if dtype.is_floating_point else lowering.builder.add("to_dtype", made, dtype)

    return rewrite


def _constant(make: Callable[..., Tensor]) -> Rewrite:
    """Numbers that depend on nothing: made once, here."""

    def rewrite(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        if not all(isinstance(a, int | float) and abs(a) <= MAX_BAKED for a in args):
            raise Unsupported("numbers in a row whose count depends on the batch")
        dtype = kwargs.get("dtype")
        return lowering.bake(make.__name__, make(*args, **({"dtype": dtype} if dtype else {})))

    return rewrite


def _slice(at: int) -> Rewrite:
    """Slices, whose `dim` is at a place of the arguments: what takes everything is none."""

    def rewrite(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        given = args[at:]
        dim, start, end, step = given + (0, None, None, 1)[len(given) :]
        end = None if isinstance(end, int) and end >= _BEYOND else end
        if not start and end is None and step == 1:
            return str(args[at - 1])
        name = "aten.slice.Tensor" if at == 1 else "aten.slice_scatter.default"
        return lowering.builder.add(name, *args[:at], dim, start, end, step)

    return rewrite


def _attention(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    if (len(args) > 4 and args[4] != 0) or kwargs.get("enable_gqa"):
        raise Unsupported("attention with dropout, or with groups of queries, is not run")
    rest = {"scale": kwargs["scale"]} if kwargs.get("scale") is not None else {}
    return lowering.builder.add("aten.scaled_dot_product_attention.default", *args, **rest)


def _copied(lowering: Lowering, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    return lowering.builder.add("aten.expand_as.default", args[1], args[0])


REWRITES: Mapping[str, Rewrite] = {
    **{f"aten.{n}.default": _same for n in ("alias", "detach", "lift_fresh", "lift_fresh_copy")},
    **{f"aten.{n}.default": _copy for n in ("clone", "contiguous")},
    **{f"aten.{n}.default": _at_rest for n in ("dropout", "feature_dropout", "alpha_dropout")},
    **{f"aten.{n}.default": _shaped for n in ("view", "reshape", "_unsafe_view")},
    "aten.to.dtype": _cast(1),
    "aten.to.device": _cast(2),
    "aten.to.dtype_layout": _cast(None),
    "aten._to_copy.default": _cast(None),
    "aten.zeros.default": _full(0.0),
    "aten.empty.memory_format": _full(0.0),
    "aten.ones.default": _full(1.0),
    "aten.full.default": _full(None),
    "aten.arange.default": _constant(torch.arange),
    "aten.arange.start": _constant(torch.arange),
    "aten.arange.start_step": _constant(torch.arange),
    "aten.linspace.default": _constant(torch.linspace),
    "aten.scalar_tensor.default": _constant(torch.tensor),
    "aten.eye.default": _constant(torch.eye),
    "aten.copy.default": _copied,
    "aten.slice.Tensor": _slice(1),
    "aten.slice_scatter.default": _slice(2),
    "aten.scaled_dot_product_attention.default": _attention,
    "aten.fill.Scalar": _as("aten.full_like.default", 0, 1),
    "aten.zero.default": _as("aten.zeros_like.default", 0),
    "aten._native_batch_norm_legit_no_training.default": _batch_norm,
    "aten.native_layer_norm.default": _as("aten.layer_norm.default", 0, 1, 2, 3, 4),
    "aten.native_group_norm.default": _as("aten.group_norm.default", 0, 6, 1, 2, 7),
    "aten.max_pool2d_with_indices.default": _as("aten.max_pool2d.default", *range(6)),
}
# Of several results, the one that is the other operator's.
FIRST_ONLY = frozenset(
    f"aten.{n}.default"
    for n in (
        "_native_batch_norm_legit_no_training",
        "native_layer_norm",
        "native_group_norm",
        "max_pool2d_with_indices",
    )
)
