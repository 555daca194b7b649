"""The map of the latent space, a Streamlit component: `props.py` goes in, `gesture.py` comes out.

    gesture = latent_map(MapProps(...), key="map", on_gesture=...)

`component.py` registers and mounts it; the browser's part is plain ES modules beside it, `mount.js` first,
served by the app's live routes.
"""

from explorer.ui.map.component import latent_map
from explorer.ui.map.props import Categorical, Continuous, MapProps, MapSpec, Thumbnails, payload
from explorer.ui.state.gesture import Gesture, Handle, parse_gesture

__all__ = [
    "Categorical",
    "Continuous",
    "Gesture",
    "Handle",
    "MapProps",
    "MapSpec",
    "Thumbnails",
    "latent_map",
    "parse_gesture",
    "payload",
]
