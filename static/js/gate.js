// The gate app's way in.
import { App } from "./gate/app.js";

document.body.gate = new App();
document.body.gate.start();
