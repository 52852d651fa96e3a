// A report of the core, read for the page. The level and every result are the core's; nothing is decided anew here.

/**
 * @param {object} report as the package gives it
 * @returns {{ level: string, unchecked?: string, checks: object[], divergence?: { index: number, position: number, expected: number, found: number } }}
 *   `unchecked` says why the bundle could not be judged, as opposed to having failed
 */
export function read(report) {
  return report;
}
