"""Programs of torch.export (`.pt2`) as data: `torch.export.load` runs code that a file may bring, and is not called.

archive  the ZIP: bounded, its entries named as torch names them
weights  its tensors, from raw bytes
graph    its nodes, as calls that are lowered to a program
cut      one program of a whole VAE, as encoder and decoder
"""
