"""ONNX graphs as programs: `parsed` reads the file, `lowering` writes each of its operators as ours.

No runtime is asked: those of ONNX have no gradients, which the fits of log p(x) need. References: the operators of
https://onnx.ai/onnx/operators (ai.onnx, opsets 7 to 25).
"""
