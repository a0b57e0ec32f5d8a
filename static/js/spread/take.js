// The menu of what can be taken away: a still, and the replay as a film with its progress and a way to stop it.
import { film, filmType, still } from "./stills.js";

export function offerStills(stage) {
  const { root, words, picture, find } = stage;
  const name = (root.dataset.name || "spread").toLocaleLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  const menu = find("png").closest("details");
  find("png").addEventListener("click", async () => {
    menu.open = false;
    await picture.drawn();
    await still(picture, { title: root.dataset.name, subtitle: stage.subtitle, name });
    stage.say(words.still);
  });
  const button = find("film");
  button.hidden = !filmType();
  button.addEventListener("click", () => {
    menu.open = false;
    record(stage, name);
  });
}

async function record(stage, name) {
  const { root, words, picture, timeline, find } = stage;
  const dialog = find("film-dialog");
  let stopped = false;
  const stop = () => (stopped = true);
  dialog.addEventListener("close", stop, { once: true });
  find("film-cancel").addEventListener("click", () => dialog.close(), { once: true });
  dialog.showModal();
  stage.choose(-1, true);
  const { from, to } = timeline.parts;
  const done = await film(picture, {
    title: root.dataset.name,
    name,
    says: () => stage.subtitle,
    show: async (part) => {
      stage.moveTo(from + (to - from) * part);
      await picture.drawn();
    },
    progress: (part) => {
      find("film-progress").value = Math.round(part * 100);
      find("film-says").textContent = words.recording.replace("%s", `${Math.round(part * 100)} %`);
    },
    cancelled: () => stopped,
  }).catch(() => false);
  dialog.removeEventListener("close", stop);
  dialog.close();
  stage.moveTo(to);
  stage.say(done ? words.recorded : "");
}
