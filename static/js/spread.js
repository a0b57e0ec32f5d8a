// The script of pages that have a stage: the living picture of who told whom.
import { openStages } from "./spread/stage.js";

openStages(document);
