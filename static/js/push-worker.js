/** Receives web push, also while no page is open; served at the root. It keeps nothing and answers no requests. */

self.addEventListener("push", (event) => {
  const { title = "Openfloor", body = "", url = "/notifications/", tag } = event.data?.json() ?? {};
  event.waitUntil(self.registration.showNotification(title, { body, tag, data: { url }, icon: "/static/mark.svg" }));
});

/** To the window that is open already, if there is one: whoever listens goes on listening. */
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async (windows) => {
      const here = windows.find((page) => new URL(page.url).pathname === url.pathname);
      if (here) return here.focus();
      return self.clients.openWindow(url.href);
    }),
  );
});
