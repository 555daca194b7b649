"""The linked views: each shows the selection of the map in its way, a folder or a file each."""
