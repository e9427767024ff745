import { type BlobRef, type BlobStore, sha256Of } from "../../blobs/index.ts";
import { THIS_MACHINE } from "../../config/index.ts";
import { nameInput, type StepInput } from "../../contract/index.ts";
import type { StepSurroundings } from "../../executors/index.ts";
import {
  type ConditionFacts,
  checksAreOfTheirTime,
  type FingerprintFacts,
  fingerprintText,
  type PlannedExecution,
  type ResolvedNode,
  type ResolveResult,
  type ReuseDecision,
  type RunDecision,
  type RunReason,
  resolveNode,
} from "../../planning/index.ts";
import type { ProjectStore, ReusableRecord } from "../../store/index.ts";
import { conditionFacts } from "../full-metadata.ts";
import { resultsFor, type SourceLookup } from "../node-results.ts";
import { type Claimant, Claims } from "./claims.ts";
import { type CodePolicy, compareCode, isUnknown } from "./code-share.ts";
import { CodeVersions, remembered } from "./code-versions.ts";
import { FactsReader } from "./facts.ts";
import { NewestCandidates } from "./newest-candidates.ts";
import { type PastExecution, PastExecutions } from "./past-executions.ts";

/** The verdict on a node whose turn has come. */
export type Verdict =
  | {
      readonly kind: "reuse";
      readonly executionId: string;
      readonly decision: ReuseDecision;
      /** For the conditions of the node's actions. */
      readonly facts: ConditionFacts;
    }
  | { readonly kind: "run"; readonly decision: RunDecision }
  /** It has inputs by URI, whose content decides: they must be fetched first. */
  | { readonly kind: "fetch"; readonly resolved: ResolvedNode };

export interface ReuseContext {
  /**
   * Executions with a smaller number count: a run uses nothing of its own, so that what it does never hangs on which
   * node was quicker.
   */
  readonly beforeNumber: number;
  /** The run's; a node may have its own. */
  readonly commit: string;
  /** Those of the run's plan. */
  readonly nodes: readonly PlannedExecution[];
  readonly sources: SourceLookup;
  /** The kind of executor of an environment. */
  readonly executorOf: (environment: string) => Promise<string>;
  /** Returns the id that an image's name stands for in an environment now; undefined if it is not known. */
  readonly imageOf: (environment: string, image: string) => Promise<string | undefined>;
  /** Returns the surroundings that a step would see on the machine of an environment now. */
  readonly surroundingsOf: (
    environment: string,
    step: StepSurroundings,
  ) => Promise<Readonly<Record<string, string>> | undefined>;
}

/** Newest executions that are held against today's code before a node is run after all. */
const CANDIDATES = 50;

interface Parts {
  readonly store: ProjectStore;
  readonly blobs: Pick<BlobStore, "readBytes" | "missing" | "resized">;
}

/** Decides for nodes whether an earlier execution stands in their place. Reads only. */
export class Reuse {
  readonly #parts: Parts;
  readonly #context: ReuseContext;
  readonly #versions: CodeVersions;
  readonly #facts: FactsReader;
  readonly #past: PastExecutions;
  readonly #newest: NewestCandidates;
  readonly #claims: Claims;
  readonly #executors = new Map<string, Promise<string>>();
  readonly #images = new Map<string, Promise<string | undefined>>();
  readonly #nearestOfStep = new Map<string, Promise<ReusableRecord | undefined>>();
  readonly #ofAnyNode = new Map<string, Promise<readonly ReusableRecord[]>>();
  readonly #verdicts = new Map<string, Promise<boolean>>();
  readonly #whole = new Set<string>();
  /** Executions whose outputs are not all there, with the names of those that are not. */
  readonly #broken = new Map<string, readonly string[]>();

  constructor(parts: Parts, context: ReuseContext) {
    this.#parts = parts;
    this.#context = context;
    this.#versions = new CodeVersions(parts);
    this.#facts = new FactsReader(this.#versions);
    this.#past = new PastExecutions(parts.store);
    this.#newest = new NewestCandidates(parts.store, context, (ids) => this.#past.expect(ids));
    const { nodes, sources } = context;
    this.#claims = new Claims({ nodes, executionIdOf: (name) => sources.executionIdOf(name) });
  }

  /** Verdicts in the order of the nodes. The files of all that could be reused are looked for together. */
  async decide(nodes: readonly Claimant[]): Promise<readonly Verdict[]> {
    const proposals = await Promise.all(nodes.map((node) => this.#propose(node)));
    return await this.#settle(proposals);
  }

  /** The same for a node whose inputs have been fetched. */
  async decideFetched(node: Claimant, resolved: ResolvedNode, inputs: readonly StepInput[]): Promise<Verdict> {
    const [verdict] = await this.#settle([await this.#match(node, resolved, inputs)]);
    if (verdict === undefined) throw new Error("no verdict");
    return verdict;
  }

  /** An earlier driver has given the execution to this one. */
  keep(executionId: string, claimant: Pick<Claimant, "name" | "trial">): void {
    this.#claims.take({ executionId }, claimant);
  }

  async #propose(node: Claimant): Promise<Proposal> {
    const { step, alwaysRuns } = node;
    if (alwaysRuns === "pipeline" || alwaysRuns === "task" || alwaysRuns === "distributed")
      return await this.#run(node, { kind: "off", by: alwaysRuns });
    if (alwaysRuns !== undefined) return await this.#run(node, { kind: alwaysRuns });
    if (step.reuse?.enabled === false) return await this.#run(node, { kind: "off", by: "step" });
    if (checksAreOfTheirTime(step)) return await this.#run(node, { kind: "off", by: "checks" });
    if ((await this.#nearestOf(step.name)) === undefined)
      return { kind: "run", decision: { kind: "ran", why: { kind: "first-time" } } };
    const resolution = await this.#resolve(node);
    // The starter says what is wrong.
    if (!resolution.ok) return await this.#run(node, { kind: "changed" });
    const { resolved } = resolution;
    if (resolved.inputs.some(({ uris }) => uris.length > 0)) return { kind: "fetch", resolved };
    return await this.#match(node, resolved, resolved.inputs);
  }

  async #match(
    node: Claimant,
    resolved: ResolvedNode,
    inputs: readonly (StepInput | ResolvedNode["inputs"][number])[],
  ): Promise<Proposal> {
    const base = await this.baseOf(node, resolved, inputs);
    let equal: ReusableRecord | undefined;
    let broken: ReusableRecord | undefined;
    let taken: ReusableRecord | undefined;
    for (const find of [() => this.#candidatesOf(node, base), () => this.#candidatesOfAnyNode(base)]) {
      for (const candidate of await find()) {
        equal ??= candidate;
        if (this.#broken.has(candidate.executionId)) broken ??= candidate;
        else if (!(await this.#codeHolds(candidate, node))) continue;
        else if (this.#claims.holderOf(candidate, node) !== undefined || !this.#claims.take(candidate, node))
          taken ??= candidate;
        else {
          const past = await this.#past.of(candidate.executionId);
          return { kind: "candidate", node, candidate, past, again: () => this.#match(node, resolved, inputs) };
        }
      }
    }
    const holder = taken && this.#claims.holderOf(taken, node);
    if (taken !== undefined && holder !== undefined) {
      return runProposal({ kind: "taken", execution: taken.number, node: holder }, taken.number);
    }
    if (broken !== undefined)
      return runProposal({ kind: "outputs-gone", files: this.#broken.get(broken.executionId) ?? [] }, broken.number);
    return equal === undefined
      ? await this.#run(node, { kind: "changed" })
      : runProposal({ kind: "code-changed" }, equal.number);
  }

  /** True if no execution of the node's step has succeeded yet. */
  async isFirst({ step }: PlannedExecution): Promise<boolean> {
    return (await this.#nearestOf(step.name)) === undefined;
  }

  /** The base of the fingerprint that the node's execution would have. */
  async baseOf(
    node: PlannedExecution,
    resolved: ResolvedNode,
    inputs: readonly (StepInput | ResolvedNode["inputs"][number])[],
  ): Promise<string> {
    return sha256Of(fingerprintText(await this.factsOf(node, resolved, inputs)));
  }

  async factsOf(
    node: PlannedExecution,
    resolved: ResolvedNode,
    inputs: readonly (StepInput | ResolvedNode["inputs"][number])[],
  ): Promise<FingerprintFacts> {
    const files = inputs.flatMap((input) => nameInput({ ...input, files: input.files.map(withUri) }).files);
    return await this.#facts.read({
      step: node.step,
      resolved,
      inputs: inputs.map(({ name }) => name),
      files,
      commit: this.#commitOf(node),
      executor: await this.#executorOf(node),
      imageId: await this.#imageOf(node),
      surroundings: await this.#context.surroundingsOf(
        node.environment ?? THIS_MACHINE,
        surroundingsAsked(node, resolved),
      ),
    });
  }

  /** A node with everything filled in that earlier results bring; undefined where something is missing. */
  async resolved(
    node: PlannedExecution,
  ): Promise<{ readonly resolved: ResolvedNode; readonly inputs: ResolvedNode["inputs"] } | undefined> {
    const resolution = await this.#resolve(node);
    if (!resolution.ok || resolution.resolved.inputs.some(({ uris }) => uris.length > 0)) return undefined;
    return { resolved: resolution.resolved, inputs: resolution.resolved.inputs };
  }

  async #resolve(node: PlannedExecution): Promise<ResolveResult> {
    const { store } = this.#parts;
    return resolveNode(
      node,
      await resultsFor(store, node, this.#context.sources, async (id) => (await this.#past.of(id)).result),
    );
  }

  /** Takes the candidates whose files are whole; those that lack some are passed over for the next. */
  async #settle(proposals: readonly Proposal[]): Promise<readonly Verdict[]> {
    let open = [...proposals];
    for (;;) {
      await this.#lookForFiles(open.flatMap((proposal) => (proposal.kind === "candidate" ? [proposal] : [])));
      const isOpen = (proposal: Proposal): proposal is Candidate =>
        proposal.kind === "candidate" && this.#broken.has(proposal.candidate.executionId);
      if (!open.some(isOpen)) break;
      open = await Promise.all(open.map((proposal) => (isOpen(proposal) ? proposal.again() : proposal)));
    }
    return await Promise.all(
      open.map(async (proposal): Promise<Verdict> => {
        if (proposal.kind !== "candidate") return proposal;
        const { executionId, number, code } = proposal.candidate;
        const facts = await conditionFacts(this.#parts.store, executionId, proposal.past.result, proposal.node);
        return { kind: "reuse", executionId, decision: { kind: "reused", execution: number, code }, facts };
      }),
    );
  }

  async #lookForFiles(candidates: readonly Candidate[]): Promise<void> {
    const { blobs } = this.#parts;
    const wanted = new Map<string, BlobRef>();
    for (const { candidate, past } of candidates)
      if (past.purged.length > 0) this.#broken.set(candidate.executionId, past.purged);
    for (const { past } of candidates)
      for (const file of past.files) if (!this.#whole.has(file.sha256)) wanted.set(file.sha256, file);
    if (wanted.size === 0) return;
    const [missing, resized] = await Promise.all([blobs.missing(wanted.keys()), blobs.resized([...wanted.values()])]);
    const lost = new Set([...missing, ...resized]);
    for (const sha256 of wanted.keys()) if (!lost.has(sha256)) this.#whole.add(sha256);
    if (lost.size === 0) return;
    for (const { candidate, past } of candidates) {
      const names = past.files.filter(({ sha256 }) => lost.has(sha256)).map(({ name }) => name);
      if (names.length > 0) this.#broken.set(candidate.executionId, names);
    }
  }

  async #run(node: PlannedExecution, why: RunReason): Promise<Proposal> {
    return runProposal(why, (await this.#nearestTo(node))?.number);
  }

  /** Returns the nearest execution of the node itself, else of any node of its step. */
  async #nearestTo({ name, step }: PlannedExecution): Promise<ReusableRecord | undefined> {
    const { beforeNumber } = this.#context;
    const ofStep = await this.#nearestOf(step.name);
    if (ofStep === undefined || ofStep.node === name) return ofStep;
    const [ofNode] = await this.#parts.store.reuse.listNearest({ step: step.name, node: name, beforeNumber, limit: 1 });
    return ofNode ?? ofStep;
  }

  #nearestOf(step: string): Promise<ReusableRecord | undefined> {
    const { beforeNumber } = this.#context;
    return remembered(
      this.#nearestOfStep,
      step,
      async () => (await this.#parts.store.reuse.listNearest({ step, beforeNumber, limit: 1 }))[0],
    );
  }

  /** Mostly the newest holds, and the others need not be asked for. */
  async #candidatesOf(node: Claimant, base: string): Promise<readonly ReusableRecord[]> {
    const newest = await this.#newest.of({ base, node: node.name });
    if (newest === undefined) return [];
    const isFree = this.#claims.holderOf(newest, node) === undefined && !this.#broken.has(newest.executionId);
    if (isFree && (await this.#codeHolds(newest, node))) return [newest];
    const { beforeNumber } = this.#context;
    return await this.#parts.store.reuse.list({ base, node: node.name, beforeNumber, limit: CANDIDATES });
  }

  /** The thousand equal nodes of a fan-out ask this once. */
  #candidatesOfAnyNode(base: string): Promise<readonly ReusableRecord[]> {
    const { beforeNumber } = this.#context;
    return remembered(this.#ofAnyNode, base, () =>
      this.#parts.store.reuse.list({ base, beforeNumber, limit: CANDIDATES }),
    );
  }

  /** Many nodes of a run share a script: what it read is held against today's code once. */
  #codeHolds({ commit, code }: ReusableRecord, node: PlannedExecution): Promise<boolean> {
    const policy: CodePolicy = node.step.reuse?.code ?? "auto";
    const today = this.#commitOf(node);
    if (isUnknown(code, policy)) return Promise.resolve(false);
    if (commit === today) return Promise.resolve(true);
    const key = JSON.stringify([code.kind === "trace" ? "" : commit, code, policy, today]);
    return remembered(
      this.#verdicts,
      key,
      async () => (await compareCode(this.#versions, { commit, code }, today, policy)).holds,
    );
  }

  #commitOf(node: PlannedExecution): string {
    return node.commit ?? this.#context.commit;
  }

  #imageOf({ environment = THIS_MACHINE, step }: PlannedExecution): Promise<string | undefined> {
    return remembered(this.#images, JSON.stringify([environment, step.image]), () =>
      this.#context.imageOf(environment, step.image),
    );
  }

  #executorOf({ environment = THIS_MACHINE }: PlannedExecution): Promise<string> {
    return remembered(this.#executors, environment, () => this.#context.executorOf(environment));
  }
}

interface Candidate {
  readonly kind: "candidate";
  readonly node: PlannedExecution;
  readonly candidate: ReusableRecord;
  readonly past: PastExecution;
  /** Looks for another, when the files of this one are not there. */
  readonly again: () => Promise<Proposal>;
}

type Proposal = Candidate | Exclude<Verdict, { readonly kind: "reuse" }>;

function runProposal(why: RunReason, nearest: number | undefined): Proposal {
  return { kind: "run", decision: { kind: "ran", why, ...(nearest === undefined ? {} : { nearest }) } };
}

function surroundingsAsked(
  { step }: PlannedExecution,
  { command, environmentVariables }: ResolvedNode,
): StepSurroundings {
  return { command, variables: environmentVariables, image: step.image, python: step.python };
}

function withUri(file: ResolvedNode["inputs"][number]["files"][number]) {
  return { ...file, uri: "" };
}
