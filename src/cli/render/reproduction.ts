import type { ReproductionView } from "../../api/index.ts";
import { plural } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine } from "../terminal/width.ts";

type Node = ReproductionView["nodes"][number];

const SHOWN_FILES = 20;
const SHORT_HASH = 12;

/** `headrace reproduce`: the files of each node that are not as they were, and the number of the others. */
export function renderReproduction(view: ReproductionView, style: Style): readonly string[] {
  const files = view.nodes.flatMap((node) => node.files);
  const bad = files.filter(({ verdict }) => verdict !== "equal").length;
  const end =
    view.equal && files.length === 0
      ? `${style.green("✓")} run ${view.run} ended as ${view.original} did; there are no outputs to compare`
      : view.equal
        ? `${style.green("✓")} run ${view.run} is byte for byte what ${view.original} was: ${plural(files.length, "file")}`
        : `${style.red("✗")} run ${view.run} is not what ${view.original} was: ${bad === 0 ? "nodes ended otherwise" : `${bad} of ${plural(files.length, "file")} differ`}`;
  return [...view.nodes.flatMap((node) => nodeLines(node, style)), "", end];
}

function nodeLines({ node, files, originalState, state }: Node, style: Style): readonly string[] {
  const bad = files.filter(({ verdict }) => verdict !== "equal");
  const equal = files.length - bad.length;
  const ended = state === originalState ? "" : `, ${style.red(`${state} where it was ${originalState}`)}`;
  const mark = bad.length === 0 && ended === "" ? style.green("✓") : style.red("✗");
  const lines = bad.slice(0, SHOWN_FILES).map(({ name, verdict, originalSha256, sha256 }) => {
    const hashes =
      verdict === "different"
        ? style.dim(` ${originalSha256?.slice(0, SHORT_HASH)} → ${sha256?.slice(0, SHORT_HASH)}`)
        : "";
    return `    ${style.red(verdict)} ${oneLine(name)}${hashes}`;
  });
  const more = bad.length > SHOWN_FILES ? [style.dim(`    and ${bad.length - SHOWN_FILES} more`)] : [];
  return [
    `${mark} ${style.bold(oneLine(node))}: ${files.length === 0 ? "no outputs" : plural(equal, "equal file")}${ended}`,
    ...lines,
    ...more,
  ];
}
