/**
 * One instance for every place on the page where a component is mounted, for as long as it is mounted there.
 *
 * Streamlit calls a component with new data, and cleans up after each call; but the clean-up of a call that is still
 * loading its modules comes late, when a later call has drawn already. Only that of the last call ends the instance.
 */

/**
 * @template {{destroy(): void}} T
 * @param {(parent: HTMLElement | ShadowRoot) => T} make
 * @returns {(parent: HTMLElement | ShadowRoot, show: (instance: T) => void) => () => void} shows data in the place's
 *   instance, and returns what cleans up
 */
export function mounts(make) {
  /** @type {WeakMap<Node, {instance: T, calls: number}>} */
  const mounted = new WeakMap();
  return (parent, show) => {
    const mount = mounted.get(parent) ?? { instance: make(parent), calls: 0 };
    mounted.set(parent, mount);
    mount.calls += 1;
    const call = mount.calls;
    show(mount.instance);
    return () => {
      if (call !== mount.calls) return;
      mount.instance.destroy();
      mounted.delete(parent);
    };
  };
}
