/**
 * One view for every place on the page where a component stands, for as long as it stands there.
 *
 * Streamlit calls a component with new data, and cleans up after each call; but the clean-up of a call that is still
 * loading its modules comes late, when a later call has drawn already. Only that of the last call ends the view.
 */

/**
 * @template {{destroy(): void}} View
 * @param {(parent: HTMLElement | ShadowRoot) => View} make
 * @returns {(parent: HTMLElement | ShadowRoot, show: (view: View) => void) => () => void} shows data in the place's
 *   view, and returns what cleans up
 */
export function seats(make) {
  /** @type {WeakMap<Node, {view: View, calls: number}>} */
  const taken = new WeakMap();
  return (parent, show) => {
    const seat = taken.get(parent) ?? { view: make(parent), calls: 0 };
    taken.set(parent, seat);
    seat.calls += 1;
    const call = seat.calls;
    show(seat.view);
    return () => {
      if (call !== seat.calls) return;
      seat.view.destroy();
      taken.delete(parent);
    };
  };
}
