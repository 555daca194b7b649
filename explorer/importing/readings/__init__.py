"""How a draft may be read.

candidates     every reading that its source leaves open, as far as it fits the data
trial          which of them the data bear out, by their ELBOs on the same examples
widened        a q(z|x) of another width: what another weight of KL in the loss would have made
reconstructed  what each reading makes of some examples
"""
