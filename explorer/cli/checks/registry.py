"""Which checks there are, in the order in which they are told. To add one: a function that yields findings, a row."""

from __future__ import annotations

from explorer.cli.checks import installation, machine, stored
from explorer.cli.checks.finding import Check, Place

CHECKS = (
    Check("Python", Place.MACHINE, installation.python),
    Check("versions", Place.MACHINE, installation.versions),
    Check("imports", Place.MACHINE, installation.imports),
    Check("device", Place.MACHINE, machine.device),
    Check("waiting threads", Place.MACHINE, machine.waiting),
    Check("memory", Place.MACHINE, machine.memory),
    Check("browser", Place.MACHINE, machine.browser),
    Check("space", Place.WORK, machine.space),
    Check("writing", Place.WORK, machine.writable),
    Check("weights", Place.CHECKPOINT, stored.weights),
    Check("training", Place.CHECKPOINT, stored.training),
    Check("atlas", Place.CHECKPOINT, stored.has_atlas),
    Check("leftovers", Place.CHECKPOINT, stored.leftovers),
    Check("schema", Place.ATLAS, stored.schema),
    Check("shards", Place.ATLAS, stored.shards),
    Check("model", Place.ATLAS, stored.model),
    Check("data", Place.ATLAS, stored.data),
    Check("calibration", Place.ATLAS, stored.calibration),
    Check("content", Place.DATA, stored.array_file),
)
