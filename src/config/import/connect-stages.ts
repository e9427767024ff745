import { splitCodePattern } from "../code-key.ts";
import type { DvcStage } from "./dvc-stage.ts";
import { isWithin, looksLikeData, parentOf, placePath } from "./repository-path.ts";

/** A stage with what it needs from outside its repository copy, and where that comes from. */
export interface ConnectedStage {
  readonly stage: DvcStage;
  /** Name of step and node. */
  readonly name: string;
  readonly inputs: readonly StageInput[];
  /**
   * Dependencies that lie in the repository: they and the inputs decide whether the stage has to run again, as in DVC.
   */
  readonly code: readonly string[];
}

export interface StageInput {
  readonly name: string;
  /** The path at which the command looks for it, from the repository's root. */
  readonly path: string;
  /** The step that makes it; absent for data that is there before. */
  readonly from?: { readonly step: string; readonly pattern: string };
}

interface Producer {
  readonly step: string;
  readonly stage: DvcStage;
  readonly path: string;
}

/**
 * Finds the maker of every dependency. `tracked` are files and folders that are known to be data (those with a `.dvc`
 * file, and what git ignores).
 */
export function connectStages(stages: readonly DvcStage[], tracked: ReadonlySet<string>): readonly ConnectedStage[] {
  const names = stageNames(stages);
  const producers = new ProducerIndex(
    stages.flatMap((stage, index) => stage.outs.map((path) => ({ step: names[index] ?? "", stage, path }))),
  );
  return stages.map((stage, index) => {
    const paths = new Map<string, StageInput["from"]>();
    // A script that the command names counts even where the stage forgets it.
    const code = new Set(stage.deps.length === 0 ? [] : scriptsOf(stage));
    for (const pattern of stage.deps) {
      const dep = splitCodePattern(pattern).files;
      const makers = producers.of(dep).filter((producer) => producer.stage !== stage);
      for (const { step, path, stage: maker } of makers) {
        const wanted = isWithin(dep, path) ? dep : path;
        paths.set(wanted, { step, pattern: patternFor(wanted, maker) });
      }
      if (makers.length > 0) continue;
      if ((holds(tracked, dep) || looksLikeData(dep)) && !isParameterFile(dep)) paths.set(dep, undefined);
      else code.add(pattern);
    }
    return { stage, name: names[index] ?? "", inputs: nameInputs(paths), code: [...code] };
  });
}

function holds(paths: ReadonlySet<string>, path: string): boolean {
  for (let at = path; at !== ""; at = parentOf(at)) if (paths.has(at)) return true;
  return false;
}

const SCRIPT = /(?<![\w./-])(?:\.\/)?\w[\w./-]*\.(?:py|sh|bash|R|r|jl|ipynb|js|pl|rb)(?![\w./-])/g;

function scriptsOf({ commands, folder }: DvcStage): readonly string[] {
  const written = commands.flatMap((command) => [...command.slice(0, 10_000).matchAll(SCRIPT)].map(([path]) => path));
  return written.flatMap((path) => {
    const place = placePath(path, folder);
    return place.kind === "inside" && place.path !== "" ? [place.path] : [];
  });
}

function isParameterFile(path: string): boolean {
  return /(?:^|\/)params\.(?:ya?ml|json|toml|py)$/.test(path);
}

/** Outputs by path, so that 10,000 stages with 10,000 outputs are no hundred million comparisons. */
class ProducerIndex {
  readonly #byPath = new Map<string, Producer>();
  readonly #below = new Map<string, Producer[]>();

  constructor(producers: readonly Producer[]) {
    for (const producer of producers) {
      this.#byPath.set(producer.path, producer);
      for (let folder = parentOf(producer.path); folder !== ""; folder = parentOf(folder)) {
        const known = this.#below.get(folder);
        if (known === undefined) this.#below.set(folder, [producer]);
        else known.push(producer);
      }
    }
  }

  /** The output itself, the output that holds the path, or the outputs that lie below it. */
  of(path: string): readonly Producer[] {
    for (let at = path; at !== ""; at = parentOf(at)) {
      const producer = this.#byPath.get(at);
      if (producer !== undefined) return [producer];
    }
    return this.#below.get(path) ?? [];
  }
}

/** A bare name also means `name.*`; where the maker has such a neighbour, the slash says that the folder is meant. */
function patternFor(path: string, maker: DvcStage): string {
  return maker.outs.some((out) => out !== path && out.startsWith(`${path}.`)) && !path.includes(".")
    ? `${path}/`
    : path;
}

/** Paths within another linked path come along with it. */
function nameInputs(paths: ReadonlyMap<string, StageInput["from"]>): readonly StageInput[] {
  const taken = new Set<string>();
  const inputs: StageInput[] = [];
  for (const [path, from] of paths) {
    if ([...paths.keys()].some((other) => isWithin(path, other))) continue;
    const name = uniqueName(
      path
        .replaceAll(/[^A-Za-z0-9_]+/g, "-")
        .replaceAll(/^-+|-+$/g, "")
        .slice(-56) || "input",
      taken,
    );
    inputs.push({ name, path, ...(from === undefined ? {} : { from }) });
  }
  return inputs;
}

/** Node names may hold no dots, since an edge is cut at dots: `train@0.5` becomes `train-0-5`. */
function stageNames(stages: readonly DvcStage[]): readonly string[] {
  const taken = new Set<string>();
  return stages.map((stage) =>
    uniqueName(stage.name.replaceAll(/[^\p{L}\p{N}_-]+/gu, "-").replaceAll(/^-+|-+$/g, "") || "stage", taken),
  );
}

function uniqueName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  taken.add(name);
  return name;
}
