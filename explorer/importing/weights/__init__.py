"""Networks from their weights alone: what names and shapes say, and what they leave open.

container  a file of weights to tensors by name: formats, wrappers, prefixes
folded     re-parametrised weights, multiplied out
layers     tensors to layers: linear, convolution, norm
names      what a layer's name says of its part in a VAE
chain      layers to encoder, head and decoder: an order in which all shapes fit
sizes      strides, paddings and poolings under which the sizes of images fit
stack      layers, activations and the like, one after the other, as a program
assembly   a chain to stacks: every way that names and shapes allow
"""
