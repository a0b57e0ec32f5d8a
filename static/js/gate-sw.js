// The service worker, by which the gate opens where there is no network.
import "./gate/serviceworker.js";
