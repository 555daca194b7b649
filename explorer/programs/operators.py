"""The operators that a program may name: functions of tensors and numbers, without memory, chance or a way outside.

Each is one of torch's, which checks what it is given; those that write in place are not among them. An operator that is
missing is added here: a pure one, that torch differentiates twice.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

DTYPES: Mapping[str, torch.dtype] = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
    "int32": torch.int32,
    "int64": torch.int64,
    "bool": torch.bool,
}

# What they raise of arguments that do not fit them.
FAULTS = (RuntimeError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)

# name.overload of torch.ops.aten
_ATEN = """
    linear.default addmm.default mm.default bmm.default matmul.default baddbmm.default
    conv1d.default conv1d.padding conv2d.default conv2d.padding conv3d.default convolution.default
    conv_transpose1d.default conv_transpose2d.input conv_transpose3d.input
    batch_norm.default layer_norm.default group_norm.default instance_norm.default rms_norm.default
    relu.default relu6.default leaky_relu.default elu.default selu.default celu.default gelu.default silu.default
    mish.default sigmoid.default tanh.default softplus.default hardtanh.default hardsigmoid.default
    hardswish.default prelu.default log_sigmoid.default softmax.int log_softmax.int _softmax.default
    _log_softmax.default
    add.Tensor add.Scalar sub.Tensor sub.Scalar rsub.Scalar rsub.Tensor mul.Tensor mul.Scalar div.Tensor div.Scalar
    div.Tensor_mode neg.default pow.Tensor_Scalar pow.Tensor_Tensor pow.Scalar exp.default expm1.default log.default
    log1p.default log2.default sqrt.default rsqrt.default square.default abs.default sign.default reciprocal.default
    sin.default cos.default erf.default clamp.default clamp_min.default clamp_max.default minimum.default
    maximum.default where.self where.ScalarOther where.ScalarSelf where.Scalar logit.default logaddexp.default
    sum.default sum.dim_IntList mean.default mean.dim amax.default amin.default logsumexp.default var.correction
    var.dim std.dim std.correction linalg_vector_norm.default norm.ScalarOpt_dim max.dim min.dim cumsum.default
    cat.default stack.default chunk.default split.Tensor split_with_sizes.default unbind.int select.int slice.Tensor
    narrow.default index_select.default index.Tensor embedding.default gather.default
    flatten.using_ints unflatten.int squeeze.default squeeze.dim squeeze.dims unsqueeze.default transpose.int
    permute.default t.default movedim.int movedim.intlist expand.default expand_as.default repeat.default tile.default
    roll.default flip.default broadcast_to.default
    max_pool2d.default avg_pool1d.default avg_pool2d.default adaptive_avg_pool2d.default adaptive_avg_pool1d.default
    upsample_nearest1d.vec upsample_nearest2d.vec upsample_bilinear2d.vec upsample_bicubic2d.vec
    upsample_nearest2d.default upsample_bilinear2d.default pixel_shuffle.default pixel_unshuffle.default
    constant_pad_nd.default pad.default reflection_pad2d.default replication_pad2d.default
    einsum.default outer.default
    zeros_like.default ones_like.default full_like.default new_zeros.default new_ones.default new_full.default
    gt.Scalar lt.Scalar ge.Scalar le.Scalar eq.Scalar ne.Scalar gt.Tensor lt.Tensor ge.Tensor le.Tensor eq.Tensor
    ne.Tensor logical_not.default logical_and.default logical_or.default bitwise_not.default masked_fill.Scalar
    tril.default triu.default diag_embed.default diagonal.default sym_size.int
    view_as.default reshape_as.default select_scatter.default slice_scatter.default broadcast_tensors.default
    meshgrid.default meshgrid.indexing mv.default dot.default vdot.default gru.input
    cdist.default _weight_norm.default var_mean.correction std_mean.correction
    addcmul.default addcdiv.default lerp.Scalar lerp.Tensor remainder.Scalar floor.default ceil.default round.default
    tan.default sinh.default cosh.default atan.default atan2.default asinh.default acosh.default atanh.default
    erfc.default lgamma.default digamma.default xlogy.Tensor prod.default prod.dim_int logcumsumexp.default
    glu.default threshold.default hardshrink.default softshrink.default nan_to_num.default clamp.Tensor
    max_pool1d.default max_pool3d.default avg_pool3d.default adaptive_avg_pool3d.default
    upsample_linear1d.vec upsample_nearest3d.vec upsample_trilinear3d.vec reflection_pad1d.default
    replication_pad1d.default replication_pad3d.default channel_shuffle.default unfold.default im2col.default
    col2im.default grid_sampler.default swapaxes.default swapdims.default moveaxis.int rot90.default
    cosine_similarity.default isfinite.default bitwise_and.Tensor bitwise_or.Tensor masked_fill.Tensor
"""


def _reshape(x: Tensor, size: Sequence[int]) -> Tensor:
    # Whatever the strides are: a view of what vmap or another layout leaves may not be one.
    return x.reshape(tuple(size))


def _to_dtype(x: Tensor, dtype: torch.dtype) -> Tensor:
    return x.to(dtype)


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
) -> Tensor:
    """softmax(q k' scale + mask) v, written out: torch's own kernels of it have no second derivative."""
    assert dropout == 0, "at rest"
    n = query.shape[-1] ** -0.5 if scale is None else scale
    logits = (query * n) @ key.transpose(-2, -1)
    if is_causal:
        mask = torch.ones(logits.shape[-2:], device=logits.device, dtype=torch.bool).tril()
    if mask is not None:
        logits = logits.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else logits + mask
    return torch.softmax(logits, -1) @ value


def _contiguous(x: Tensor) -> Tensor:
    return x.contiguous()


def _item(values: Sequence[Any], index: int) -> Any:
    return values[index]


def _aten(name: str) -> Callable[..., Any]:
    packet, overload = name.split(".")
    found = getattr(getattr(torch.ops.aten, packet), overload)
    assert isinstance(found, torch._ops.OpOverload)
    return found


OPERATORS: Mapping[str, Callable[..., Any]] = {
    **{f"aten.{name}": _aten(name) for name in _ATEN.split()},
    "reshape": _reshape,
    "to_dtype": _to_dtype,
    "contiguous": _contiguous,
    "aten.scaled_dot_product_attention.default": _attention,
    # One of several results of an operator.
    "item": _item,
    # Of sizes, which are whole numbers.
    "int.add": operator.add,
    "int.sub": operator.sub,
    "int.mul": operator.mul,
    "int.floordiv": operator.floordiv,
    "int.neg": operator.neg,
}
