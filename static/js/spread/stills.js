// The picture to take away: a still with its title and date, and the replay as a film. Neither bears a name.

const GROUND = "#13100d";
const FILM = { width: 1280, height: 720, seconds: 14 };

export async function still(picture, { title, subtitle, name }) {
  const scale = 2;
  const [width, height] = [picture.width, picture.height + 96];
  const canvas = document.createElement("canvas");
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  ground(context, width, height);
  picture.paint(context, 0, 84, picture.width, picture.height);
  heading(context, title, subtitle, 26);
  save(await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), `${name}.png`);
}

export function filmType() {
  if (typeof MediaRecorder === "undefined" || !HTMLCanvasElement.prototype.captureStream) return null;
  return ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"].find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

/** Record the replay: `show(part)` sets the moment and resolves when it is drawn. */
export async function film(picture, { title, says, name, show, progress, cancelled }) {
  const type = filmType();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [FILM.width, FILM.height];
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: type, videoBitsPerSecond: 6_000_000 });
  const pieces = [];
  recorder.addEventListener("dataavailable", (event) => event.data.size && pieces.push(event.data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  const k = Math.min(FILM.width / picture.width, (FILM.height - 90) / picture.height);
  const [w, h] = [picture.width * k, picture.height * k];
  const paint = (part) => {
    ground(context, FILM.width, FILM.height);
    picture.paint(context, (FILM.width - w) / 2, 84 + (FILM.height - 90 - h) / 2, w, h);
    heading(context, title, says(part), 28);
  };
  recorder.start(500);
  const began = performance.now();
  for (let part = 0; part < 1 && !cancelled(); ) {
    part = Math.min(1, (performance.now() - began) / 1000 / FILM.seconds);
    await show(part);
    paint(part);
    progress(part);
    await new Promise(requestAnimationFrame);
  }
  // The last picture stands for a moment.
  for (const until = performance.now() + 1200; performance.now() < until && !cancelled(); ) {
    paint(1);
    await new Promise(requestAnimationFrame);
  }
  recorder.stop();
  await stopped;
  if (cancelled()) return false;
  save(new Blob(pieces, { type }), `${name}.${type.includes("mp4") ? "mp4" : "webm"}`);
  return true;
}

function ground(context, width, height) {
  context.fillStyle = GROUND;
  context.fillRect(0, 0, width, height);
}

function heading(context, title, subtitle, size) {
  context.fillStyle = "#f6ecdd";
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.font = `560 ${size}px "Fraunces Variable", Georgia, serif`;
  context.fillText(title, 28, 46);
  context.fillStyle = "#b3a796";
  context.font = `400 ${Math.round(size * 0.52)}px "Inter Variable", system-ui, sans-serif`;
  context.fillText(subtitle, 28, 70);
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
