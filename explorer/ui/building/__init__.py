"""An atlas that is being built: how it is begun, how far it is, and what comes next."""
