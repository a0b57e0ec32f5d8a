// How this phone stands, wherever a screen says so: the network, what is not sent yet, the list, who is inside.
import { part, parts, write } from "./page.js";

/** Write the engine's state into the page. */
export function showStanding(engine, words) {
  words.zone = engine.event?.timezone;
  showWho(engine, words);
  showNet(engine, words);
  showUnsent(engine, words);
  part("inside").textContent = words.number(engine.inside ?? 0);
  part("full").hidden = !engine.full;
  part("conflict-news").hidden = !(engine.device?.role === "supervisor" && engine.conflicting > 0);
  part("conflict-words").textContent = words.count("conflicts", engine.conflicting ?? 0);
}

function showWho(engine, words) {
  const { role = "steward", name = "" } = engine.device ?? {};
  for (const element of parts("event-name")) write(element, engine.event?.name ?? "");
  for (const element of parts("device-name")) write(element, words.say(`role.${role}`, { name }));
  for (const element of parts("for")) element.hidden = element.dataset.for !== role;
  part("place-name").textContent = engine.place?.name ?? "";
}

function showNet(engine, words) {
  const list = engine.asOf ? words.count("list", engine.passes, { time: words.time(engine.asOf) }) : words.say("list.none");
  part("net").dataset.net = engine.online ? "online" : "offline";
  part("net-word").textContent = words.say(engine.online ? "online" : "offline");
  part("list").textContent = list;
  part("passes").textContent = list;
}

function showUnsent({ unsent }, words) {
  part("unsent").dataset.waiting = String(unsent > 0);
  part("unsent-number").textContent = words.number(unsent);
  part("unsent-words").textContent = words.count("unsent", unsent);
  part("unsent-plain").textContent = words.number(unsent);
  write(part("unlock-unsent"), unsent ? words.count("unsent.whole", unsent) : "");
  part("leave-unsent").hidden = !unsent;
  part("leave-words").textContent = words.count("unsent.leave", unsent);
  const badge = unsent ? navigator.setAppBadge?.(unsent) : navigator.clearAppBadge?.();
  badge?.catch(() => {});
}
