/** The app's own live routes, found from the page's address so that a base path in front of it works. */

export function liveAddress() {
  return new URL("live/", document.baseURI).href;
}

export function socketAddress() {
  const address = new URL("live/socket", document.baseURI);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}
