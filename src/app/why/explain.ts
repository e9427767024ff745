import type { BlobStore } from "../../blobs/index.ts";
import { type CodeVerdict, CodeVersions, compareCode, FactsReader, surroundingsIn } from "../../engine/index.ts";
import {
  compareFacts,
  type FactChange,
  type FingerprintFacts,
  type NodeDecision,
  type PlannedNode,
  type RunDecision,
} from "../../planning/index.ts";
import { isLink } from "../../snapshots/index.ts";
import type { ExecutionRecord, NodeRecord, RunRecord, Store } from "../../store/index.ts";
import { codeChange, factChange } from "./change-words.ts";
import { unifiedDiff } from "./unified-diff.ts";
import type { WhyChange, WhyView } from "./why-view.ts";
import { codeWords, reasonWords, reusedWords } from "./why-words.ts";

/** Files with a diff, the size up to which a file is read as a text, and lines of all diffs together. */
const DIFFED_FILES = 10;
const TEXT_BYTES = 1_000_000;
const DIFF_LINES = 200;
const SHOWN_CHANGES = 100;

export interface Explained {
  readonly run: RunRecord;
  readonly record: NodeRecord;
  readonly node: PlannedNode | undefined;
}

/** Works out from the records why nodes ran or were reused. */
export class Explainer {
  readonly #store: Store;
  readonly #versions: CodeVersions;
  readonly #facts: FactsReader;
  readonly #nodes = new Map<string, Promise<ReadonlyMap<string, PlannedNode>>>();

  constructor(store: Store, blobs: BlobStore) {
    this.#store = store;
    this.#versions = new CodeVersions({ store, blobs });
    this.#facts = new FactsReader(this.#versions);
  }

  /** Reads the plan once, however many of its nodes are asked for. */
  nodesOf(runId: string): Promise<ReadonlyMap<string, PlannedNode>> {
    const known = this.#nodes.get(runId) ?? this.#readNodes(runId);
    this.#nodes.set(runId, known);
    return known;
  }

  /** Why a node would run, before it does; `facts` are those of now. */
  async foretell({ why, nearest }: RunDecision, node: PlannedNode, facts: FingerprintFacts | undefined, commit: string): Promise<string> {
    const earlier = nearest === undefined ? undefined : await this.#numbered(nearest);
    if (earlier === undefined || facts === undefined) return reasonWords(why, [], undefined);
    const compared = await this.#compare(earlier, facts, node, commit, new Map());
    const code = compared.code.holds ? [] : await this.#codeChanges(earlier.commit, commit, compared.code, false);
    return reasonWords(why, [...compared.facts, ...code], compared.code.holds ? undefined : compared.code.by);
  }

  /** With `diffs`, changed files of the code come with their differences. */
  async explain({ run, record, node }: Explained, options: { readonly diffs: boolean }): Promise<WhyView> {
    const { decision } = record;
    const execution = record.executionId === undefined ? undefined : await this.#store.getExecution(record.executionId);
    const head = {
      run: run.number,
      node: record.name,
      step: node?.step.name ?? record.name,
      outcome: outcomeOf(record),
      execution: execution?.number ?? null,
    } as const;
    if (decision === undefined) return { ...head, ...unexplained(record) };
    if (decision.kind === "reused") return { ...head, ...(await this.#explainReuse(decision, run, node)) };
    return { ...head, ...(await this.#explainRun(decision, run, execution, node, options)) };
  }

  async #explainReuse(decision: NodeDecision & { readonly kind: "reused" }, run: RunRecord, node: PlannedNode | undefined) {
    const earlier = await this.#numbered(decision.execution);
    const { code } = decision;
    const verdict = earlier && (await compareCode(this.#versions, { commit: earlier.commit, code }, run.commit, policyOf(node)));
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
    { diffs }: { readonly diffs: boolean },
  ) {
    const { why, nearest } = decision;
    const earlier = nearest === undefined ? undefined : await this.#numbered(nearest);
    const compared =
      earlier && execution && node
        ? await this.#compare(earlier, await this.#factsOf(execution, node), node, run.commit, await this.#originsOf(execution, node))
        : undefined;
    const code = compared?.code.holds === false ? compared.code : undefined;
    const fingerprint = earlier && (await this.#store.getFingerprint(earlier.id));
    const changes = [
      ...(compared?.facts ?? []),
      ...(earlier && code ? await this.#codeChanges(earlier.commit, run.commit, code, diffs) : []),
    ];
    return {
      comparedWith: nearest ?? null,
      reason: why.kind,
      text: reasonWords(why, changes, code?.by),
      code: fingerprint === undefined || compared === undefined ? null : codeWords(compared.code.by, fingerprint.code, undefined),
      changes: changes.slice(0, SHOWN_CHANGES),
    };
  }

  async #compare(earlier: ExecutionRecord, now: FingerprintFacts, node: PlannedNode, commit: string, origins: ReadonlyMap<string, string>) {
    const before = (await this.nodesOf(earlier.runId)).get(earlier.node) ?? node;
    const fingerprint = await this.#store.getFingerprint(earlier.id);
    const code: CodeVerdict =
      fingerprint === undefined
        ? { holds: true, by: "same-version" }
        : await compareCode(this.#versions, { commit: earlier.commit, code: fingerprint.code }, commit, policyOf(node));
    const old = await this.#factsOf(earlier, before);
    return {
      facts: compareFacts(old, now).map((change: FactChange) => factChange(change, (input, name) => origins.get(`${input}/${name}`))),
      code,
    };
  }

  async #factsOf(execution: ExecutionRecord, node: PlannedNode) {
    return await this.#facts.read({
      step: node.step,
      resolved: execution,
      inputs: execution.inputs.map(({ name }) => name),
      files: await this.#store.listInputFiles(execution.id),
      commit: execution.commit,
      executor: execution.environment.executor ?? "local",
      imageId: execution.environment.imageId,
      surroundings: surroundingsIn(execution.environment),
    });
  }

  /** Where the files of an execution's inputs came from: `made by train #12`, or a URI. */
  async #originsOf(execution: ExecutionRecord, node: PlannedNode): Promise<ReadonlyMap<string, string>> {
    const origins = new Map<string, string>();
    if (node.inputs.length === 0) return origins;
    for (const { input, name, uri, datumId } of (await this.#store.listInputFiles(execution.id)).slice(0, SHOWN_CHANGES)) {
      const datum = await this.#store.getDatum(datumId);
      const maker = datum?.executionId === undefined ? undefined : await this.#store.getExecution(datum.executionId);
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
        index < DIFFED_FILES && room > 0 && difference.what === "changed" ? await this.#diff(difference.path, before, now) : undefined;
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
    const plan = await this.#store.getPlan(runId);
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
  if (record.executionId !== undefined) return { ...nothing, reason: "not-recorded", text: "it ran; why was not recorded" };
  const text = record.state === "skipped" ? `it was skipped: ${record.reason ?? "the run was stopped"}` : "its turn has not come yet";
  return { ...nothing, reason: "not-begun", text };
}
