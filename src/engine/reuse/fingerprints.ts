import { sha256Of } from "../../blobs/index.ts";
import { type CodeTrace, encodeTrace, type ObservedCode } from "../../code-tracing/index.ts";
import { type CodeShare, type Fingerprint, fingerprintText } from "../../planning/index.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { StepRun } from "../execute-step.ts";
import { globShare } from "./code-share.ts";
import { CodeVersions } from "./code-versions.ts";
import { type FactsOf, FactsReader } from "./facts.ts";

const NOT_OBSERVED = "what the step reads was not observed";

/**
 * Makes the fingerprints of executions that were complete. An engine has one, so that a version of the code is read
 * once for all its steps.
 */
export class Fingerprints {
  readonly #parts: Pick<EngineParts, "store" | "blobs">;
  readonly #versions: CodeVersions;
  readonly #facts: FactsReader;

  constructor(parts: Pick<EngineParts, "store" | "blobs">) {
    this.#parts = parts;
    this.#versions = new CodeVersions(parts);
    this.#facts = new FactsReader(this.#versions);
  }

  /**
   * From the record and not from what the run intended: an input may have got other content between the decision to run
   * and its fetching. Undefined where the code is no longer stored.
   */
  async of(
    { node, execution }: StepRun,
    place: Pick<FactsOf, "executor" | "imageId" | "surroundings">,
    observed: ObservedCode | undefined,
  ): Promise<Fingerprint | undefined> {
    const files = execution.inputs.length === 0 ? [] : await this.#parts.store.data.listInputFiles(execution.id);
    const facts = await this.#facts.read({
      step: node.step,
      resolved: execution,
      inputs: execution.inputs.map(({ name }) => name),
      files,
      commit: execution.commit,
      ...place,
    });
    const code = await this.#shareOf(node.step.reuse?.code ?? "auto", execution.commit, observed);
    return code && { base: sha256Of(fingerprintText(facts)), code };
  }

  async #shareOf(
    policy: "auto" | "all" | "read" | readonly string[],
    commit: string,
    observed: ObservedCode | undefined,
  ): Promise<CodeShare | undefined> {
    if (typeof policy !== "string") {
      const version = await this.#versions.version(commit);
      return version && (await globShare(this.#versions, version, policy));
    }
    if (observed?.kind === "unknown") return { kind: "unknown", why: observed.why };
    if (policy !== "all" && observed?.kind === "trace")
      return { kind: "trace", sha256: await this.#store(observed.trace) };
    const why = observed?.kind === "opaque" ? observed.why : NOT_OBSERVED;
    if (policy === "read" && observed?.kind === "opaque" && observed.read !== undefined) {
      return { kind: "read", sha256: await this.#store(observed.read), why };
    }
    const manifestSha256 = await this.#versions.manifestSha256(commit);
    if (manifestSha256 === undefined) return undefined;
    return {
      kind: "snapshot",
      manifestSha256,
      why: policy === "all" ? { kind: "asked" } : { kind: "unseen", message: why },
    };
  }

  /** Stored with the other contents: nodes that read the same share one observation. */
  async #store(trace: CodeTrace): Promise<string> {
    const bytes = encodeTrace(trace);
    const sha256 = sha256Of(bytes);
    if (!(await this.#parts.blobs.has(sha256))) await this.#parts.blobs.putBytes(bytes);
    return sha256;
  }
}
