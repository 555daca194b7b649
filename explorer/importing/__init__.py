"""How models of other makes come in: a source is read into a draft, the draft's readings are tried, one is stored.

draft      what a source says of a VAE, and what it leaves open
makes      the kinds of source, a file each; registry: which there are
weights    networks from tensors by name: layers, their order, their sizes
"""
