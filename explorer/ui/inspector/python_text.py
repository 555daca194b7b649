"""The samples of the inspected example, as Python."""

from __future__ import annotations

from explorer.ui.example import inference
from explorer.ui.inspector.example_pictures import N_DRAWS
from explorer.ui.state.view import View
from explorer.ui.widgets.python_text import PythonText, array_text
from explorer.workspace import Entry


def python_text(entry: Entry, view: View) -> PythonText | None:
    """The samples of p(x|z) at its posterior mean, the very ones that are shown."""
    if view.selected is None:
        return None
    code = inference.encode(entry, view.selected).mean.numpy()
    text = "\n".join(
        [
            f"# Example {view.selected}: {N_DRAWS} samples of p(x|z) at its posterior mean.",
            f"posterior_mean = {array_text(code)}",
            f"generator = torch.Generator().manual_seed({view.selected})",
            "with torch.inference_mode():",
            f"    likelihood = model.likelihood(torch.tensor(posterior_mean).expand({N_DRAWS}, -1))",
            "    samples = likelihood.sample(generator).numpy()",
        ]
    )
    return PythonText(text, pictures="samples")
