// The one place that knows where the openimo package is served: in the folder `pkg` beside the folder of this page.
export * from "../../pkg/index.js";

/** The chain part, a module of its own, which a page of bundles does not load. */
export const chain = () => import("../../pkg/chain/index.js");
