// Reads the codes in pictures, off the page's own thread.
//
// The page compiles the WebAssembly and hands it over: a worker has the security policy of its own file, which allows no
// compiling. Messages in: {module}, {image, number} (ImageData, ImageBitmap or VideoFrame; `region` of it, and `most` as
// the longest side to read). Messages out: {ready: true or false}, {number, text or null}.
import { BarcodeDetector, prepareZXingModule } from "barcode-detector/ponyfill";
import { cut } from "./cut.js";

// A code that says TULAR, row by row. Reading it warms what reads codes, and proves that it does.
const PROOF = [
  2081151, 1071937, 1529181, 1528669, 1526621, 1067329, 2086271, 7936, 1070542, 688478, 1339034, 692255, 1758275, 5102, 2084195,
  1066936, 1526060, 1526016, 1524815, 1067029, 2087572,
];
const MODULE = 8; // Pixels.
const QUIET = 4; // Modules.

let detector = null;
let canvas = null;

self.addEventListener("message", async ({ data }) => {
  if (data.module) self.postMessage({ ready: await prepare(data.module) });
  else self.postMessage({ number: data.number, text: await read(data) });
});

async function prepare(module) {
  try {
    await prepareZXingModule({ overrides: { instantiateWasm: (imports, done) => instantiate(module, imports, done) }, fireImmediately: true });
    detector = new BarcodeDetector({ formats: ["qr_code"] });
    for (let turn = 0; turn < 5; turn++) {
      const [found] = await detector.detect(proof());
      if (found?.rawValue !== "TULAR") return false;
    }
    return true;
  } catch {
    return false;
  }
}

function instantiate(module, imports, done) {
  WebAssembly.instantiate(module, imports).then((instance) => done(instance, module));
  return {};
}

function proof() {
  const side = (PROOF.length + 2 * QUIET) * MODULE;
  const image = new ImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer).fill(0xffffffff);
  for (let y = 0; y < side; y++) {
    const row = PROOF[Math.floor(y / MODULE) - QUIET] ?? 0;
    for (let x = 0; x < side; x++) {
      const column = Math.floor(x / MODULE) - QUIET;
      if (column >= 0 && column < PROOF.length && (row >> (PROOF.length - 1 - column)) & 1) pixels[y * side + x] = 0xff000000;
    }
  }
  return image;
}

async function read({ image, region, most }) {
  try {
    const pixels = image instanceof ImageData ? image : taken(image, region, most);
    return nearest(await detector.detect(pixels), pixels.width / 2, pixels.height / 2);
  } catch {
    return null; // A picture that cannot be read is one without a code; the next one comes at once.
  } finally {
    image.close?.();
  }
}

function taken(image, region, most) {
  canvas ??= new OffscreenCanvas(1, 1);
  return cut(canvas, image, image.displayWidth ?? image.width, image.displayHeight ?? image.height, region, most);
}

// Where two codes are in the picture, the one is meant that is held to its middle.
function nearest(found, x, y) {
  const away = ({ boundingBox: box }) => Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y);
  const [best] = found.filter(({ rawValue }) => rawValue).sort((one, other) => away(one) - away(other));
  return best?.rawValue ?? null;
}
