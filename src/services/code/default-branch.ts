import type { RemoteRef } from "../../remotes/index.ts";

const USUAL = ["main", "master"];

/** The branch that runs if nobody names a version: the wanted one, else a usual one, else the only one. */
export function headOf(refs: readonly RemoteRef[], wanted: string | undefined): RemoteRef | undefined {
  const branches = refs.filter(({ kind }) => kind === "branch");
  if (wanted !== undefined) return branches.find(({ name }) => name === wanted);
  const usual = USUAL.map((name) => branches.find((branch) => branch.name === name)).find((each) => each !== undefined);
  return usual ?? (branches.length === 1 ? branches[0] : undefined);
}
