/**
 * The handles on the map and what a gesture makes of them: pure steps from one state to the next.
 * Two or more handles, in order, are the anchors of a path. A handle's base is the example whose code it
 * carries along; a free handle has none.
 * @import {Place} from "../../browser/types"
 * @import {HomedPin, Pin, Pins} from "../types"
 */

/**
 * @param {HomedPin[]} pins
 * @returns {string} the first of a, b, ..., z, a1, b1, ... that is not taken
 */
export function freeId(pins) {
  const taken = new Set(pins.map((pin) => pin.id));
  for (let i = 0; ; i++) {
    const id = String.fromCharCode(97 + (i % 26)) + (i < 26 ? "" : Math.floor(i / 26));
    if (!taken.has(id)) return id;
  }
}

/**
 * @param {HomedPin[]} pins those already there
 * @param {number | null} base
 * @param {Place} place
 * @returns {HomedPin}
 */
function newPin(pins, base, { x, y }) {
  return { id: freeId(pins), base, x, y, offset: [], home: { x, y, offset: [] } };
}

/**
 * One handle at the example's home, and the example selected.
 * @param {number} exampleId
 * @param {Place} home
 * @returns {Pins}
 */
export function select(exampleId, home) {
  return { selected: exampleId, pins: [newPin([], exampleId, home)] };
}

/**
 * @param {Pins} state
 * @param {number | null} base
 * @param {Place} place
 * @returns {Pins} with one handle more, the path's new end
 */
export function add(state, base, place) {
  return { selected: state.selected ?? base, pins: [...state.pins, newPin(state.pins, base, place)] };
}

/**
 * @param {Pins} state
 * @param {Place} place
 * @param {number} after the handle that the new one follows, counted from 0
 * @returns {Pins} with a free handle more, within the path
 */
export function insert(state, place, after) {
  const pin = newPin(state.pins, null, place);
  return { ...state, pins: [...state.pins.slice(0, after + 1), pin, ...state.pins.slice(after + 1)] };
}

/**
 * @param {Pins} state
 * @param {Place} place
 * @returns {Pins} with one free handle in place of all others
 */
export function placeFree(state, place) {
  return { ...state, pins: [newPin([], null, place)] };
}

/**
 * @param {Pins} state
 * @param {string} id
 * @param {Place} place
 * @returns {Pins}
 */
export function move(state, id, { x, y }) {
  return { ...state, pins: state.pins.map((pin) => (pin.id === id ? { ...pin, x, y } : pin)) };
}

/**
 * @param {Pins} state
 * @param {string} id
 * @returns {Pins}
 */
export function sendHome(state, id) {
  return { ...state, pins: state.pins.map((pin) => (pin.id === id ? { ...pin, ...pin.home } : pin)) };
}

/**
 * @param {Pins} state
 * @param {string} id
 * @returns {Pins}
 */
export function remove(state, id) {
  return { ...state, pins: state.pins.filter((pin) => pin.id !== id) };
}

/**
 * @param {Pins} state
 * @param {string | null} id
 * @returns {HomedPin | null}
 */
export function find(state, id) {
  return state.pins.find((pin) => pin.id === id) ?? null;
}

/** @param {HomedPin} pin */
export function isHome(pin) {
  const { home } = pin;
  return pin.x === home.x && pin.y === home.y && pin.offset.join() === home.offset.join();
}

/**
 * The page's handles with their homes: the base example's own place; for a free handle the place where it
 * was put, which only `known`, the handles so far, can tell once it has moved.
 * @param {Pin[]} handles
 * @param {(exampleId: number) => Place | null} placeOf
 * @param {HomedPin[]} known
 * @returns {HomedPin[]}
 */
export function withHomes(handles, placeOf, known) {
  return handles.map(({ id, base, x, y, offset }) => {
    const before = known.find((pin) => pin.id === id && pin.base === null);
    const own = base === null ? null : placeOf(base);
    const home = own ? { ...own, offset: [] } : before?.home;
    return { id, base, x, y, offset, home: home ?? { x, y, offset } };
  });
}

/**
 * @param {HomedPin[]} pins
 * @returns {Pin[]} as the page knows them
 */
export function withoutHomes(pins) {
  return pins.map(({ id, base, x, y, offset }) => ({ id, base, x, y, offset }));
}
