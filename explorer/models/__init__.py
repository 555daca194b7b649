"""What a latent model is, the kinds there are, and their checkpoints.

latent_model  the protocol that everything above this room asks for
vae           our own kind; networks: its encoders and decoders
folders       which checkpoints there are, by name
checkpoints   the only place that reads or writes weights; model_card: a checkpoint's README.md
conventions   when a loss is a likelihood
fit_data      a data set in the convention of a model's likelihood
"""
