// Starts a page, or says why it cannot start: a file of the page or of the package is missing, or the browser is too old for it.

/** @param {() => Promise<unknown>} program imports the page's program */
export function boot(program) {
  program().catch((error) => {
    const box = document.getElementById("intake-problem");
    const title = document.createElement("strong");
    title.textContent = "The program of this page could not be loaded";
    box.append(title, "Reload the page; if it stays so, the browser is too old or a file is missing on the server. ", String(error.message));
  });
}
