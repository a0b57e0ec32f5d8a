// The picture by keys: one stop of the tab key, then the arrows walk from person to person.

const PAN = 60;

export function walk(stage, event) {
  const { forest, picture } = stage;
  if (!forest || event.altKey || event.ctrlKey || event.metaKey) return;
  const { camera } = picture;
  const doing = event.shiftKey && event.key.startsWith("Arrow") ? pan(camera, event.key) : (act(stage, event.key) ?? step(stage, event.key));
  if (!doing) return;
  event.preventDefault();
  doing();
}

function pan(camera, key) {
  const [dx, dy] = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] }[key];
  return () => camera.pan(dx, dy);
}

function act(stage, key) {
  const { camera } = stage.picture;
  return {
    "+": () => camera.zoomBy(1.5),
    "=": () => camera.zoomBy(1.5),
    "-": () => camera.zoomBy(1 / 1.5),
    0: () => camera.reset(),
    " ": () => stage.play(),
    Escape: () => stage.choose(-1, true),
  }[key];
}

function step(stage, key) {
  const { forest, picture, pinned } = stage;
  if (!["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home"].includes(key)) return null;
  if (pinned < 0 || key === "Home") return () => stage.reveal(forest.children().roots[0]);
  const here = (row) => row < picture.count;
  const siblings = forest.siblingsOf(pinned).filter(here);
  const at = siblings.indexOf(pinned);
  const next = {
    ArrowUp: () => (forest.depth[pinned] ? forest.parent[pinned] : pinned),
    ArrowDown: () => forest.childrenOf(pinned).find(here) ?? pinned,
    ArrowLeft: () => siblings.at(at - 1),
    ArrowRight: () => siblings[(at + 1) % siblings.length],
  }[key]();
  return () => stage.reveal(next);
}
