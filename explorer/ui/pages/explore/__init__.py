"""Explore: the map, the inspector, the path and the linked views."""
