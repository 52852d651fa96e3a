// The one place that knows where the openimo package is served: in the folder `pkg` beside the folder of this page.
export * from "../../pkg/index.js";
