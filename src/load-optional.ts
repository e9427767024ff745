import { createRequire } from "node:module";
import { HeadraceError, systemErrorCode } from "./errors.ts";
import { replacedProgram } from "./program-files.ts";

/** Returns true if such a package is installed; it is not loaded. */
export function hasOptional(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== "MODULE_NOT_FOUND";
  }
}

/**
 * A package that only some users need and that is not installed along with Headrace. `feature` says what needs it and
 * begins the message:
 *
 *     const sdk = await loadOptional<typeof import("@aws-sdk/client-s3")>("@aws-sdk/client-s3", "storing files in S3");
 */
export async function loadOptional<Module>(name: string, feature: string): Promise<Module> {
  try {
    return (await import(/* @vite-ignore */ name)) as Module;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    const replaced = replacedProgram(error);
    if (replaced !== undefined) throw replaced;
    throw new HeadraceError("HR_PACKAGE_MISSING", `${feature} needs the package ${name}, which is not installed`, {
      hint: `install it where Headrace is installed: npm install ${name} (with --global if Headrace is global)`,
      cause: error,
    });
  }
}
