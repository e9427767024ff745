import type { GitServer } from "../../../src/remotes/fixtures/git-server.ts";
import type { PatientClient } from "./patient-client.ts";

/** The answers that the users of a round got, to be compared with the records at its end. */
export interface Told {
  /** In words, for whoever reads of a fault. */
  readonly what: string;
  /** Asks the server; the faults that it finds. */
  check(client: PatientClient): Promise<readonly string[]>;
}

/** The parts that the deeds of a round use. */
export interface Stage {
  readonly client: PatientClient;
  readonly git: GitServer;
  /** The project in which runs are started, and the version of its code. */
  readonly project: string;
  readonly commit: string;
  /** A name that no other deed of the round has. */
  name(): string;
  /** A number below this one. */
  below(limit: number): number;
  /** Texts that may stand nowhere on the disk. */
  readonly secrets: string[];
}

/** Returns what it was told. Throws where an answer was no answer to it. */
export type Deed = (stage: Stage) => Promise<Told>;

/** Says what is wrong where it is not so. */
export function wrongUnless(isSo: boolean, fault: () => string): readonly string[] {
  return isSo ? [] : [fault()];
}
