"""Taking things home: files, pictures, and Python that reproduces what is on the screen."""
