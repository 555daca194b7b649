"""One example beside the map: images, scores, posterior, the gap and its parts."""
