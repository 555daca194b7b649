"""The bound: the whole argument on one page, about the example that is looked at.

`page` lays it out, `work` has the numbers computed in a job, `blocks` shows what a chapter is made of, and `controls`
is what a reader changes: the number of draws N, the proposal.
"""

from explorer.ui.bound.page import page

__all__ = ["page"]
