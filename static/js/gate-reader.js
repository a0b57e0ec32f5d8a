// The worker that reads codes in the camera's pictures.
import "./gate/reader.js";
