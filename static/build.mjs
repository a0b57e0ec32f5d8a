// Bundles the front end into static/build/: content-hashed files and manifest.json, which maps a source's name to its file.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "build");

const bundled = ["css/site.css", "css/spread.css", "css/zh.css", "js/site.js", "js/spread.js"];
const copied = (await readdir(path.join(here, "img"))).sort().map((name) => `img/${name}`);

// Nothing is written by esbuild itself: a running server must never see a manifest whose files are not there yet.
const result = await build({
  absWorkingDir: here,
  entryPoints: [...bundled, ...copied],
  outdir: "build",
  entryNames: "[dir]/[name]-[hash]",
  assetNames: "fonts/[name]-[hash]",
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "esm",
  target: ["chrome100", "firefox100", "safari15.4"],
  loader: { ".woff2": "file", ".svg": "copy", ".png": "copy" },
  legalComments: "none",
  logLevel: "warning",
});

const manifest = {};
for (const [file, { entryPoint, inputs }] of Object.entries(result.metafile.outputs)) {
  const made = path.posix.relative("build", file);
  const source = entryPoint ?? Object.keys(inputs)[0];
  if (source.endsWith(".woff2")) manifest[`fonts/${path.posix.basename(source)}`] = made;
  else manifest[source] = made;
}

const wanted = new Set(["manifest.json"]);
await Promise.all(
  result.outputFiles.map(async ({ path: file, contents }) => {
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
