import { HeadraceError } from "../errors.ts";

/** The folder that the command was given in. Throws where it was removed since its shell went there. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new HeadraceError("HR_USAGE", "the current folder does not exist any more", {
      hint: "go to a folder that exists, or name the project's with -C DIR",
      cause: error,
    });
  }
}
