"""How the argument is set: blocks of text, formulas, numbers and figures, and their HTML and MathML."""
