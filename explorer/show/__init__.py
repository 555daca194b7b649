"""How a value looks wherever it is shown: numbers, colours, pictures of examples, plots of vectors."""
