"""What a person sees: the pages, and the map component that they are built around."""
