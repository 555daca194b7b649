"""The works that the argument rests on, as full references."""

KINGMA = (
    "Kingma, D. P. and Welling, M. (2014). Auto-encoding variational Bayes. International Conference on Learning "
    "Representations."
)
REZENDE = (
    "Rezende, D. J., Mohamed, S. and Wierstra, D. (2014). Stochastic backpropagation and approximate inference in deep "
    "generative models. International Conference on Machine Learning."
)
DOERSCH = "Doersch, C. (2016). Tutorial on variational autoencoders. arXiv:1606.05908."
BURDA = (
    "Burda, Y., Grosse, R. and Salakhutdinov, R. (2016). Importance weighted autoencoders. International Conference on "
    "Learning Representations."
)
CREMER = (
    "Cremer, C., Li, X. and Duvenaud, D. (2018). Inference suboptimality in variational autoencoders. International "
    "Conference on Machine Learning."
)
VEHTARI = (
    "Vehtari, A., Simpson, D., Gelman, A., Yao, Y. and Gabry, J. (2024). Pareto smoothed importance sampling. Journal "
    "of Machine Learning Research 25."
)
ALL = (KINGMA, REZENDE, DOERSCH, BURDA, CREMER, VEHTARI)
