"""A tab that is gone is told from one that is away for a moment."""

from explorer.ui.jobs.presence import GRACE_SECONDS, Presence, of_this_session


class Tab:
    """Is there or not, at a time of its own."""

    def __init__(self):
        self.is_there, self.seconds = True, 0.0
        self.presence = Presence(lambda: self.is_there, lambda: self.seconds)

    def is_gone(self, after, is_there=False):
        self.seconds += after
        self.is_there = is_there
        return self.presence.is_gone()


def test_a_tab_that_stays_is_there():
    tab = Tab()
    assert not any(tab.is_gone(100, is_there=True) for _ in range(5))


def test_a_tab_that_stays_away_is_gone():
    tab = Tab()
    assert not tab.is_gone(100)
    assert not tab.is_gone(GRACE_SECONDS - 1)
    assert tab.is_gone(1)


def test_a_tab_that_comes_back_is_waited_for_anew():
    tab = Tab()
    assert not tab.is_gone(1)
    assert not tab.is_gone(1, is_there=True)
    assert not tab.is_gone(GRACE_SECONDS)
    assert tab.is_gone(GRACE_SECONDS)


def test_without_a_server_nobody_goes():
    assert not of_this_session().is_gone()
