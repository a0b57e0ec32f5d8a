// Which view and which branch: they stand in the page's address, so that the browser's way back leads out again.

const VIEWS = ["generations", "growth"];

/** What the address asks for. */
export function asked() {
  const { searchParams } = new URL(location.href);
  const view = searchParams.get("view");
  return { view: VIEWS.includes(view) ? view : VIEWS[0], branch: searchParams.get("branch") };
}

/** Go to another view or branch. */
export function go(stage, { view = stage.view, branch = stage.branch }) {
  if (view === stage.view && branch === stage.branch) return;
  const url = new URL(location.href);
  for (const [key, value] of [["view", view === VIEWS[0] ? null : view], ["branch", branch]]) {
    if (value) url.searchParams.set(key, value);
    else url.searchParams.delete(key);
  }
  history.pushState(null, "", url);
  arrive(stage);
}

/** Show what the address asks for now. */
export function arrive(stage) {
  const { view, branch } = asked();
  if (view === stage.view && branch === stage.branch) return;
  const same = branch === stage.branch;
  Object.assign(stage, { view, branch });
  markView(stage);
  if (!same) stage.picture.camera.reset();
  stage.load({ same });
}

export function markView(stage) {
  for (const button of stage.root.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === stage.view));
  const link = stage.find("svg-link");
  if (!link) return;
  const url = new URL(stage.root.dataset.svg, location.href);
  url.searchParams.set("view", stage.view);
  if (stage.branch) url.searchParams.set("branch", stage.branch);
  link.href = url;
}
