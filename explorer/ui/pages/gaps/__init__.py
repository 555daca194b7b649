"""Gaps: every example by how loose its bound is."""
