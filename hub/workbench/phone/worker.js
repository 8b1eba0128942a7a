// The service worker: it keeps the page and its files, so that the page opens without network.
// It keeps no data: tasks and records are in the database of the page.
const KEPT = "patrol-2";
const FILES = [
  "/patrol", "/patrol/manifest.webmanifest", "/patrol/icon.svg", "/work/static/tokens.css",
  "/work/static/components.css", "/work/static/phone.css", "/work/static/phone.js",
  "/work/static/phone-store.js", "/work/static/phone-photo.js",
  "/work/static/phone-wishes.js",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

// Network first, so that a new version is used at once; what is kept only without network. A
// redirect leads to the login, and is never kept.
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || !FILES.includes(pathname)) return;
  event.respondWith((async () => {
    try {
      const answer = await fetch(event.request);
      if (answer.ok && !answer.redirected) {
        const cache = await caches.open(KEPT);
        await cache.put(pathname, answer.clone());
      }
      return answer;
    } catch (error) {
      const kept = await caches.match(pathname);
      if (kept) return kept;
      throw error;
    }
  })());
});
