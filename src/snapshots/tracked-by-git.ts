import { HeadraceError } from "../errors.ts";
import { runGit } from "./run-git.ts";

/**
 * The first file that git tracks at or below a path, relative to `folder`; undefined where there is none, or no
 * repository that git can read.
 */
export async function trackedByGit(folder: string, path: string): Promise<string | undefined> {
  const answer = await runGit(folder, ["ls-files", "-z", "--cached", "--", `:(literal)${path}`]);
  return answer.kind === "done" ? answer.output.toString().split("\0").find(Boolean) : undefined;
}

/** The error for records that a repository brings, of which `tracked` is one file. */
export function foreignRecords(tracked: string): HeadraceError {
  return new HeadraceError(
    "HR_STORE_UNAVAILABLE",
    `the repository brings records of Headrace of its own: git tracks ${tracked}`,
    {
      hint: "never use the records of a stranger: remove the folder .headrace; where it is your own, `git rm -r --cached .headrace`",
    },
  );
}
