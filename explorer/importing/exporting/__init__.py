"""Models in the memory of their own script, as checkpoint folders.

export   any pair of functions of torch; returned: what such functions return
factory  what a function of one's own makes, by its name
scvi     a model of scvi-tools
"""
