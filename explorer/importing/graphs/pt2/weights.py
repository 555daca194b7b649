"""The tensors of an exported program: raw bytes, with a type, sizes and strides that are held against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from explorer.importing.draft import ImportFault
from explorer.importing.graphs.pt2.archive import MAX_BYTES, Pt2Archive

# As torch numbers them.
DTYPES: Mapping[int, torch.dtype] = {
    1: torch.uint8,
    2: torch.int8,
    3: torch.int16,
    4: torch.int32,
    5: torch.int64,
    6: torch.float16,
    7: torch.float32,
    8: torch.float64,
    12: torch.bool,
    13: torch.bfloat16,
}
_STRIDED = 7
_MAX_RANK = 8
_FOLDERS = {"weights": "weight", "constants": "tensor"}


class RawTensors:
    """The tensors of a model by their names, weights and constants."""

    def __init__(self, archive: Pt2Archive, model: str):
        self._archive = archive
        self._entries: dict[str, tuple[str, Any]] = {}
        for folder in _FOLDERS:
            name = f"data/{folder}/{model}_{folder}_config.json"
            if archive.has(name):
                config = archive.json(name).get("config")
                if not isinstance(config, dict):
                    raise ImportFault(archive.path, name, "a config", f"{config!r:.80}")
                self._entries |= {key: (folder, entry) for key, entry in config.items()}

    def tensor(self, name: str) -> Tensor:
        """A tensor of its own memory.

        Raises:
            ImportFault: there is none, it is pickled, or its sizes are not those of its bytes.
        """
        folder, entry = self._entries.get(name, ("", None))
        if not isinstance(entry, dict) or not isinstance(meta := entry.get("tensor_meta"), dict):
            raise self._fault(name, "a tensor", f"{entry!r:.80}")
        if entry.get("use_pickle") is not False:
            raise self._fault(
                name, "raw bytes", "a pickle, which may hold code", "Keep plain tensors as parameters."
            )
        stored = self._stored(name, folder, entry.get("path_name"), meta.get("dtype"))
        found = self._strided(name, stored, meta)
        if found.is_floating_point() and not bool(found.isfinite().all()):
            raise self._fault(
                name, "finite numbers", "NaN or infinity", "Training diverged, or the file is damaged."
            )
        return found

    def _stored(self, name: str, folder: str, path_name: object, code: object) -> Tensor:
        """All numbers of an entry."""
        if type(code) is not int or code not in DTYPES:
            raise self._fault(name, f"a type, one of {', '.join(map(str, DTYPES))}", f"{code!r:.80}")
        # Not only a name that is there: no graph and no list is taken for weights.
        if not isinstance(path_name, str) or not path_name.startswith(_FOLDERS[folder]):
            raise self._fault(name, f"{_FOLDERS[folder]}_0, or another number", f"{path_name!r:.80}")
        content = self._archive.content(f"data/{folder}/{path_name}", MAX_BYTES)
        dtype = DTYPES[code]
        if not content or len(content) % dtype.itemsize:
            raise self._fault(name, f"numbers of {dtype.itemsize} bytes", f"{len(content):,} bytes")
        raw = torch.frombuffer(bytearray(content), dtype=torch.uint8 if dtype == torch.bool else dtype)
        return raw != 0 if dtype == torch.bool else raw

    def _strided(self, name: str, stored: Tensor, meta: Mapping[str, Any]) -> Tensor:
        sizes, strides = self._whole(name, meta.get("sizes")), self._whole(name, meta.get("strides"))
        (offset,) = self._whole(name, [meta.get("storage_offset")])
        if meta.get("layout") != _STRIDED or len(sizes) != len(strides) or len(sizes) > _MAX_RANK:
            raise self._fault(name, "sizes and strides of a dense tensor", f"{meta!r:.120}")
        n, last = 1, offset
        for size, stride in zip(sizes, strides, strict=True):
            n, last = n * size, last + max(size - 1, 0) * stride
        if n > len(stored) or (n and last >= len(stored)):
            raise self._fault(
                name, f"sizes of at most {len(stored):,} numbers", f"{sizes} at strides {strides}"
            )
        return stored.as_strided(sizes, strides, offset).clone(memory_format=torch.contiguous_format)

    def _whole(self, name: str, found: object) -> list[int]:
        """Numbers as torch writes them, [{"as_int": 3}]."""
        numbers = (
            [n.get("as_int") if isinstance(n, dict) else None for n in found]
            if isinstance(found, list)
            else [None]
        )
        if not all(type(n) is int and 0 <= n < 1 << 40 for n in numbers):
            raise self._fault(name, "whole numbers", f"{found!r:.120}")
        return [n for n in numbers if n is not None]

    def _fault(self, name: str, expected: object, found: object, advice: str = "") -> ImportFault:
        return ImportFault(self._archive.path, name, expected, found, advice)
