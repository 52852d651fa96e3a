// The one place that knows where the chain part of the openimo package is served: in the folder `pkg` beside the folder of this page.
export * from "../../pkg/chain/index.js";
