"""How models of other makes come in: a source is read into a draft, the draft's readings are tried, one is stored.

draft      what a source says of a VAE, and what it leaves open; stored_draft: the same as two files
makes      the kinds of source, a file each; registry: which there are
graphs     what torch and others exported, as programs; a whole VAE is cut in two
weights    networks from tensors by name: layers, their order, their sizes
confined   reads a source in a process of its own, which is held by limits; child: what runs there
readings   the ways in which a draft may be read, and which of them the data bear out
settled    a draft whose reading is decided, and the checkpoint folder that it becomes
checked    a model on data, with the questions of `check`: what a reader of its figures has to know
exporting  a model in the memory of its own script, as a checkpoint folder
"""
