"""The pages: each composes features, and nobody imports one."""
