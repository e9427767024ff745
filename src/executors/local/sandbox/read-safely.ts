import { readdirSync, readlinkSync } from "node:fs";
import { systemErrorCode } from "../../../errors.ts";

/** The names in a folder; none where it is not there, is closed to this user, or goes while it is looked at. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}

/** Returns the target of a link; undefined if it cannot be read. */
export function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
