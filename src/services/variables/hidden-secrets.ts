import { HeadraceError } from "../../errors.ts";
import type { HiddenText } from "../../secrets/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** Hides the secrets of a project in what a step tells past its streams; all of it, where they cannot be opened. */
export async function hideInStepText(project: ProjectResources, text: string): Promise<string> {
  return (await hidingIn(project, "all")).text(text);
}

/**
 * Hides the secrets of a project in what somebody writes on a run; a step that calls the API may be the one who writes.
 * Where they cannot be opened, nobody here could have given them to a step, and the text is taken as it is.
 */
export async function hideInLabels<Labels>(project: ProjectResources, labels: Labels): Promise<Labels> {
  return (await hidingIn(project, "nothing")).value(labels);
}

async function hidingIn(project: ProjectResources, withoutKeys: "all" | "nothing"): Promise<HiddenText> {
  const [{ HIDES_ALL, HIDES_NOTHING, hiddenText }, { repository, record }] = await Promise.all([
    import("../../secrets/index.ts"),
    project.variables("read"),
  ]);
  try {
    return hiddenText(await repository.secretValues(record));
  } catch (error) {
    if (!(error instanceof HeadraceError) || error.code !== "HR_SECRETS") throw error;
    return withoutKeys === "all" ? HIDES_ALL : HIDES_NOTHING;
  }
}
