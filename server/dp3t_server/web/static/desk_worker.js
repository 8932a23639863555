/**
 * Keeps the page of a facility in this browser, so that it opens without a network [DESK-PAGE-9].
 *
 * The server puts two constants before this text: `VERSION`, which changes with any of the files, and
 * `FILES`, their paths from the region's root on. Nothing but these files is answered from here, and
 * to that page alone: the map, which loads some of them too, gets them from the server, and what the
 * record says is never kept by this program.
 */

const ROOT = new URL("..", self.registration.scope).pathname.replace(/\/$/, "");
const OURS = "dp3t-desk-";
const NAME = `${OURS}${VERSION}`;
const KEPT = new Set(FILES.map((path) => ROOT + path));

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method === "GET" && origin === location.origin && KEPT.has(pathname)) {
    event.respondWith(answer(pathname, event));
  }
});

/** Fetch all files, each anew, or keep what was there. */
async function fill() {
  const cache = await caches.open(NAME);
  await cache.addAll([...KEPT].map((path) => new Request(path, { cache: "reload" })));
  await self.skipWaiting();
}

/** Drop the files of other versions; those of another region are not ours. */
async function takeOver() {
  const others = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== NAME);
  for (const name of others) {
    const cache = await caches.open(name);
    const [first] = await cache.keys();
    if (!first || KEPT.has(new URL(first.url).pathname)) await caches.delete(name);
  }
  await self.clients.claim();
}

async function answer(pathname, event) {
  if (!(await isForPage(event))) return fetch(event.request);
  const cache = await caches.open(NAME);
  return (await cache.match(pathname)) ?? fetch(event.request);
}

/** Whether the page that is kept asks, or is asked for itself. */
async function isForPage({ request, clientId }) {
  if (request.mode === "navigate") return true;
  const client = await self.clients.get(clientId);
  return client !== undefined && KEPT.has(new URL(client.url).pathname);
}
