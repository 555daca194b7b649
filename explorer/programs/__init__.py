"""Networks as data: a list of allow-listed operators on named tensors, which is run here and nowhere evaluated.

graph      what a network computes: inputs, nodes, outputs, and their JSON
operators  the operators that a node may name
program    a graph with its tensors, as a module: differentiable as often as its operators are
builder    graphs written down node by node, by whoever reads another format
"""

from explorer.programs.builder import GraphBuilder
from explorer.programs.graph import Graph, Node, Text
from explorer.programs.program import Program

__all__ = ["Graph", "GraphBuilder", "Node", "Program", "Text"]
