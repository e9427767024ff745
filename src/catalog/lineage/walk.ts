/** A file, and what made it or received it. */
export interface Link {
  readonly file: string;
  readonly execution: string;
  /** The input that received it; absent where the execution made it. */
  readonly input?: string;
}

/** Answers with the links of some files or executions; in any order, no more than `limit`. */
export type LinksOf = (ids: readonly string[], limit: number) => Promise<readonly Link[]>;

/** The records that say which execution made and received which files. */
export interface LinkSource {
  readonly makersOf: LinksOf;
  readonly receiversOf: LinksOf;
  readonly inputsOf: LinksOf;
  readonly outputsOf: LinksOf;
}

export type Direction = "up" | "down";

export interface WalkOptions {
  /** Towards the sources, towards what was made of it, or both. */
  readonly directions: readonly Direction[];
  /** So many executions away from the start at most. */
  readonly depth: number;
  /** So many files and executions at most, those at the start included. */
  readonly limit: number;
}

export interface Place {
  readonly kind: "file" | "execution";
  /** Distance from the start, in executions; negative towards the sources. */
  readonly generation: number;
}

export interface Walked {
  /** By id, the start first. */
  readonly places: ReadonlyMap<string, Place>;
  readonly links: readonly Link[];
  /** There is more than `depth` and `limit` let in. */
  readonly isCut: boolean;
}

/** Files are often shared: so many links for each place, above which a graph is nothing that anybody reads. */
const LINKS_PER_PLACE = 20;

/**
 * Walks from files and executions to everything that they were made of, and to everything that was made of them; the
 * nearest first, so that what a limit leaves out is what is farthest away. Nothing is asked for twice, and a walk ends
 * whatever the links are.
 */
export async function walkLineage(
  source: LinkSource,
  start: { readonly files: readonly string[]; readonly executions: readonly string[] },
  options: WalkOptions,
): Promise<Walked> {
  const graph = new Graph(options.limit);
  for (const id of start.files) graph.enter(id, { kind: "file", generation: 0 });
  for (const id of start.executions) graph.enter(id, { kind: "execution", generation: 0 });
  const begin = {
    files: start.files.filter((id) => graph.has(id)),
    executions: start.executions.filter((id) => graph.has(id)),
  };
  for (const direction of options.directions)
    await walkOneWay(source, graph, begin, { direction, depth: options.depth });
  return { places: graph.places, links: [...graph.links.values()], isCut: graph.isCut };
}

async function walkOneWay(
  source: LinkSource,
  graph: Graph,
  begin: { readonly files: readonly string[]; readonly executions: readonly string[] },
  { direction, depth }: { readonly direction: Direction; readonly depth: number },
): Promise<void> {
  const { toFiles, toExecutions, step } =
    direction === "up"
      ? { toFiles: source.inputsOf, toExecutions: source.makersOf, step: -1 }
      : { toFiles: source.outputsOf, toExecutions: source.receiversOf, step: 1 };
  let { files, executions } = begin;
  for (let generation = 0; files.length > 0 || executions.length > 0; generation++) {
    const reached = graph.take(await linksOf(graph, toFiles, executions), {
      kind: "file",
      generation: generation === 0 ? 0 : step * generation,
    });
    files = [...files, ...reached];
    if (generation === depth) {
      graph.isCut ||= files.length > 0 && (await toExecutions(files, 1)).length > 0;
      return;
    }
    executions = graph.take(await linksOf(graph, toExecutions, files), {
      kind: "execution",
      generation: step * (generation + 1),
    });
    files = [];
  }
}

async function linksOf(graph: Graph, ask: LinksOf, ids: readonly string[]): Promise<readonly Link[]> {
  if (ids.length === 0) return [];
  const room = graph.roomForLinks;
  const links = await ask(ids, room + 1);
  if (links.length > room) graph.isCut = true;
  return links.slice(0, room);
}

/** The files and executions that a walk has found. */
class Graph {
  readonly places = new Map<string, Place>();
  readonly links = new Map<string, Link>();
  isCut = false;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get roomForLinks(): number {
    return Math.max(0, this.#limit * LINKS_PER_PLACE - this.links.size);
  }

  has(id: string): boolean {
    return this.places.has(id);
  }

  enter(id: string, place: Place): void {
    if (this.places.has(id)) return;
    if (this.places.size < this.#limit) this.places.set(id, place);
    else this.isCut = true;
  }

  /** Takes links in, with the places at their other ends; returns those of them that are new. */
  take(links: readonly Link[], place: Place): readonly string[] {
    const found: string[] = [];
    for (const link of links) {
      const id = place.kind === "file" ? link.file : link.execution;
      if (!this.has(id)) {
        this.enter(id, place);
        if (!this.has(id)) continue;
        found.push(id);
      }
      this.links.set(JSON.stringify([link.file, link.execution, link.input ?? null]), link);
    }
    return found;
  }
}
