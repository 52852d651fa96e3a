// The page works without a network once it was here: a service worker keeps its files (models have a store of their own).
import { $ } from "./dom.js";

/** The browser uses the GPU: its build, which others do without, is kept too. */
export async function keepGpuBuild() {
  // Where there are no service workers nothing is kept; where one is refused it is never ready.
  const registration = await navigator.serviceWorker?.ready;
  registration?.active.postMessage("webgpu");
}

/** Register the service worker and say when the page is kept. */
export async function startOffline() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(new URL("../../sw.js", import.meta.url));
    await navigator.serviceWorker.ready;
    $("offline-note").textContent = "Works offline";
  } catch {
    // Private windows and old browsers refuse; the page then needs the network, and says nothing.
  }
}
