// A headless Chromium with a profile of its own, and what the tests do with the page again and again.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--headless=new",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** WebGPU by SwiftShader, a GPU that is a program: slow, and as exact as any. */
const SOFTWARE_GPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
/** What the browser itself says on a machine without a GPU. */
const NO_GPU = "No available adapters.";

/**
 * Start a browser, with `gpu` one that has WebGPU; everything that its pages report to the console is collected.
 * @returns {Promise<{ context: import("playwright-core").BrowserContext, newPage(): Promise<Page>, problems: string[], close(): Promise<void> }>}
 */
export async function start({ gpu = false, ...options } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "openimo-e2e-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...ARGS, ...(gpu ? SOFTWARE_GPU : ["--disable-gpu"])],
    reducedMotion: "reduce",
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(Number(process.env.E2E_TIMEOUT ?? 30_000));
  const problems = [];
  const watch = (page) => {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && message.text() !== NO_GPU) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
  };
  context.on("page", watch);
  context.pages().forEach(watch);
  return {
    context,
    problems,
    newPage: () => context.newPage(),
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Give the page a bundle as a file. */
export async function give(page, bundle, name = "answer.json") {
  const text = typeof bundle === "string" ? bundle : JSON.stringify(bundle);
  await page.setInputFiles("#bundle-file", { name, mimeType: "application/json", buffer: Buffer.from(text) });
}

/** Have the page write a text or draw a picture, and wait for its end. What is not given is left as the page has it. */
export async function write(page, prompt, { seed, temperature = "", maxTokens }, timeout = 60_000) {
  if (!(await page.isVisible("#generate-form"))) await page.click("#generate summary");
  await page.fill("#generate-prompt", prompt);
  await page.fill("#generate-temperature", temperature);
  if (maxTokens !== undefined) await page.fill("#generate-length", String(maxTokens));
  await page.fill("#generate-seed", String(seed));
  await page.click("#generate-go");
  await page.waitForSelector("#generate-save:not([disabled])", { timeout });
}

/** Wait for the last word, and read it. */
export async function verdict(page, timeout = Number(process.env.E2E_TIMEOUT ?? 60_000)) {
  await page.waitForSelector("#verdict[data-settled]", { timeout });
  return read(page);
}

/** What the page shows now. */
export function read(page) {
  return page.evaluate(() => ({
    face: document.querySelector("#verdict").dataset.verdict,
    title: document.querySelector("#verdict-title").textContent,
    text: document.querySelector("#verdict-text").textContent,
    problem: document.querySelector("#model-problem").textContent,
    checks: Object.fromEntries(
      [...document.querySelectorAll("#checks li")].map((li) => [li.dataset.code, li.dataset.result]),
    ),
    tokens: [...document.querySelectorAll("#passage [data-index]")].map((span) => span.dataset.state),
    parts: document.querySelector("#parts").hidden ? undefined : document.querySelector("#parts-body").innerText,
    engine: document.querySelector("#engine").innerText,
    ran: document.querySelector("#work-label").textContent,
    device: document.querySelector("#device").innerText,
  }));
}

/** The page's checks agree with `expected`, a part of them. */
export function assertChecks(checks, expected) {
  for (const [code, result] of Object.entries(expected)) assert.equal(checks[code], result, code);
}
