from streamlit.testing.v1 import AppTest


def page():
    import streamlit as st

    from explorer.ui.widgets.widget import Widget

    which = st.session_state.setdefault("durable", [])
    st.pills("Which", ["a", "b"], key=Widget("which").showing(which), selection_mode="multi")


def sent(run):
    """Whether the widget's value went to the browser with the last run."""
    return run.get("button_group")[0].proto.set_value


def test_a_value_goes_to_the_browser_only_where_the_widget_has_another():
    """It would undo a choice that is on its way: the click on a second pill while the first is still being drawn."""
    run = AppTest.from_function(page).run()
    assert not sent(run.run())
    run.session_state["durable"] = ["b"]
    assert sent(run.run())
    assert run.session_state["which"] == ["b"]
    assert not sent(run.run())


def test_on_another_page_it_is_given_its_value_again(monkeypatch):
    """There it is another widget, which begins with its own default in the browser."""
    run = AppTest.from_function(page).run()
    assert not sent(run.run())
    monkeypatch.setattr("explorer.ui.widgets.widget._page", lambda: "another")
    assert sent(run.run())
    assert not sent(run.run())
