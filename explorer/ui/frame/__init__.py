"""What every page has around it: the frame, the sidebar, the badge, the build of a missing atlas."""
