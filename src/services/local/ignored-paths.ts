/**
 * Files and folders that git passes over, from `folder` on: they are in no version of the code, and a step gets them as
 * an input or not at all. A folder that is ignored whole stands for its files. None where git does not know the folder.
 */
export async function ignoredPaths(folder: string): Promise<readonly string[]> {
  // Loaded here: most commands come by the door of this room and never ask git.
  const { runGit } = await import("../../snapshots/index.ts");
  const answer = await runGit(folder, ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"]);
  if (answer.kind !== "done") return [];
  const names = answer.output.toString().split("\0").filter(Boolean);
  return names.map((name) => name.replace(/\/$/, ""));
}
