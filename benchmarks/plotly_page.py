"""The smallest Streamlit page that shows the points through `st.plotly_chart`; `benchmarks.million` opens it.

POINTS=points.npz streamlit run benchmarks/plotly_page.py
"""

from __future__ import annotations

import os

import numpy as np
import plotly.graph_objects as go
import streamlit as st

points = np.load(os.environ["POINTS"])
x, y, labels = points["x"], points["y"], points["label"]
figure = go.Figure(
    [
        go.Scattergl(x=x[labels == k], y=y[labels == k], name=str(name), mode="markers", marker={"size": 3})
        for k, name in enumerate(points["names"])
    ],
    layout={"height": 720, "dragmode": "pan"},
)
st.set_page_config(layout="wide")
st.plotly_chart(figure, config={"scrollZoom": True})
