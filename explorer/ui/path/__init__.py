"""The path through two handles or more: strip, profiles, lengths, waypoints."""
