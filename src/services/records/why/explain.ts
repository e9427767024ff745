import type { WhyChange, WhyView } from "../../../api/index.ts";
import type { BlobStore } from "../../../blobs/index.ts";
import { THIS_MACHINE } from "../../../config/index.ts";
import { type CodeVerdict, CodeVersions, compareCode, FactsReader, surroundingsIn } from "../../../engine/index.ts";
import {
  compareFacts,
  type FactChange,
  type FingerprintFacts,
  type NodeDecision,
  type PlannedNode,
  type RunDecision,
} from "../../../planning/index.ts";
import { isLink } from "../../../snapshots/index.ts";
import type { ExecutionRecord, NodeRecord, ProjectStore, RunRecord } from "../../../store/index.ts";
import { unifiedDiff } from "../../../views/index.ts";
import { codeChange, factChange } from "./change-words.ts";
import { EarlierExecutions } from "./earlier-executions.ts";
import { codeWords, reasonWords, reusedWords, unknownWords } from "./why-words.ts";

/** Files with a diff, the size up to which a file is read as a text, and lines of all diffs together. */
const DIFFED_FILES = 10;
const TEXT_BYTES = 1_000_000;
const DIFF_LINES = 200;
const SHOWN_CHANGES = 100;

export interface Explained {
  readonly run: RunRecord;
  readonly record: NodeRecord;
  readonly node: PlannedNode | undefined;
  /** The trial of a task. */
  readonly trial?: number;
}

/** Earlier executions of which the nearest is sought. */
const LOOKED_AT = 8;
const LOOKED_AT_FOR_MANY = 2;

interface ExplainOptions {
  readonly diffs: boolean;
  readonly isOneOfMany: boolean;
}

interface Compared {
  readonly node: PlannedNode;
  readonly facts: FingerprintFacts;
  readonly commit: string;
  readonly origins: ReadonlyMap<string, string>;
  readonly beforeNumber?: number;
  readonly limit: number;
}

interface Comparison {
  readonly facts: readonly WhyChange[];
  readonly code: CodeVerdict;
}

/**
 * A command that differs because a parameter does is one difference. An unknown number of files is more than any known
 * one.
 */
function distanceOf({ facts, code }: Comparison): number {
  const hasParameter = facts.some(({ kind }) => kind === "parameter");
  const counted = facts.filter(({ kind }) => kind !== "command" || !hasParameter).length;
  if (code.holds) return counted;
  return counted + (code.differences.length === 0 ? 1_000 : code.differences.length);
}

/** Works out from the records why nodes ran or were reused. */
export class Explainer {
  readonly #store: ProjectStore;
  readonly #versions: CodeVersions;
  readonly #facts: FactsReader;
  readonly #earlier: EarlierExecutions;
  readonly #nodes = new Map<string, Promise<ReadonlyMap<string, PlannedNode>>>();

  constructor(store: ProjectStore, blobs: BlobStore) {
    this.#store = store;
    this.#versions = new CodeVersions({ store, blobs });
    this.#facts = new FactsReader(this.#versions);
    this.#earlier = new EarlierExecutions(store);
  }

  /** Reads the plan once, however many of its nodes are asked for. */
  nodesOf(runId: string): Promise<ReadonlyMap<string, PlannedNode>> {
    const known = this.#nodes.get(runId) ?? this.#readNodes(runId);
    this.#nodes.set(runId, known);
    return known;
  }

  /** Returns the reason why a node would run, before it does; `facts` are those of now. */
  async explainPrediction(
    decision: RunDecision,
    node: PlannedNode,
    facts: FingerprintFacts | undefined,
    commit: string,
  ): Promise<string> {
    const { why } = decision;
    const nearest =
      facts && (await this.#nearest(decision, { node, facts, commit, origins: new Map(), limit: LOOKED_AT }));
    if (nearest === undefined) return reasonWords(why, [], undefined);
    const { earlier, compared } = nearest;
    const code = compared.code.holds ? [] : await this.#codeChanges(earlier.commit, commit, compared.code, false);
    return reasonWords(why, [...compared.facts, ...code], compared.code.holds ? undefined : compared.code.by);
  }

  /**
   * With `diffs`, changed files of the code come with their differences; `isOneOfMany` looks at fewer earlier
   * executions.
   */
  async explain({ run, record, node, trial }: Explained, options: ExplainOptions): Promise<WhyView> {
    const { decision } = record;
    const execution =
      record.executionId === undefined ? undefined : await this.#store.executions.get(record.executionId);
    const head = {
      run: run.number,
      node: record.name,
      trial: trial ?? null,
      step: node?.step.name ?? record.name,
      outcome: outcomeOf(record),
      execution: execution?.number ?? null,
      notes: node === undefined ? [] : unknownWords(node.step.command),
    } as const;
    if (decision === undefined) return { ...head, ...unexplained(record) };
    if (decision.kind === "reused") return { ...head, ...(await this.#explainReuse(decision, run, node)) };
    return { ...head, ...(await this.#explainRun(decision, run, execution, node, options)) };
  }

  async #explainReuse(
    decision: NodeDecision & { readonly kind: "reused" },
    run: RunRecord,
    node: PlannedNode | undefined,
  ) {
    const earlier = await this.#numbered(decision.execution);
    const { code } = decision;
    const verdict =
      earlier &&
      (await compareCode(this.#versions, { commit: earlier.commit, code }, node?.commit ?? run.commit, policyOf(node)));
    const basis = verdict?.holds === true ? verdict.by : "same-version";
    const trace = code.kind === "trace" ? await this.#versions.trace(code.sha256) : undefined;
    const files = trace === undefined ? undefined : Object.keys(trace.files).length;
    return {
      comparedWith: decision.execution,
      reason: "reused",
      text: reusedWords(decision.execution, earlier?.node === node?.name ? undefined : earlier?.node),
      code: codeWords(basis, code, files),
      changes: [],
    } as const;
  }

  async #explainRun(
    decision: RunDecision,
    run: RunRecord,
    execution: ExecutionRecord | undefined,
    node: PlannedNode | undefined,
    { diffs, isOneOfMany }: ExplainOptions,
  ) {
    const { why } = decision;
    const commit = node?.commit ?? run.commit;
    const nearest =
      execution && node
        ? await this.#nearest(decision, {
            node,
            facts: await this.#factsOf(execution, node),
            commit,
            origins: await this.#originsOf(execution, node),
            beforeNumber: run.number,
            limit: isOneOfMany ? LOOKED_AT_FOR_MANY : LOOKED_AT,
          })
        : undefined;
    const { earlier, compared } = nearest ?? {};
    const code = compared?.code.holds === false ? compared.code : undefined;
    const fingerprint = earlier && (await this.#store.reuse.getFingerprint(earlier.id));
    const changes = [
      ...(compared?.facts ?? []),
      ...(earlier && code ? await this.#codeChanges(earlier.commit, commit, code, diffs) : []),
    ];
    return {
      comparedWith: earlier?.number ?? decision.nearest ?? null,
      reason: why.kind === "code-changed" && (compared?.facts.length ?? 0) > 0 ? ("changed" as const) : why.kind,
      text: reasonWords(why, changes, code?.by),
      code:
        fingerprint === undefined || compared === undefined
          ? null
          : codeWords(compared.code.by, fingerprint.code, undefined),
      changes: changes.slice(0, SHOWN_CHANGES),
    };
  }

  /** Returns the one of the earlier executions that shares most with this: a change that was undone since is none. */
  async #nearest(
    { why, nearest: named }: RunDecision,
    { node, facts, commit, origins, beforeNumber, limit }: Compared,
  ): Promise<{ readonly earlier: ExecutionRecord; readonly compared: Comparison } | undefined> {
    if (named === undefined) return undefined;
    const isGiven = why.kind === "outputs-gone" || why.kind === "taken";
    const given = isGiven ? await this.#numbered(named) : undefined;
    const candidates = given === undefined ? await this.#earlier.of({ node, beforeNumber, named, limit }) : [given];
    let best:
      | { readonly earlier: ExecutionRecord; readonly compared: Comparison; readonly distance: number }
      | undefined;
    for (const earlier of candidates) {
      const compared = await this.#compare(earlier, facts, node, commit, origins);
      const distance = distanceOf(compared);
      if (best === undefined || distance < best.distance) best = { earlier, compared, distance };
      if (best.distance <= 1) break;
    }
    return best;
  }

  async #compare(
    earlier: ExecutionRecord,
    now: FingerprintFacts,
    node: PlannedNode,
    commit: string,
    origins: ReadonlyMap<string, string>,
  ): Promise<Comparison> {
    const before = (await this.nodesOf(earlier.runId)).get(earlier.node) ?? node;
    const fingerprint = await this.#store.reuse.getFingerprint(earlier.id);
    const code: CodeVerdict =
      fingerprint === undefined
        ? { holds: true, by: "same-version" }
        : await compareCode(this.#versions, { commit: earlier.commit, code: fingerprint.code }, commit, policyOf(node));
    const old = await this.#factsOf(earlier, before);
    return {
      facts: compareFacts(old, now).map((change: FactChange) =>
        factChange(change, (input, name) => origins.get(`${input}/${name}`)),
      ),
      code,
    };
  }

  async #factsOf(execution: ExecutionRecord, node: PlannedNode) {
    return await this.#facts.read({
      step: node.step,
      resolved: execution,
      inputs: execution.inputs.map(({ name }) => name),
      files: await this.#store.data.listInputFiles(execution.id),
      commit: execution.commit,
      executor: execution.environment.executor ?? THIS_MACHINE,
      imageId: execution.environment.imageId,
      surroundings: surroundingsIn(execution.environment),
    });
  }

  /** Returns where the files of an execution's inputs came from: `made by train #12`, or a URI. */
  async #originsOf(execution: ExecutionRecord, node: PlannedNode): Promise<ReadonlyMap<string, string>> {
    const origins = new Map<string, string>();
    if (node.inputs.length === 0) return origins;
    for (const { input, name, uri, datumId } of (await this.#store.data.listInputFiles(execution.id)).slice(
      0,
      SHOWN_CHANGES,
    )) {
      const datum = await this.#store.data.get(datumId);
      const maker = datum?.executionId === undefined ? undefined : await this.#store.executions.get(datum.executionId);
      origins.set(`${input}/${name}`, maker === undefined ? `from ${uri}` : `made by ${maker.node} #${maker.number}`);
    }
    return origins;
  }

  async #codeChanges(
    before: string,
    now: string,
    verdict: CodeVerdict & { readonly holds: false },
    diffs: boolean,
  ): Promise<readonly WhyChange[]> {
    const changes: WhyChange[] = [];
    let room = diffs ? DIFF_LINES : 0;
    for (const [index, difference] of verdict.differences.slice(0, SHOWN_CHANGES).entries()) {
      const lines =
        index < DIFFED_FILES && room > 0 && difference.what === "changed"
          ? await this.#diff(difference.path, before, now)
          : undefined;
      const shown = lines === undefined || lines.length > room ? null : lines;
      room -= shown?.length ?? 0;
      changes.push(codeChange(difference, shown));
    }
    return changes;
  }

  async #diff(path: string, before: string, now: string): Promise<readonly string[] | undefined> {
    const [old, today] = [await this.#textOf(path, before), await this.#textOf(path, now)];
    return old === undefined || today === undefined ? undefined : unifiedDiff(old, today);
  }

  /** Undefined for what is no text, or is not there. */
  async #textOf(path: string, commit: string): Promise<string | undefined> {
    const entry = (await this.#versions.version(commit))?.index.entries.get(path);
    if (entry === undefined) return undefined;
    if (isLink(entry)) return `→ ${entry.link}\n`;
    const bytes = entry.size > TEXT_BYTES ? undefined : await this.#versions.bytes(entry.sha256);
    if (bytes === undefined || bytes.includes(0)) return undefined;
    return Buffer.from(bytes).toString();
  }

  async #numbered(number: number): Promise<ExecutionRecord | undefined> {
    const found = await this.#store.findByNumber(number);
    return found?.kind === "execution" ? found.execution : undefined;
  }

  async #readNodes(runId: string): Promise<ReadonlyMap<string, PlannedNode>> {
    const plan = await this.#store.nodes.getPlan(runId);
    return new Map(plan?.nodes.map((node) => [node.name, node]));
  }
}

function policyOf(node: PlannedNode | undefined) {
  return node?.step.reuse?.code ?? ("auto" as const);
}

function outcomeOf(record: NodeRecord): WhyView["outcome"] {
  if (record.reused === true) return "reused";
  if (record.state === "skipped") return "skipped";
  return record.executionId === undefined ? "waiting" : "ran";
}

function unexplained(record: NodeRecord): Pick<WhyView, "comparedWith" | "reason" | "text" | "code" | "changes"> {
  const nothing = { comparedWith: null, code: null, changes: [] } as const;
  if (record.executionId !== undefined)
    return { ...nothing, reason: "not-recorded", text: "it ran; why was not recorded" };
  const text =
    record.state === "skipped"
      ? `it was skipped: ${record.reason ?? "the run was stopped"}`
      : "its turn has not come yet";
  return { ...nothing, reason: "not-begun", text };
}
