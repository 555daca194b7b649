"""What a reader of a model's figures has to know: a function a question, a row of the registry each.

examined  the model that is asked about, with its examples
modes     whether its output is a function of one example alone
reading   what the readings that were tried say of the one that was taken
figures   whether what it computes are the numbers that they are called
"""
