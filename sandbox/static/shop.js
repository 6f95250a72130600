// A payment still on its way: look again by ourselves, each time a little later.
const KEY = "looked:" + location.pathname;
const looked = Number(sessionStorage.getItem(KEY) ?? 0);

if (looked < 20) {
  sessionStorage.setItem(KEY, String(looked + 1));
  setTimeout(() => location.reload(), 2000 + 500 * looked);
}
