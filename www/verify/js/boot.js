import { boot } from "../../assets/js/boot.js";

boot(() => import("./app.js"));
