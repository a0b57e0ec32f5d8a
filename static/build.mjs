// Bundles the front end into static/build/: content-hashed files and manifest.json, which maps a source's name to its file.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "build");

const bundled = ["css/pass.css", "css/site.css", "css/spread.css", "css/gate.css", "css/wall.css", "css/zh.css", "js/pass.js", "js/site.js", "js/spread.js", "js/gate.js", "js/wall.js"];
const workers = ["js/gate-reader.js", "js/gate-sw.js"]; // Scripts and no modules: Firefox learned modules in workers late.
const copied = (await readdir(path.join(here, "img"))).sort().map((name) => `img/${name}`);

// Nothing is written by esbuild itself: a running server must never see a manifest whose files are not there yet.
const options = {
  absWorkingDir: here,
  outbase: here,
  outdir: "build",
  entryNames: "[dir]/[name]-[hash]",
  assetNames: "fonts/[name]-[hash]",
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  target: ["chrome100", "firefox100", "safari15.4"],
  loader: { ".woff2": "file", ".svg": "copy", ".png": "copy" },
  legalComments: "none",
  logLevel: "warning",
};
const results = [
  await build({ ...options, entryPoints: [...bundled, ...copied], format: "esm" }),
  await build({ ...options, entryPoints: workers, format: "iife" }),
];

const manifest = {};
for (const [file, { entryPoint, inputs }] of results.flatMap((result) => Object.entries(result.metafile.outputs))) {
  const name = path.posix.relative("build", file);
  const source = entryPoint ?? Object.keys(inputs)[0];
  if (source.endsWith(".woff2")) manifest[`fonts/${path.posix.basename(source)}`] = name;
  else manifest[source] = name;
}

const made = results.flatMap((result) => result.outputFiles);
const { contents: wasm, name: wasmName } = await reader();
manifest["wasm/zxing_reader.wasm"] = wasmName;
made.push({ path: path.join(out, wasmName), contents: wasm });

const wanted = new Set(["manifest.json"]);
await Promise.all(
  made.map(async ({ path: file, contents }) => {
    wanted.add(path.relative(out, file));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, contents);
  }),
);

const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
const text = JSON.stringify(sorted, null, 2) + "\n";
const target = path.join(out, "manifest.json");
const before = await readFile(target, "utf8").catch(() => "");
if (before !== text) {
  await writeFile(`${target}.new`, text);
  await rename(`${target}.new`, target);
}

// What an earlier build left behind goes last, when nobody is pointed to it any more.
for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
  const name = path.relative(out, path.join(entry.parentPath ?? entry.path, entry.name));
  if (entry.isFile() && !wanted.has(name)) await rm(path.join(out, name));
}

// The reader of codes comes as script and WebAssembly, which crash unless they are of one version. So the file is taken
// from the very zxing-wasm that barcode-detector stands on, and must be the one whose hash its script holds.
async function reader() {
  const detector = createRequire(import.meta.url).resolve("barcode-detector/ponyfill");
  const file = createRequire(detector).resolve("zxing-wasm/reader/zxing_reader.wasm");
  const contents = await readFile(file);
  const hash = createHash("sha256").update(contents).digest("hex");
  const { ZXING_WASM_SHA256: right } = await import("barcode-detector/ponyfill");
  if (hash !== right) throw new Error(`${file} has the hash ${hash}, but its script was made for ${right}`);
  return { contents, name: `wasm/zxing_reader-${hash.slice(0, 8).toUpperCase()}.wasm` };
}
