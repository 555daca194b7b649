"""Long work beside the pages: begun once a question, shown, stopped."""
